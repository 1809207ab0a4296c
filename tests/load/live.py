"""Live views: a worker's subscriber takes in events of many subjects, each row read, folded and written, with offsets,
versions and chain kept. The floor consumes the same log and folds it in memory.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from shared.projections.folding import Row
from shared.projections.generations import discard, new_generation
from shared.projections.reading import Reading
from shared.projections.table import ViewTable
from shared.projections.view import View
from shared.projections.view_subscriber import ViewSubscriber
from tests.fixtures.runtimes import Workshop
from tests.load.folded import FETCH, fold_in_memory
from tests.load.measuring import Aim, Line, Run, Spread, in_turn, spread, timed
from tests.load.stage import Size, Stage
from tests.load.story import LIFE, write_lives

PLAIN, PERSONAL = "awaiting_judgement", "register"
"""A view that shows nothing personal, and one with columns of which the text is opened."""


@asynccontextmanager
async def grown(stage: Stage, events: int) -> AsyncIterator[tuple[Workshop, int]]:
    """Intake, and a log of so many events; gives how many."""
    async with stage.workshop("intake") as workshop:
        yield workshop, await write_lives(workshop.process.log, workshop.process.keyring._vault, events)


async def follow(workshop: Workshop, table: ViewTable) -> int:
    """Take in the whole log as a worker does that has this one view; gives how many events."""
    process = workshop.process
    reading = Reading(process.keyring)
    subscriber = ViewSubscriber(table, workshop.intake.pool, process.log, process.keyring, reading)
    await subscriber.take(range(process.log.partitions))
    reader = process.log.reader()
    await reader.assign({p: at.next_offset for p, at in subscriber.positions.items()})
    ends = sum((await reader.ends()).values())
    done = 0
    try:
        while done < ends:
            records = await reader.fetch(limit=FETCH, wait=1.0)
            await subscriber.apply(records)
            done += len(records)
    finally:
        await reader.close()
    return done


async def must_hold(workshop: Workshop, table: ViewTable, rows: dict[str, Row], events: int) -> None:
    """Raises AssertionError unless the table holds just these rows, one for each life of the log."""
    async with workshop.intake.pool.acquire() as connection:
        found = await connection.fetch(f"select * from {table.quoted}")
    if {row["key"]: table.as_row(row) for row in found} != rows or len(rows) != events // len(LIFE):
        raise AssertionError(f"{table.name} is not what the fold in memory made of the same log")


async def measure(stage: Stage, size: Size) -> list[Line]:
    """A view without personal columns and one with them."""
    lines = []
    async with grown(stage, size.of(80_000, 80)) as (workshop, events):
        for name, aim in ((PLAIN, Aim(ratio=0.25, value=25_000)), (PERSONAL, Aim())):
            view = workshop.view(name)
            sides = partial(floor, stage, workshop, view), partial(_live, stage, workshop, view, events)
            runs = await in_turn(size.rounds, *sides)
            lines += lines_of("live", f"live view {name}", runs[0], runs[1], aim)
    return lines


async def floor(stage: Stage, workshop: Workshop, view: View) -> Run:
    """Consume and fold."""
    with timed(stage.server) as run:
        await fold_in_memory(workshop.process.log, workshop.process.keyring, view)
    ends = await workshop.process.log.read_ends()  # type: ignore[attr-defined]
    run.done = sum(ends.values())
    return run


async def _live(stage: Stage, workshop: Workshop, view: View, events: int) -> Run:
    table = await new_generation(workshop.intake.pool, view)
    try:
        with timed(stage.server) as run:
            run.done = await follow(workshop, table)
        await must_hold(
            workshop, table, await fold_in_memory(workshop.process.log, workshop.process.keyring, view), events
        )
    finally:
        async with workshop.intake.pool.acquire() as connection, connection.transaction():
            await discard(connection, table)
    return run


def lines_of(row: str, what: str, floor: list[Run], ours: list[Run], aim: Aim) -> list[Line]:
    """Events a second of one core of ours, which is aimed at; by the clock and by all processor time besides."""
    a_core = [spread(runs, lambda run: run.rate_of_own_core) for runs in (ours, floor)]
    wall = [spread(runs) for runs in (ours, floor)]
    told = {
        "ours_all_cpu": spread(ours, lambda run: run.rate_of_all_cores).median,
        "floor_all_cpu": spread(floor, lambda run: run.rate_of_all_cores).median,
        "events": ours[0].done,
    }
    return [
        Line(row, f"{what}, a core of ours", "events/s", a_core[0], a_core[1], aim=aim, told=told),
        Line(row, f"{what}, by the clock", "events/s", wall[0], wall[1], told={"seconds": _seconds(ours)}),
    ]


def _seconds(runs: list[Run]) -> Spread:
    return spread(runs, lambda run: run.seconds)
