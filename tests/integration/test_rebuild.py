"""A view built anew equals the live one, answers only when it is as far, and is never built on a damaged log."""

import asyncio
from dataclasses import replace

import pytest

from shared.eventlog.protocol import Outgoing, partition_of
from shared.projections.generations import hold_generation, live_table
from shared.projections.offsets import Fenced
from shared.projections.rebuild import BrokenChain, rebuild
from tests.fixtures.runtimes import Workshop


async def rows(workshop: Workshop) -> list[dict[str, object]]:
    found = await workshop.intake.pool.fetch(f"select * from {workshop.rows_of('register')} order by key")
    return [dict(row) for row in found]


async def rebuilt(workshop: Workshop) -> None:
    runtime = workshop.intake
    await rebuild(runtime.pool, workshop.process.log, workshop.process.keyring, workshop.view("register"))


async def test_a_rebuilt_view_equals_the_live_one_and_takes_its_place(workshop: Workshop) -> None:
    for _ in range(5):
        await workshop.do(workshop.acknowledgement(await workshop.registered()))
    await workshop.relayed()
    await workshop.taken_in("intake")
    before = await rows(workshop)
    await rebuilt(workshop)
    assert await rows(workshop) == before
    assert len(before) == 5
    table = await live_table(workshop.intake.pool, workshop.view("register"))
    assert table.generation == 2
    assert await workshop.intake.pool.fetchval("select to_regclass($1)", workshop.first_table("register")) is None


async def test_a_row_changed_by_hand_is_right_again_after_a_rebuild(workshop: Workshop) -> None:
    await workshop.registered()
    await workshop.relayed()
    await workshop.taken_in("intake")
    right = await rows(workshop)
    await workshop.intake.pool.execute(f"update {workshop.first_table('register')} set status = 'closed'")
    await rebuilt(workshop)
    assert await rows(workshop) == right


async def test_the_old_generation_s_worker_is_fenced_after_the_flip(workshop: Workshop) -> None:
    await workshop.registered()
    await workshop.relayed()
    old = await workshop.subscriber("intake", "register")
    await rebuilt(workshop)
    await workshop.registered()
    await workshop.relayed()
    with pytest.raises(Fenced):
        await old.apply(await workshop.all_records())
    renewed = await workshop.intake.renewed(old)
    await renewed.take(range(24))
    await renewed.apply(await workshop.all_records())
    assert len(await rows(workshop)) == 2


async def test_who_begins_on_a_generation_that_was_just_replaced_is_fenced(workshop: Workshop) -> None:
    """Between asking which generation answers and beginning there, it may flip: offsets kept anew for the old one would
    have a worker write to a table that is gone, and park every case, while the view that answers stands still.
    """
    await workshop.registered()
    await workshop.relayed()
    (old,) = [each for each in await workshop.intake.subscribers() if each.name.startswith("view:register_v")]
    await rebuilt(workshop)
    with pytest.raises(Fenced):
        await old.take(range(24))
    assert await workshop.intake.pool.fetchval("select count(*) from offsets where subscriber = $1", old.name) == 0


async def test_a_flip_waits_for_who_is_just_beginning(workshop: Workshop) -> None:
    await workshop.registered()
    await workshop.relayed()
    await workshop.taken_in("intake")
    view = workshop.view("register")
    async with workshop.intake.pool.acquire() as connection, connection.transaction():
        assert await hold_generation(connection, await live_table(workshop.intake.pool, view))
        flipping = asyncio.create_task(rebuilt(workshop))
        await _until_a_lock_is_waited_for(workshop)
        assert (await live_table(workshop.intake.pool, view)).generation == 1
    await flipping
    assert (await live_table(workshop.intake.pool, view)).generation == 2


async def _until_a_lock_is_waited_for(workshop: Workshop) -> None:
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    while not await workshop.intake.pool.fetchval(waiting):  # noqa: ASYNC110 -- the database has no event to wait for
        await asyncio.sleep(0.01)


async def test_events_that_come_during_a_rebuild_are_in_it(workshop: Workshop) -> None:
    for _ in range(3):
        await workshop.registered()
    await workshop.relayed()
    await workshop.taken_in("intake")

    async def meanwhile() -> None:
        await workshop.registered()
        await workshop.relayed()
        await workshop.taken_in("intake")

    await asyncio.gather(rebuilt(workshop), meanwhile())
    view = await workshop.subscriber("intake", "register")
    await view.apply(await workshop.all_records())
    assert len(await rows(workshop)) == 4


async def test_a_damaged_chain_stops_a_rebuild_and_leaves_the_live_view(workshop: Workshop) -> None:
    subject = await workshop.registered()
    await workshop.relayed()
    await workshop.taken_in("intake")
    (record,) = await workshop.all_records()
    forged = replace(record, value=record.value.replace(b'"version":1', b'"version":2'))
    headers = tuple((key, b"2" if key == "version" else value) for key, value in forged.headers)
    await workshop.process.log.send({partition_of(subject): [Outgoing(subject, forged.value, headers)]})
    with pytest.raises(BrokenChain, match=subject):
        await rebuilt(workshop)
    view = workshop.view("register")
    assert (await live_table(workshop.intake.pool, view)).generation == 1
    assert len(await rows(workshop)) == 1
    generations = "select count(*) from generations where view = $1"
    assert await workshop.intake.pool.fetchval(generations, view.full_name) == 1


async def test_a_replay_sends_nothing_and_reacts_to_nothing(workshop: Workshop) -> None:
    """N21: rebuilding all views of a service writes no event, no outbox row, no due row."""
    await workshop.do(workshop.acknowledgement(await workshop.registered()))
    await workshop.relayed()
    await workshop.taken_in("intake")
    counts = "select (select count(*) from journal), (select count(*) from outbox), (select count(*) from due)"
    before = await workshop.intake.pool.fetchrow(counts)
    for view in workshop.intake.rooms.views:
        await rebuild(workshop.intake.pool, workshop.process.log, workshop.process.keyring, view)
    assert await workshop.intake.pool.fetchrow(counts) == before
