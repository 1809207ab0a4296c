"""Each guard holds where it is tried hard, and where it is taken away the suite finds the failure that it prevents."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg
import pytest

from tests.chaos import bench
from tests.chaos.bench import Bench, open_bench
from tests.chaos.guards import GUARDS, IN_THE_DATABASE, remove
from tests.fixtures.runtimes import Workshop

Scenario = Callable[[Bench], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a guard is tried with, and the checks that find something where it is missing."""

    scenario: Scenario
    found_by: frozenset[str]


QUIET = "outboxes empty and every reader at the log's end"
THERE_ONCE = "acknowledged, and there once"
ASKED_FOR = "nothing there that nobody asked for"
ONE_ORDER = "what clients heard fits one order, per case"
KNEW = "every decision knew what stood before it"
IN_ORDER = "the log tells each stream in order"
VERIFIED = "log, stores and views by the independent fold"

TRIALS = {
    "queue": Trial(bench.commits_late, frozenset({QUIET})),
    "one-batch": Trial(bench.the_first_batch_fails, frozenset({IN_ORDER})),
    "fence": Trial(bench.wakes_as_a_zombie, frozenset({VERIFIED})),
    "version": Trial(bench.two_decide_at_once, frozenset({THERE_ONCE, ONE_ORDER, VERIFIED})),
    "learned": Trial(bench.a_fact_arrives, frozenset({KNEW})),
    "idempotency": Trial(bench.an_answer_is_lost, frozenset({THERE_ONCE, ASKED_FOR, ONE_ORDER})),
}


def test_every_guard_is_tried() -> None:
    assert TRIALS.keys() == GUARDS.keys()


@pytest.mark.parametrize("name", TRIALS)
async def test_with_the_guard_nothing_is_wrong(workshop: Workshop, name: str) -> None:
    async with open_bench(workshop) as opened:
        await TRIALS[name].scenario(opened)
        found = await opened.found()
        assert found.ok, "\n".join(found.lines())
        assert all(found.looked_at[check] for check in (QUIET, THERE_ONCE, ASKED_FOR, KNEW, IN_ORDER, VERIFIED))


@pytest.mark.parametrize("name", TRIALS)
async def test_without_the_guard_the_suite_finds_what_it_prevents(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    await _loosened(workshop, name)
    remove(name, monkeypatch.setattr)
    async with open_bench(workshop) as opened:
        await TRIALS[name].scenario(opened)
        found = await opened.found()
        wrong = {check for check, said in found.wrong.items() if said}
        assert wrong >= TRIALS[name].found_by, "\n".join(found.lines())


async def _loosened(workshop: Workshop, name: str) -> None:
    for dsn in workshop.dsns.values() if name in IN_THE_DATABASE else ():
        connection = await asyncpg.connect(dsn)
        try:
            if await connection.fetchval("select to_regclass('journal')"):
                for statement in IN_THE_DATABASE[name]:
                    await connection.execute(statement)
        finally:
            await connection.close()
