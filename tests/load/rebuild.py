"""Rebuilding a view from the first event on, each stream's chain checked, and the answer compared with the live table.

The floor is that of a live view: the same log consumed, and folded in memory.
"""

from functools import partial

from shared.projections.generations import live_table
from shared.projections.rebuild import Rebuilt, rebuild
from shared.projections.table import ViewTable
from tests.fixtures.runtimes import Workshop
from tests.load.live import PERSONAL, PLAIN, floor, follow, grown, lines_of
from tests.load.measuring import Aim, Line, Run, Spread, in_turn, timed
from tests.load.stage import Size, Stage
from tests.load.story import LIFE

_DIGEST = """
select count(*), sum(hashtextextended(t::text, 1)::numeric), sum(hashtextextended(t::text, 2)::numeric) from {} t
"""
"""Of all rows and all columns, in any order."""


async def digest(workshop: Workshop, table: ViewTable) -> tuple[object, ...]:
    found = await workshop.intake.pool.fetch(_DIGEST.format(table.quoted))
    return tuple(found[0])


async def measure(stage: Stage, size: Size) -> list[Line]:
    """Several rounds of a log that fits the time, and once a million events."""
    lines = []
    async with grown(stage, size.of(160_000, 80)) as (workshop, events):
        for name, aim in ((PLAIN, Aim(ratio=0.6, value=80_000)), (PERSONAL, Aim())):
            wanted = await _live_digest(workshop, name, events)
            view = workshop.view(name)
            sides = partial(floor, stage, workshop, view), partial(_rebuilt, stage, workshop, name, wanted)
            runs = await in_turn(size.rounds, *sides)
            lines += lines_of("rebuild", f"rebuild of {name}", runs[0], runs[1], aim)
    return [*lines, await _of_a_million(stage, size)]


async def _of_a_million(stage: Stage, size: Size) -> Line:
    async with grown(stage, size.of(1_000_000, 160)) as (workshop, events):
        wanted = await _live_digest(workshop, PLAIN, events)
        run = await _rebuilt(stage, workshop, PLAIN, wanted)
    told = {"events": run.done, "rows": events // len(LIFE), "equal": True, "a_core": run.rate_of_own_core,
            "by_the_clock": run.rate}  # fmt: skip
    seconds = Spread.of([run.seconds])
    return Line(
        "rebuild", f"{run.done:,} events rebuilt and equal to the live table", "seconds", seconds, better="less",
        aim=Aim(value=30), told=told,
    )  # fmt: skip


async def _live_digest(workshop: Workshop, name: str, events: int) -> tuple[object, ...]:
    """Of the live table, once it has taken in everything as a worker does."""
    table = await live_table(workshop.intake.pool, workshop.view(name))
    if await follow(workshop, table) != events:
        raise AssertionError(f"{name} did not take in {events} events")
    found = await digest(workshop, table)
    if found[0] != events // len(LIFE):
        raise AssertionError(f"{name} has {found[0]} rows")
    return found


async def _rebuilt(stage: Stage, workshop: Workshop, name: str, wanted: tuple[object, ...]) -> Run:
    runtime, process, view = workshop.intake, workshop.process, workshop.view(name)
    with timed(stage.server) as run:
        made: Rebuilt = await rebuild(runtime.pool, process.log, process.keyring, view)
    run.done = made.events
    if await digest(workshop, await live_table(runtime.pool, view)) != wanted:
        raise AssertionError(f"{name} built anew is not what the live table was")
    return run
