"""Ends old clients beside the work, so that nobody waits for the farewell of a cluster that is gone."""

import asyncio
from collections.abc import Callable, Coroutine

import structlog

log = structlog.get_logger("closedloop.eventlog")


class Endings:
    """Keeps hold of what is ending; a task that nobody holds may vanish half done."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, ending: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(ending)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def all(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)


async def end(*steps: Callable[[], Coroutine[object, object, object]], within: float) -> None:
    """Take each step, however the ones before it went, and give each at most `within` seconds."""
    for step in steps:
        task = asyncio.create_task(step())
        if not (await asyncio.wait({task}, timeout=within))[0]:
            task.cancel()
            await asyncio.wait({task}, timeout=within)
        if task.done() and not task.cancelled() and task.exception():
            log.debug("not ended well", problem=repr(task.exception()))
