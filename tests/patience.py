"""Waiting for what others do by and by: as long as a busy machine needs, and never in the way of what is awaited."""

import asyncio
import time
from typing import Final, Self

PATIENCE: Final = 60.0
"""Seconds. On an idle machine all of it comes within one."""
_LONGEST_PAUSE: Final = 0.2


class Tries:
    """`async for _ in Tries():` one turn after the other, with a pause between two, until patience ends."""

    def __init__(self, seconds: float = PATIENCE) -> None:
        self._until = time.monotonic() + seconds
        self._pause = 0.0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> None:
        if self._pause and time.monotonic() > self._until:
            raise StopAsyncIteration
        await asyncio.sleep(self._pause)
        self._pause = min(1.5 * self._pause or 0.005, _LONGEST_PAUSE)
