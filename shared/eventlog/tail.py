"""Knows how far an embedded log reaches, and wakes who waits for more; one poll serves all readers of a process."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from time import monotonic

import structlog

from shared.eventlog.protocol import LogUnavailable

FASTEST_POLL = 0.002
"""Seconds between polls while other processes write."""
SLOWEST_POLL = 0.05
STAYS_FAST = 1.0
"""Seconds that polling stays fast after the last row of another process."""
AFTER_FAILURE = 0.2

log = structlog.get_logger("closedloop.eventlog")


class Tail:
    """The end of each partition as last seen. It polls only while somebody waits.

    Sends of this process tell their ends through `learn`, so a process that is alone hardly polls at all.
    """

    def __init__(self, read_ends: Callable[[], Awaitable[Mapping[int, int]]]) -> None:
        self.ends: dict[int, int] = {}
        self.failures = 0
        self._read_ends = read_ends
        self._waiting: set[asyncio.Future[None]] = set()
        self._wanted = asyncio.Event()
        self._polling: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._polling = asyncio.create_task(self._poll_for_ever(), name="log tail")

    async def stop(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
            with suppress(asyncio.CancelledError):
                await self._polling
            self._polling = None
        self.fail(LogUnavailable("The log was stopped."))

    def learn(self, ends: Mapping[int, int]) -> bool:
        """Take note of ends; true if one is further than what was known. An end never goes back here: an answer
        that was under way while a send returned is older than what the send told."""
        further = {p: end for p, end in ends.items() if end > self.ends.get(p, 0)}
        self.ends.update(further)
        if further:
            for waiter in self._waiting:
                if not waiter.done():
                    waiter.set_result(None)
        return bool(further)

    def fail(self, error: LogUnavailable) -> None:
        """Tell all who wait, and forget the ends: the log that comes back may be an earlier one."""
        self.ends.clear()
        self.failures += 1
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(error)

    def is_past(self, positions: Mapping[int, int]) -> bool:
        return any(self.ends.get(p, 0) > position for p, position in positions.items())

    async def wait_past(self, positions: Mapping[int, int], wait: float) -> bool:
        """Whether the log reached past one of these positions within `wait` seconds. Raises LogUnavailable."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(wait, 0)):
                while not self.is_past(positions) and wait > 0:
                    await self._next_move()
        return self.is_past(positions)

    async def _next_move(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        self._wanted.set()
        try:
            await waiter
        finally:
            self._waiting.discard(waiter)

    async def _poll_for_ever(self) -> None:
        pause, moved_at = SLOWEST_POLL, float("-inf")
        while True:
            await self._wanted.wait()
            if not self._waiting:
                self._wanted.clear()
                continue
            try:
                if self.learn(await self._read_ends()):
                    moved_at = monotonic()
            except Exception as error:  # noqa: BLE001 -- a poll that died in silence would leave every reader waiting for ever
                log.warning("ends not read", error=repr(error))
                self.fail(error if isinstance(error, LogUnavailable) else LogUnavailable(repr(error)))
                await asyncio.sleep(AFTER_FAILURE)
                continue
            fast = monotonic() - moved_at < STAYS_FAST
            pause = FASTEST_POLL if fast else min(SLOWEST_POLL, pause * 1.5)
            await asyncio.sleep(pause)
