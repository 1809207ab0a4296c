"""Keeps processes running: starts them a few at a time, starts again who dies, ends all in order."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import httpx2

from deploy.cluster.plan import Kind, Part, without_ours

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
"""Seconds before a process that died is started again; each further death doubles them."""
STEADY_AFTER = 30.0
"""Seconds after which a process that lived is forgiven its earlier deaths."""
STARTS_WITHIN = 600.0
ENDS_WITHIN = 15.0
_LOOK_EVERY = 0.2
_ORDER: Sequence[Kind] = ("gateway", "api", "worker")
"""Who ends first: no request may come in any more when the APIs end, and nothing be written when the workers do."""

Say = Callable[[str], None]


@dataclass
class Kept:
    """A process as it runs now, and how often it was started."""

    part: Part
    process: Process | None = None
    starts: int = 0
    lives: asyncio.Event = field(default_factory=asyncio.Event)
    ready: bool = False


class Supervisor:
    """`at_once`: how many may be starting at the same time, since a start is nothing but work for the processor."""

    def __init__(self, parts: Iterable[Part], logs: Path, say: Say, at_once: int | None = None) -> None:
        self.kept = {part.name: Kept(part) for part in parts}
        self._logs = logs
        self._say = say
        self._room = asyncio.Semaphore(at_once or os.cpu_count() or 1)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def pids(self) -> dict[str, int]:
        """Of those that run."""
        running = ((name, kept.process) for name, kept in self.kept.items())
        return {name: process.pid for name, process in running if process and process.returncode is None}

    async def start(self) -> None:
        """Start all, and wait until each lives and is ready. Raises TimeoutError, and says which was not."""
        self._logs.mkdir(parents=True, exist_ok=True)
        self._tasks = {name: asyncio.create_task(self._keep(kept), name=name) for name, kept in self.kept.items()}
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                await asyncio.gather(*(kept.lives.wait() for kept in self.kept.values()))
                await asyncio.gather(*(_until_ready(kept) for kept in self.kept.values()))
        except TimeoutError:
            late = ", ".join(name for name, kept in self.kept.items() if not kept.ready)
            raise TimeoutError(f"{late} not ready within {STARTS_WITHIN:.0f} s: see {self._logs}") from None

    async def run(self) -> None:
        """Until cancelled; the keeping of a process never ends by itself."""
        await asyncio.gather(*self._tasks.values())

    async def stop(self) -> None:
        """End all, kind by kind."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        for kind in _ORDER:
            ending = [kept.process for kept in self.kept.values() if kept.part.kind == kind and kept.process]
            await asyncio.gather(*(end(process) for process in ending))

    async def _keep(self, kept: Kept) -> None:
        pause = FIRST_PAUSE
        while True:
            began = monotonic()
            await self._live(kept)
            pause = FIRST_PAUSE if monotonic() - began > STEADY_AFTER else min(2 * pause, LONGEST_PAUSE)
            status = kept.process.returncode if kept.process else None
            self._say(f"  {kept.part.name} ended with status {status}; it is started again in {pause:.1f} s")
            await asyncio.sleep(pause)

    async def _live(self, kept: Kept) -> None:
        async with self._room:
            kept.process = await self._launch(kept)
            await _until_it_lives(kept)
        await kept.process.wait()

    async def _launch(self, kept: Kept) -> Process:
        kept.starts += 1
        mode = "wb" if kept.starts == 1 else "ab"
        with (self._logs / f"{kept.part.name}.log").open(mode) as printed:
            # A session of its own, or Ctrl-C in the terminal would end all at once and in no order.
            return await asyncio.create_subprocess_exec(
                *kept.part.command, stdin=DEVNULL, stdout=printed, stderr=STDOUT,
                env=without_ours() | dict(kept.part.environment), start_new_session=True,
            )  # fmt: skip


async def _until_it_lives(kept: Kept) -> None:
    """Until it answers, or has ended, or has had its time: others want to start too."""
    async with httpx2.AsyncClient(timeout=1) as client:
        give_up = monotonic() + STARTS_WITHIN / 2
        while kept.process and kept.process.returncode is None and monotonic() < give_up:
            with suppress(httpx2.HTTPError):
                if (await client.get(kept.part.health)).status_code == 200:
                    kept.lives.set()
                    return
            await asyncio.sleep(_LOOK_EVERY)


async def _until_ready(kept: Kept) -> None:
    """Until its views are made and caught up: whoever came earlier would be told that something does not answer."""
    async with httpx2.AsyncClient(timeout=10) as client:
        while not kept.ready and kept.part.ready is not None:
            with suppress(httpx2.HTTPError):
                kept.ready = (await client.get(kept.part.ready)).status_code == 200
            await asyncio.sleep(0 if kept.ready else _LOOK_EVERY)
        kept.ready = True


async def end(process: Process, within: float = ENDS_WITHIN) -> None:
    """Ask it to end, and after so many seconds make it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)  # one that was stopped could not hear it
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), within)
            return
