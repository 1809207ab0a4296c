"""The relay: in order, never lost, doubles legal, one bad partition in nobody else's way."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from shared.eventlog.protocol import EventLog, LogUnavailable, Outgoing, partition_of
from shared.eventlog.relay import Relay
from shared.proof.chain import GENESIS, link
from tests.fixtures.runtimes import Workshop
from tests.patience import Tries


class FailingLog:
    """The real log, but what goes to some partitions does not arrive, or arrives and is not acknowledged."""

    def __init__(self, log: EventLog, *, lost: set[int] | None = None, unacknowledged: set[int] | None = None) -> None:
        self.log = log
        self.lost = lost or set()
        self.unacknowledged = unacknowledged or set()
        self.partitions = log.partitions

    async def send(self, batches: Mapping[int, Sequence[Outgoing]]) -> dict[int, int | LogUnavailable]:
        arrives = {partition: batch for partition, batch in batches.items() if partition not in self.lost}
        answers = await self.log.send(arrives) if arrives else {}
        silent = LogUnavailable("no acknowledgement")
        return {p: silent if p in self.lost | self.unacknowledged else answers[p] for p in batches}


def relay_to(workshop: Workshop, log: object) -> Relay:
    return Relay(workshop.intake.pool, log, "test", asyncio.Event())  # type: ignore[arg-type]


async def waiting(workshop: Workshop) -> int:
    count: int = await workshop.intake.pool.fetchval("select count(*) from outbox")
    return count


async def test_what_is_relayed_is_the_stored_bytes_in_order_with_their_chain(workshop: Workshop) -> None:
    subject = await workshop.registered()
    await workshop.do(workshop.acknowledgement(subject))
    assert await workshop.relayed() == 2
    assert await waiting(workshop) == 0
    records = await workshop.all_records()
    stored = await workshop.intake.pool.fetch("select body, chain from journal order by revision")
    assert [record.value for record in records] == [row["body"] for row in stored]
    chain = GENESIS
    for record in records:
        chain = link(chain, record.value)
        assert record.header("chain") == chain
        assert record.partition == partition_of(subject)


async def test_what_was_not_acknowledged_stays_and_goes_again(workshop: Workshop) -> None:
    subject = await workshop.registered()
    failing = FailingLog(workshop.process.log, unacknowledged={partition_of(subject)})
    relay = relay_to(workshop, failing)
    with pytest.raises(LogUnavailable):
        await relay.send_once()
    assert await waiting(workshop) == 1
    failing.unacknowledged.clear()
    assert await relay.send_once() == 1
    assert len(await workshop.all_records()) == 2, "a double is legal; a loss is not"


async def test_a_partition_that_fails_holds_up_no_other(workshop: Workshop) -> None:
    subjects = [await workshop.registered() for _ in range(12)]
    bad = partition_of(subjects[0])
    relay = relay_to(workshop, FailingLog(workshop.process.log, lost={bad}))
    await relay.send_once()
    kept = {row["subject"] for row in await workshop.intake.pool.fetch("select subject from outbox")}
    assert kept == {subject for subject in subjects if partition_of(subject) == bad}


async def test_the_subject_that_fails_again_leaves_the_queue_for_a_while(workshop: Workshop) -> None:
    first = await workshop.registered()
    same: list[str] = []
    while len(same) < 1:
        other = await workshop.registered()
        same += [other] if partition_of(other) == partition_of(first) else []
    failing = FailingLog(workshop.process.log, lost={partition_of(first)})
    relay = relay_to(workshop, failing)
    with suppress(LogUnavailable):
        await relay.send_once()
    elsewhere = await workshop.registered()
    while partition_of(elsewhere) == partition_of(first):
        elsewhere = await workshop.registered()
    await relay.send_once()
    failing.lost.clear()
    await relay.send_once()
    left = {row["subject"] for row in await workshop.intake.pool.fetch("select subject from outbox")}
    assert left == {first}
    assert same[0] in {record.key for record in await workshop.all_records()}


async def test_one_who_commits_late_is_not_passed_over(workshop: Workshop) -> None:
    """Ids are drawn at insert and become visible at commit: a cursor over ids would lose the late one."""
    pool = workshop.intake.pool
    subject = await workshop.registered()
    await workshop.relayed()
    async with pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute("insert into outbox (subject, revision) values ($1, 1)", subject)
        await workshop.registered()
        assert await workshop.relayed() == 1
        await transaction.commit()
    assert await workshop.relayed() == 1
    assert len(await workshop.all_records()) == 3


async def test_only_the_relay_with_the_lease_works(workshop: Workshop) -> None:
    await workshop.registered()
    first, second = relay_to(workshop, workshop.process.log), relay_to(workshop, workshop.process.log)
    second._owner = "another"
    assert await first._leased()
    assert not await second._leased()


@pytest.mark.parametrize("steps", range(4))
async def test_a_relay_that_is_told_to_end_just_as_it_is_woken_ends(workshop: Workshop, steps: int) -> None:
    woken = asyncio.Event()
    running = asyncio.create_task(Relay(workshop.intake.pool, workshop.process.log, "test", woken).run())
    await asyncio.sleep(0.3)  # it has found nothing and waits
    woken.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    ended, _ = await asyncio.wait([running], timeout=5)
    assert ended == {running}


class Slow:
    """The real log, but one partition is not answered until it is told to go on."""

    def __init__(self, log: EventLog, slow: int) -> None:
        self.log = log
        self.slow = slow
        self.go_on = asyncio.Event()
        self.sends: list[set[int]] = []
        self.partitions = log.partitions

    async def send(self, batches: Mapping[int, Sequence[Outgoing]]) -> dict[int, int | LogUnavailable]:
        self.sends.append(set(batches))
        if self.slow in batches:
            await self.go_on.wait()
        return await self.log.send(batches)


async def test_a_partition_that_is_slow_holds_up_no_other_and_keeps_its_order(workshop: Workshop) -> None:
    first = await workshop.registered()
    slow = Slow(workshop.process.log, partition_of(first))
    relaying = asyncio.create_task(relay_to(workshop, slow).run())
    try:
        async for _ in Tries():
            if slow.sends:
                break
        await workshop.do(workshop.acknowledgement(first))
        others = [await workshop.registered() for _ in range(3)]
        others = [other for other in others if partition_of(other) != slow.slow]
        async for _ in Tries():
            if len(await workshop.all_records()) == len(others):
                break
        assert {record.key for record in await workshop.all_records()} == set(others)
        assert sum(slow.slow in each for each in slow.sends) == 1, "one batch a partition in flight"
        slow.go_on.set()
        async for _ in Tries():
            if not await waiting(workshop):
                break
        own = [record for record in await workshop.all_records() if record.key == first]
        assert [record.header("version") for record in own] == [b"1", b"2"]
    finally:
        relaying.cancel()
        with suppress(asyncio.CancelledError):
            await relaying


async def test_a_partition_that_failed_goes_by_itself_until_it_is_answered(workshop: Workshop) -> None:
    """Else whoever shares a round with a broker that is away waits for its time to run out, again and again."""
    subjects = [await workshop.registered() for _ in range(8)]
    bad = partition_of(subjects[0])
    failing = FailingLog(workshop.process.log, lost={bad})
    relay = relay_to(workshop, failing)
    await relay.send_once()
    sound = await workshop.registered()
    while partition_of(sound) == bad:
        sound = await workshop.registered()
    parts = [set(part) for part in relay._apart(await relay._next())]
    assert {bad} in parts
    assert not any(bad in part for part in parts if part != {bad})
    assert any(partition_of(sound) in part for part in parts)


async def test_what_no_round_should_meet_ends_the_relay_and_is_told(workshop: Workshop) -> None:
    await workshop.registered()
    broken = Slow(workshop.process.log, -1)
    broken.send = None  # type: ignore[method-assign, assignment]
    async with asyncio.timeout(30):
        with pytest.raises(TypeError):
            await relay_to(workshop, broken).run()
    assert await waiting(workshop) == 1


class LosesTrack:
    """A pool whose driver mixes up the state of its connection once, as it does where a database dies just then."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.lost = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    async def fetch(self, *asked: Any) -> Any:
        self.lost += 1
        if self.lost == 1:
            raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")
        return await self._pool.fetch(*asked)


async def test_a_driver_that_lost_track_of_its_connection_is_no_reason_to_end(workshop: Workshop) -> None:
    await workshop.registered()
    pool = LosesTrack(workshop.intake.pool)
    relaying = asyncio.create_task(Relay(pool, workshop.process.log, "test", asyncio.Event()).run())
    async for _ in Tries():
        if relaying.done() or not await waiting(workshop):
            break
    assert not relaying.done() and pool.lost > 1
    relaying.cancel()
    with suppress(asyncio.CancelledError):
        await relaying
