"""Calls in flight at the same time share one statement.

Nothing waits for company: a call alone goes at once, and what arrives while it is under way goes together next.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Batcher(Generic[Q, A]):
    """Gathers questions and asks them together. An answer that is an exception is raised to its asker alone.

    `lanes`: how many batches may be under way at once.
    """

    def __init__(
        self, ask: Callable[[Sequence[Q]], Awaitable[Sequence[A | BaseException]]], *, most: int = 500, lanes: int = 2
    ) -> None:
        self._ask = ask
        self._most = most
        self._free = lanes
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, question: Q) -> A:
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._free:
            self._free -= 1
            lane = asyncio.create_task(self._lane())
            self._running.add(lane)
            lane.add_done_callback(self._running.discard)
        return await answer

    async def _lane(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._answer(batch)
        finally:
            self._free += 1

    async def _answer(self, batch: Sequence[tuple[Q, asyncio.Future[A]]]) -> None:
        answers: Sequence[A | BaseException]
        try:
            answers = await self._ask([question for question, _ in batch])
        except BaseException as failure:
            answers = [failure] * len(batch)
            if isinstance(failure, asyncio.CancelledError):
                _settle(batch, answers)
                raise
        _settle(batch, answers)


def _settle(batch: Sequence[tuple[Q, asyncio.Future[A]]], answers: Sequence[A | BaseException]) -> None:
    for (_, future), answer in zip(batch, answers, strict=True):
        # The asker may have gone away (a client hung up); its answer is dropped, the others' are not.
        with suppress(asyncio.InvalidStateError):
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)
