"""Notices a consumer that fetches nothing though there is something, as aiokafka's does now and then for ever
(its issues 1154, 847 and 625), and a cluster that is gone, of which aiokafka's consumer says nothing at all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from time import monotonic

Positions = dict[int, int]


class Finding(Enum):
    WELL = "well"
    STALLED = "stalled"
    GONE = "gone"


class Watchdog:
    """Asks for the end offsets twice in `seconds`, beside the fetching.

    A partition is stalled if between two answers its position stayed below the first one's end, while the reader had
    taken all that was fetched. The log is gone if an answer failed and nothing was fetched since it was asked for.
    """

    def __init__(self, seconds: float) -> None:
        self._every = seconds / 2
        self._asked_at = monotonic()
        self._asking: asyncio.Task[Mapping[int, int]] | None = None
        self._asked_from: Positions = {}
        self._before: tuple[Positions, Mapping[int, int]] | None = None
        self._took_all = False
        self.failure: BaseException | None = None

    def due_in(self) -> float:
        """Seconds until it must be heard again."""
        return max(0.01, self._asked_at + self._every - monotonic())

    def hear(
        self, positions: Positions, took_all: bool, read_ends: Callable[[], Awaitable[Mapping[int, int]]]
    ) -> Finding:
        """To be called after every fetch, with the positions behind it and whether it left nothing buffered."""
        self._took_all = self._took_all or took_all
        if self._asking is None:
            if monotonic() - self._asked_at >= self._every:
                self._asked_at, self._asked_from = monotonic(), dict(positions)
                self._asking = asyncio.ensure_future(read_ends())
            return Finding.WELL
        if not self._asking.done():
            return Finding.WELL
        asking, self._asking = self._asking, None
        self.failure = asking.exception()
        if self.failure is not None:
            return Finding.GONE if positions == self._asked_from else Finding.WELL
        return self._judge(positions, asking.result())

    def _judge(self, positions: Positions, ends: Mapping[int, int]) -> Finding:
        before, self._before = self._before, (dict(positions), ends)
        took_all, self._took_all = self._took_all, False
        if before is None or not took_all:
            return Finding.WELL
        were, were_ends = before
        stalled = any(were.get(p) == position < were_ends.get(p, 0) for p, position in positions.items())
        return Finding.STALLED if stalled else Finding.WELL

    def cancel(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
