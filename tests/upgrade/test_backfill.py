"""A service that wants to know more learns what came before: whole, once, in an order that no fold wonders about."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from shared.events.base import _registry
from shared.events.envelope import fact, parse
from shared.events.intake import ComplaintAcknowledged, ResponsibleDepartmentAssigned
from shared.events.investigation import InvestigationOpened
from shared.projections import backfill as module
from shared.projections.backfill import Overtaken, Unreadable
from shared.projections.offsets import Fenced
from shared.store.append import Item, append
from shared.store.kept_types import StillLearning, keep, missing, read_kept
from shared.store.memory import blank, taken_in
from tests.fixtures.runtimes import Workshop
from tests.upgrade.editions import Editions

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACKNOWLEDGED, ASSIGNED = "complaint.acknowledged", "complaint.department-assigned"


@pytest.fixture
async def editions(workshop: Workshop) -> Editions:
    return await Editions.of(workshop)


def assigned() -> ResponsibleDepartmentAssigned:
    return ResponsibleDepartmentAssigned(at=AT, by="system", cycle=1, department="cards", recused=("he.wei",))


def opened() -> InvestigationOpened:
    return InvestigationOpened(at=AT, by="system", cycle=1, department="cards", recused=())


async def as_told(editions: Editions, subject: str) -> Any:
    """The state of a service that kept every fact from the beginning: the log's facts, folded as they were told."""
    service = editions.new.rooms.service
    memory = blank(service, subject)
    for record in await editions.records():
        if record.key == subject:
            envelope, data = parse(record.value)
            memory = taken_in(memory, service, envelope, fact(envelope, data), b"")
    return memory.state


async def test_what_came_before_is_learned_and_nothing_reacts_to_it(editions: Editions) -> None:
    subject = await editions.acknowledged()
    await editions.tell(subject, assigned())
    await editions.follow(editions.old)
    assert await editions.journal(subject) == [("intake", 1, "complaint.registered")]
    await editions.want()
    await editions.backfill().run()
    assert [kind for _, _, kind in await editions.journal(subject)] == ["complaint.registered", ACKNOWLEDGED, ASSIGNED]
    memory = await editions.remembered(editions.new, subject)
    assert memory.state == await as_told(editions, subject)
    assert memory.state.recused == ("he.wei",)
    # The new edition opens an investigation when a department is assigned: this one was, long ago.
    for table in ("outbox", "due"):
        assert await editions.new.pool.fetchval(f"select count(*) from {table}") == 0
    # From now on it does react.
    other = await editions.acknowledged()
    await editions.tell(other, assigned())
    await editions.follow(editions.new)
    assert (await editions.journal(other))[-1] == ("investigation", 1, "investigation.opened")


async def test_what_comes_meanwhile_is_kept_at_once_also_by_old_code_and_what_was_before_is_folded_before_it(
    editions: Editions,
) -> None:
    subject = await editions.acknowledged()
    old = await editions.follower(editions.old)
    await old.apply(await editions.records())
    await editions.want()
    await editions.tell(subject, assigned())
    # The old worker does not know yet that more is to be kept: it may not go on before it does.
    with pytest.raises(Fenced):
        await old.apply(await editions.records())
    await old.take(range(editions.workshop.process.log.partitions))
    await old.apply(await editions.records())
    assert await editions.journal(subject) == [("intake", 1, "complaint.registered"), ("intake", 3, ASSIGNED)]
    await editions.backfill().run()
    assert [version for _, version, _ in await editions.journal(subject)] == [1, 3, 2]
    memory = await editions.remembered(editions.new, subject)
    assert (memory.revision, memory.versions) == (3, {"intake": 3})
    assert memory.state == await as_told(editions, subject)


async def test_killed_in_the_middle_it_goes_on_where_it_stopped(
    editions: Editions, monkeypatch: pytest.MonkeyPatch
) -> None:
    subjects = [await editions.acknowledged() for _ in range(12)]
    await editions.follow(editions.old)
    await editions.want()
    monkeypatch.setattr(module, "_MOST", 1)
    written = 0

    async def dies_after_five(connection: Any, items: list[Item]) -> list[bool]:
        nonlocal written
        written += 1
        if written > 5:
            raise KeyboardInterrupt
        return await append(connection, items)

    monkeypatch.setattr(module, "append", dies_after_five)
    killed = editions.backfill("killed")
    with pytest.raises(KeyboardInterrupt):
        await killed.work()
    assert await learned(editions) == 5
    monkeypatch.setattr(module, "append", append)
    await editions.backfill("next").run()
    assert await learned(editions) == 12
    assert [len(await editions.journal(subject)) for subject in subjects] == [2] * 12


async def learned(editions: Editions) -> int:
    count: int = await editions.new.pool.fetchval("select count(*) from journal where type = $1", ACKNOWLEDGED)
    return count


async def test_two_workers_at_once_do_it_once(editions: Editions) -> None:
    for _ in range(6):
        await editions.acknowledged()
    await editions.follow(editions.old)
    await editions.want()
    await asyncio.gather(editions.backfill("one").run(), editions.backfill("two").run())
    assert await learned(editions) == 6
    # And where one takes the other for dead: who comes second with a stretch writes nothing.
    await editions.new.pool.execute("update backfills set next_offset = 0 where upto > 0")
    first, second = editions.backfill("one"), editions.backfill("two")
    rows = await editions.new.pool.fetch(module._OPEN, list(first._types))
    await first.stretch(module._stretch(rows[0]))
    with pytest.raises(Overtaken):
        await second.stretch(module._stretch(rows[0]))
    assert await learned(editions) == 6


async def test_a_decision_at_the_same_moment_stands_and_what_is_learned_comes_behind_it(
    editions: Editions, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = await editions.acknowledged()
    await editions.follow(editions.old)
    await editions.want()
    tries = 0

    async def beaten_once(connection: Any, items: list[Item]) -> list[bool]:
        nonlocal tries
        tries += 1
        if tries == 1:
            await editions.state(editions.old, subject, opened())
        return await append(connection, items)

    monkeypatch.setattr(module, "append", beaten_once)
    await editions.backfill().run()
    assert tries == 2
    assert [kind for _, _, kind in await editions.journal(subject)] == [
        "complaint.registered", "investigation.opened", ACKNOWLEDGED,
    ]  # fmt: skip
    # It is explained by what it had seen: the stream up to its first fact, and no acknowledgement.
    body = await editions.new.pool.fetchval("select body from journal where source = 'investigation'")
    assert parse(body)[0].seen == "intake=1"


async def test_nothing_is_decided_before_all_is_here(editions: Editions) -> None:
    subject = await editions.acknowledged()
    await editions.follow(editions.old)
    with pytest.raises(StillLearning):
        await editions.new.kernel.state(subject)
    await editions.want()
    with pytest.raises(StillLearning):
        await editions.new.kernel.state(subject)
    assert sum((await missing(editions.new.pool, [ACKNOWLEDGED])).values()) == 2
    # Who does not decide by it need not wait.
    await editions.old.kernel.state(subject)
    await editions.backfill().run()
    assert await editions.new.kernel.state(subject) == await as_told(editions, subject)


async def test_what_is_parked_comes_in_when_it_is_released_and_only_then(
    editions: Editions, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = await editions.acknowledged()
    monkeypatch.delitem(_registry, "complaint.registered")
    await editions.follow(editions.old)
    monkeypatch.undo()
    assert await editions.journal(subject) == []
    await editions.want()
    await editions.backfill().run()
    assert await editions.journal(subject) == []
    stale = await editions.follower(editions.old)
    stale.keeps = 1
    with pytest.raises(Fenced):
        await stale.release(subject)
    assert await (await editions.follower(editions.old)).release(subject) == 2
    assert [version for _, version, _ in await editions.journal(subject)] == [1, 2]


async def test_a_fact_that_the_code_must_know_and_can_t_read_stops_it(
    editions: Editions, monkeypatch: pytest.MonkeyPatch
) -> None:
    await editions.acknowledged()
    await editions.follow(editions.old)
    await editions.want()
    monkeypatch.setattr(ComplaintAcknowledged, "wire_version", 0)
    with pytest.raises(Unreadable, match=re.escape(ACKNOWLEDGED)):
        await editions.backfill().run()
    assert await learned(editions) == 0
    assert await missing(editions.new.pool, [ACKNOWLEDGED])


async def test_where_nothing_was_read_yet_nothing_is_missing(workshop: Workshop) -> None:
    pool = workshop.runtimes["investigation"].pool
    kept = await read_kept(pool)
    assert kept.batch == 1 and ACKNOWLEDGED in kept.types
    assert await missing(pool, kept.types) == {}
    await keep(pool, kept.types, workshop.process.log)
    assert await read_kept(pool) == kept


async def test_kept_types_only_grow(workshop: Workshop) -> None:
    pool = workshop.runtimes["investigation"].pool
    for statement in ("delete from kept_types", "update kept_types set batch = 0"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)
