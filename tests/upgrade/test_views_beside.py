"""A view in a new version is built beside the old one, answers when it is filled, and each goes on for who reads it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from shared.events.intake import ComplaintRegistered
from shared.projections.building import begin_views, build_views
from shared.projections.generations import NotBuilt, answering_table, built_table, live_table, new_generation
from shared.projections.pruning import other_versions, prune
from shared.projections.view import At, Upsert, View, text
from shared.projections.view_subscriber import ViewSubscriber
from shared.runtime import Runtime, Worker
from shared.store.leases import take
from tests.fixtures.runtimes import Workshop

pytestmark = pytest.mark.services("intake")
PATIENCE = 120


def version(number: int, *columns: str) -> View:
    """How complaints came in, as this version shows it."""
    view = View("channels", version=number, columns=tuple(text(name) for name in columns))

    @view.on(ComplaintRegistered)
    def registered(event: ComplaintRegistered, at: At) -> Upsert:
        told = {"channel": event.channel, "number": event.number}
        return Upsert(at.subject_id, **{name: told[name] for name in columns})

    return view


OLD, NEW = version(1, "channel"), version(2, "channel", "number")


async def registered(workshop: Workshop, count: int = 3) -> None:
    for _ in range(count):
        await workshop.registered()
    await workshop.relayed()


async def follow(workshop: Workshop, view: View) -> None:
    """A worker whose code shows this version takes in what the log holds."""
    process, pool = workshop.process, workshop.intake.pool
    subscriber = ViewSubscriber(await built_table(pool, view), pool, process.log, process.keyring)
    await subscriber.take(range(process.log.partitions))
    await subscriber.apply(await workshop.all_records())


async def build(workshop: Workshop, owner: str = "a worker") -> None:
    await build_views(workshop.intake.pool, workshop.process.log, workshop.process.keyring, [NEW], owner)


async def rows(workshop: Workshop, view: View) -> list[tuple[str, ...]]:
    columns = ", ".join(view.names)
    found = await workshop.intake.pool.fetch(f"select {columns} from views.{view.full_name} order by key")
    return [tuple(row) for row in found]


async def shown(workshop: Workshop, view: View) -> int:
    """How many rows; none while the version is being built."""
    built = await answering_table(workshop.intake.pool, view)
    return 0 if built is None else len(await rows(workshop, view))


async def generations(workshop: Workshop, view: View) -> list[tuple[int, int]]:
    found = await workshop.intake.pool.fetch("select generation, live from generations where view = $1", view.full_name)
    return [tuple(row) for row in found]


async def test_it_answers_once_it_is_filled_and_the_old_one_goes_on(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    await begin_views(pool, workshop.process.log, [OLD])
    assert await rows(workshop, OLD) == []
    await registered(workshop)
    await follow(workshop, OLD)
    await begin_views(pool, workshop.process.log, [NEW])
    with pytest.raises(NotBuilt):
        await built_table(pool, NEW)
    await build(workshop)
    assert [channel for channel, _ in await rows(workshop, NEW)] == ["phone"] * 3
    await registered(workshop, 1)
    await follow(workshop, OLD)
    await follow(workshop, NEW)
    assert (len(await rows(workshop, OLD)), len(await rows(workshop, NEW))) == (4, 4)


async def test_what_a_killed_builder_left_is_gone_and_of_two_builders_one_builds(workshop: Workshop) -> None:
    await registered(workshop)
    left = await new_generation(workshop.intake.pool, NEW)
    await asyncio.gather(build(workshop, "one"), build(workshop, "two"))
    assert [live for _, live in await generations(workshop, NEW)] == [1]
    assert len(await rows(workshop, NEW)) == 3
    table = await answering_table(workshop.intake.pool, NEW)
    assert table is not None
    if table.generation != left.generation:
        assert await workshop.intake.pool.fetchval("select to_regclass($1)", left.quoted) is None


async def test_a_version_is_dropped_when_nobody_shows_it_any_more_and_only_when_told(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    await registered(workshop)
    await live_table(pool, OLD)
    await follow(workshop, OLD)
    await build(workshop)
    own = {NEW.full_name, *(view.full_name for view in workshop.intake.rooms.views)}
    await take(pool, ["api:old"], "old", runs=[f"view:{OLD.full_name}"])
    assert [(each.name, each.used) for each in await other_versions(pool, own)] == [(OLD.full_name, True)]
    await pool.execute("update leases set until = clock_timestamp() - interval '1 second'")
    (version,) = await other_versions(pool, own)
    assert not version.used
    await prune(pool, version)
    assert await other_versions(pool, own) == []
    assert await pool.fetchval("select to_regclass($1)", f"views.{OLD.full_name}") is None
    assert await pool.fetchval("select count(*) from offsets where subscriber like 'view:channels_v1%'") == 0
    assert len(await rows(workshop, NEW)) == 3


def edition(workshop: Workshop, view: View) -> Runtime:
    """A process of its own, whose code shows this version."""
    runtime = workshop.intake
    process = replace(runtime.process, owner=f"{view.full_name}-owner")
    return replace(runtime, process=process, rooms=replace(runtime.rooms, views=(view,)))


HALF_EACH = [{"decide": 12, "view:channels_v1": 24}, {"decide": 12, "view:channels_v2": 24}]


async def _shares(workers: list[Worker]) -> list[dict[str, int]]:
    """Of how many partitions each worker keeps what."""
    return [{name: len(mine) for name, mine in worker.leases.shared.items()} for worker in workers]


async def until(running: list[asyncio.Task[None]], asked: Callable[[], Awaitable[object]], wanted: object) -> None:
    while await asked() != wanted:
        assert not any(task.done() for task in running)
        await asyncio.sleep(0.05)


async def test_workers_of_two_editions_each_keep_their_own_version_of_all_partitions(workshop: Workshop) -> None:
    await registered(workshop, 5)
    workers = [await edition(workshop, view).worker() for view in (OLD, NEW)]
    running = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        async with asyncio.timeout(PATIENCE):
            await until(running, lambda: _shares(workers), HALF_EACH)
            for _ in range(30):
                await workshop.registered()

            async def both() -> list[int]:
                return [await shown(workshop, view) for view in (OLD, NEW)]

            await until(running, both, [35, 35])
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
