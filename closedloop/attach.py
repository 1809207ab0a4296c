"""Attaching to the running system of a data folder, or starting what is needed when none runs."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import httpx2

from closedloop.installation import SERVICES, installation, run_file
from closedloop.serving import serving
from closedloop.system import open_system, rooms_of
from shared.config import Settings
from shared.projections.generations import answering_table
from shared.projections.offsets import events_before
from shared.runtime import Process, Runtime, open_process, open_runtime


@dataclass(frozen=True)
class Attached:
    """An installation to work on: its services, opened in this process, and where its front answers."""

    process: Process
    runtimes: dict[str, Runtime]
    url: str
    found_running: bool


async def running_url(settings: Settings) -> str | None:
    """Where the system of this data folder answers; None if none runs."""
    with suppress(OSError, ValueError, KeyError, ProcessLookupError, PermissionError, httpx2.HTTPError):
        said = json.loads(run_file(settings).read_text())
        os.kill(said["pid"], 0)
        async with httpx2.AsyncClient() as client:
            (await client.get(f"{said['url']}clock", timeout=3)).raise_for_status()
        return str(said["url"])
    return None


@asynccontextmanager
async def attached(settings: Settings) -> AsyncIterator[Attached]:
    """The running system of this folder, or one of our own that lives as long as we work.

    When one of our own was started, it is let settle before it ends: nothing is left half-way.
    """
    url = await running_url(settings)
    async with AsyncExitStack() as stack:
        if url is None:
            system = await stack.enter_async_context(open_system(settings))
            url = await stack.enter_async_context(serving(system))
            yield Attached(system.process, dict(system.runtimes), url, found_running=False)
            await settled(system.process, dict(system.runtimes))
            return
        dsn_of = await stack.enter_async_context(installation(settings))
        process = await stack.enter_async_context(open_process(settings, dsn_of))
        runtimes = {name: await stack.enter_async_context(open_runtime(rooms_of(name), process)) for name in SERVICES}
        yield Attached(process, runtimes, url, found_running=True)


async def settled(process: Process, runtimes: dict[str, Runtime], quiet_rounds: int = 2) -> None:
    """Wait until nothing is on its way any more: outboxes empty, and every subscriber at the log's end."""
    quiet = 0
    while quiet < quiet_rounds:
        quiet = quiet + 1 if await _nothing_on_its_way(process, runtimes) else 0
        await asyncio.sleep(0.05)


async def _nothing_on_its_way(process: Process, runtimes: dict[str, Runtime]) -> bool:
    for runtime in runtimes.values():
        if await runtime.pool.fetchval("select exists (select from outbox)"):
            return False
    reader = process.log.reader()
    try:
        await reader.assign(dict.fromkeys(range(process.log.partitions), 0))
        ends = await reader.ends()
    finally:
        await reader.close()
    for runtime in runtimes.values():
        # Our own code's subscribers only: what other code shows is kept, or left, by its own workers.
        tables = [await answering_table(runtime.pool, view) for view in runtime.rooms.views]
        if any(table is None for table in tables):
            return False
        for name in ("decide", *(table.subscriber for table in tables if table is not None)):
            if await events_before(runtime.pool, name, ends):
                return False
    return True
