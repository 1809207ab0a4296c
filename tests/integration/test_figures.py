"""How a service stands, in numbers, from its own tables; and who is there."""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from shared.store.connections import Pool
from shared.store.figures import LATE, Waiting, figures
from shared.store.leases import take
from shared.store.presence import Present, keep_present, who_is_present
from tests.fixtures.runtimes import Workshop
from tests.patience import Tries

PARK = """
insert into parked (subscriber, subject, partition, position, source, version, reason, parked_at)
values ('decide', $1, 0, $2, 'intake', 1, 'gap', clock_timestamp() - make_interval(secs => $3))
"""
DUE = """
insert into due (id, kind, subject, revision, due_at, state) values (gen_random_uuid(), 'k', 's', 1, $1, $2)
"""
LAPSE = "update leases set until = clock_timestamp() - make_interval(secs => $2) where owner = $1"


async def told(pool: Pool, enough: Callable[[list[Present]], bool]) -> list[Present]:
    """Who is present, as soon as it is enough."""
    async for _ in Tries():
        if enough(found := await who_is_present(pool)):
            return found
    raise AssertionError("nobody came")


async def test_what_waits_is_counted_with_the_age_of_the_oldest(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    assert (await figures(pool, datetime.now(UTC))).outbox == Waiting(0, 0.0)
    await workshop.registered()
    await workshop.registered()
    await pool.execute("update outbox set written_at = clock_timestamp() - interval '90 s' where id % 2 = 0")
    for position, age in ((1, 10.0), (2, 500.0)):
        await pool.execute(PARK, "complaint:1", position, age)
    found = await figures(pool, datetime.now(UTC))
    assert found.outbox.events == 2 and 90 <= found.outbox.oldest < 500
    assert found.parked["decide"].events == 2 and 500 <= found.parked["decide"].oldest < 1_000
    assert found.parked_of("view:register_v1_g1") == Waiting(0, 0.0)


async def test_late_is_what_is_overdue_by_the_business_clock_for_longer_than_a_worker_needs(workshop: Workshop) -> None:
    pool, now = workshop.intake.pool, datetime.now(UTC) + timedelta(days=300)
    for due_at, state in (
        (now, "waiting"),
        (now - LATE, "waiting"),
        (now - LATE, "sending"),
        (now - LATE, "failed"),
        (now + timedelta(days=1), "waiting"),
    ):
        await pool.execute(DUE, due_at, state)
    found = await figures(pool, now)
    assert (found.due_late, found.due_failed) == (2, 1)


async def test_lag_is_told_by_subscriber_and_partition(workshop: Workshop) -> None:
    await workshop.registered()
    await workshop.relayed()
    await workshop.taken_in("investigation")
    ends = await workshop.process.log.ends()
    assert sum(ends.values()) == 1
    found = await figures(workshop.runtimes["investigation"].pool, datetime.now(UTC))
    assert set(found.behind(ends)["decide"].values()) == {0}
    await workshop.registered()
    await workshop.relayed()
    behind = found.behind(await workshop.process.log.ends())
    assert sum(behind["decide"].values()) == 1 and len(behind) == len(found.positions)


async def test_an_api_is_there_until_it_says_goodbye_or_is_silent_for_too_long(workshop: Workshop) -> None:
    pool, owner = workshop.intake.pool, workshop.process.owner
    task = asyncio.create_task(keep_present(pool, owner))
    (one,) = await told(pool, lambda found: len(found) == 1)
    assert (one.kind, one.pid, one.alive) == ("api", os.getpid(), True)
    assert abs(datetime.now(UTC) - one.since) < timedelta(minutes=10)
    await pool.execute(LAPSE, owner, 1.0)
    assert [each.alive for each in await who_is_present(pool)] == [False]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await who_is_present(pool) == []


async def test_who_reads_which_partitions_and_who_relays_is_told_and_the_long_gone_are_forgotten(
    workshop: Workshop,
) -> None:
    pool, owner = workshop.intake.pool, workshop.process.owner
    await take(pool, [f"worker:{owner}", "partition:3", "partition:1", "relay"], owner)
    gone = "elsewhere:1:0192f0c1-7a5e-7c39-9a53-3f7f0a6c1b11"
    await take(pool, [f"worker:{gone}"], gone)
    await pool.execute(LAPSE, gone, 3_700.0)
    worker = next(each for each in await who_is_present(pool) if each.alive)
    assert (worker.kind, worker.partitions, worker.relays) == ("worker", (1, 3), True)
    task = asyncio.create_task(keep_present(pool, owner))
    found = await told(pool, lambda found: len(found) == 2)
    assert [(each.kind, each.alive) for each in found] == [("api", True), ("worker", True)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
