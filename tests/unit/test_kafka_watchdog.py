"""When a consumer is replaced, and when it is left alone."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.eventlog.kafka_watchdog import Finding, Watchdog

INTERVAL = 0.02
Ends = Callable[[], Awaitable[dict[int, int]]]


def telling(**ends: int) -> Ends:
    async def read_ends() -> dict[int, int]:
        return {int(p.removeprefix("p")): end for p, end in ends.items()}

    return read_ends


async def failing() -> dict[int, int]:
    raise OSError("gone")


async def hear(dog: Watchdog, positions: dict[int, int], ends: Ends, *, took_all: bool = True) -> Finding:
    """Let one interval pass, so that it asks, and return what it makes of the answer."""
    await asyncio.sleep(INTERVAL)
    assert dog.hear(positions, took_all, ends) is Finding.WELL
    await asyncio.sleep(0)
    return dog.hear(positions, took_all, ends)


@pytest.fixture
async def dog() -> Watchdog:
    return Watchdog(2 * INTERVAL)


async def test_a_position_that_stays_below_the_end_is_a_stall(dog: Watchdog) -> None:
    assert await hear(dog, {0: 5}, telling(p0=6)) is Finding.WELL
    assert await hear(dog, {0: 5}, telling(p0=6)) is Finding.STALLED


async def test_one_stalled_partition_is_seen_while_others_flow(dog: Watchdog) -> None:
    await hear(dog, {0: 5, 1: 5}, telling(p0=6, p1=9))
    assert await hear(dog, {0: 5, 1: 9}, telling(p0=6, p1=12)) is Finding.STALLED


async def test_a_quiet_partition_is_no_stall(dog: Watchdog) -> None:
    await hear(dog, {0: 5}, telling(p0=5))
    assert await hear(dog, {0: 5}, telling(p0=5)) is Finding.WELL


async def test_what_came_since_the_last_question_is_no_stall(dog: Watchdog) -> None:
    await hear(dog, {0: 5}, telling(p0=5))
    assert await hear(dog, {0: 5}, telling(p0=7)) is Finding.WELL


async def test_a_reader_that_is_behind_but_moves_is_no_stall(dog: Watchdog) -> None:
    await hear(dog, {0: 5}, telling(p0=900))
    assert await hear(dog, {0: 6}, telling(p0=900)) is Finding.WELL


async def test_a_partition_that_waits_for_its_turn_is_no_stall(dog: Watchdog) -> None:
    await hear(dog, {0: 5, 1: 0}, telling(p0=900, p1=900), took_all=False)
    assert await hear(dog, {0: 500, 1: 0}, telling(p0=900, p1=900), took_all=False) is Finding.WELL


async def test_a_cluster_that_does_not_answer_is_gone(dog: Watchdog) -> None:
    assert await hear(dog, {0: 5}, failing) is Finding.GONE
    assert isinstance(dog.failure, OSError)


async def test_an_unanswered_question_is_forgiven_while_records_come(dog: Watchdog) -> None:
    await asyncio.sleep(INTERVAL)
    dog.hear({0: 5}, True, failing)
    await asyncio.sleep(0)
    assert dog.hear({0: 6}, True, failing) is Finding.WELL


async def test_it_asks_no_more_often_than_told(dog: Watchdog) -> None:
    asked = 0

    async def counting() -> dict[int, int]:
        nonlocal asked
        asked += 1
        return {0: 0}

    for _ in range(50):
        dog.hear({0: 0}, True, counting)
        await asyncio.sleep(INTERVAL / 20)
    assert asked <= 4
