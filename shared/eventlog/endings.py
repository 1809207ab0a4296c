"""Ends old clients beside the work, so that nobody waits for the farewell of a cluster that is gone."""

import asyncio
from collections.abc import Coroutine


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
