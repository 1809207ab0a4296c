"""`make run` after the install: how long until the first answer, and how much memory it takes, idle and after 100,000
complaints. It is started as `make run` starts it, in a folder of its own; there is nothing to compare it with.
"""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import httpx2
import psutil

from tests.fixtures.cfpb_files import row, write_cfpb
from tests.fixtures.processes import Folder, Running, new_folder
from tests.load.measuring import Aim, Line, Spread
from tests.load.stage import Size, Stage
from tests.patience import Tries

_MB = 2**20
_STILL = 5.0
"""Seconds that it is left alone before its memory is read."""


async def measure(_: Stage, size: Size) -> list[Line]:
    """First start, later starts, and memory."""
    first, later, lines = list[float](), list[float](), list[Line]()
    for nth in range(size.rounds):
        async with new_folder() as folder:
            seconds, running = await _answering(folder)
            first.append(seconds)
            await running.stop()
            seconds, running = await _answering(folder)
            later.append(seconds)
            if nth == size.rounds - 1:
                lines = await _memory(folder, running, size)
            await running.stop()
    aim = Aim(value=5)
    return [
        Line("run", "make run, first start to first answer", "seconds", Spread.of(first), better="less", aim=aim),
        Line("run", "make run, later start to first answer", "seconds", Spread.of(later), better="less", aim=aim),
        *lines,
    ]


async def _memory(folder: Folder, running: Running, size: Size) -> list[Line]:
    """Idle, and after complaints that came by import and were taken in by every view."""
    complaints = size.of(100_000, 20)
    await asyncio.sleep(_STILL * size.share)
    idle = memory(folder, running)
    file = await asyncio.to_thread(write_cfpb, folder.home / "many.csv", map(row, range(1, complaints + 1)))
    started = time.perf_counter()
    answer = await folder.ask("import", str(file), "--format", "cfpb", "--json")
    imported = time.perf_counter() - started
    if answer.data["registered"] != complaints:
        raise AssertionError(answer)
    await _all_shown(folder, complaints)
    shown = time.perf_counter() - started
    await asyncio.sleep(_STILL * size.share)
    full = memory(folder, running)
    told = {"seconds_to_import": imported, "seconds_until_shown": shown}
    return [*_lines("idle", idle, {}), *_lines(f"after {complaints:,} complaints", full, told)]


def _lines(when: str, found: tuple[float, float], told: dict[str, float]) -> list[Line]:
    ours, database = found
    parts = {"all of it": ours + database, "our process": ours, "PostgreSQL": database}
    return [
        Line(
            "run", f"memory of make run, {when}: {name}", "MB", Spread.of([value]), better="less",
            aim=Aim(value=600) if name == "all of it" else Aim(), told=told,
        )
        for name, value in parts.items()
    ]  # fmt: skip


async def _answering(folder: Folder) -> tuple[float, Running]:
    """Seconds from the start to the first answer of an API, and what was started."""
    started = time.perf_counter()
    running = await folder.run()
    async with httpx2.AsyncClient() as client:
        async for _ in Tries():
            with suppress(httpx2.TransportError):
                if (await client.get(f"{running.url}intake/health")).status_code == 200:
                    return time.perf_counter() - started, running
    raise AssertionError(folder.printed(running.process))


def memory(folder: Folder, running: Running) -> tuple[float, float]:
    """MB of our process and of PostgreSQL's. What several share is counted once, in parts (PSS)."""
    server = psutil.Process(folder.server())
    return resident([psutil.Process(running.process.pid)]), resident([server, *server.children(recursive=True)])


def resident(processes: Iterable[psutil.Process]) -> float:
    """MB that these processes hold, their share of what they have in common with others."""
    total = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            total += _proportional(process)
    return total / _MB


def _proportional(process: psutil.Process) -> int:
    told = Path(f"/proc/{process.pid}/smaps_rollup")
    if not told.exists():
        return int(process.memory_full_info().uss)
    lines = dict(line.split(":", 1) for line in told.read_text().splitlines()[1:])
    return int(lines["Pss"].split()[0]) * 1024


async def _all_shown(folder: Folder, complaints: int) -> None:
    """Wait until the services' outboxes are empty and the desk shows every complaint."""
    async with folder.database("desk") as desk, folder.database("intake") as intake:
        name = await desk.fetchval("select view from generations where view like 'cases_v%' and live = 1")
        async for _ in Tries(3600):
            left = await intake.fetchval("select count(*) from outbox")
            if not left and await desk.fetchval(f'select count(*) from views."{name}"') >= complaints:
                return
    raise AssertionError("the desk does not show every complaint")
