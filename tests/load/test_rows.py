"""Every row of `make bench` at its smallest: both sides do their work, and the table tells it. Never how fast.

What a row did is counted and compared by the row itself; it raises where that is not what was asked of it.
"""

import asyncio
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from tests.fixtures.log import Broker
from tests.fixtures.postgres import PostgresServer
from tests.load.__main__ import ROWS
from tests.load.growth_lines import lines_of
from tests.load.machine import described
from tests.load.measuring import Aim, Line, Run, Spread, in_turn
from tests.load.profile import Profiler
from tests.load.report import as_data, keep, printed
from tests.load.stage import QUICK, Stage

pytestmark = pytest.mark.timeout(300)

COUNTED = {"append": 3, "live": 4, "rebuild": 5, "http": 4, "import": 1, "kafka": 2, "run": 8}
"""Lines of each row when everything that it needs is there."""


@pytest.fixture
def stage(postgres_server: PostgresServer) -> Stage:
    return Stage(postgres_server.dsn)


@pytest.mark.parametrize("row", [name for name in ROWS if name not in ("kafka", "growth")])
async def test_a_row_does_what_it_measures(stage: Stage, row: str) -> None:
    lines = await ROWS[row](stage, QUICK)
    assert len(lines) == COUNTED[row]
    for line in lines:
        assert line.row == row and line.what and line.unit
        assert line.ours.median > 0
        assert row == "run" or line.what.endswith("the live table") or line.floor is not None
        assert line.ratio is None or line.ratio > 0


@pytest.mark.kafka
async def test_the_row_of_kafka_does_what_it_measures(
    stage: Stage, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    if broker.kind == "mock":
        pytest.skip("a mock would make topics of another shape")
    monkeypatch.setenv("CLOSEDLOOP_TEST_KAFKA", broker.bootstrap)
    lines = await ROWS["kafka"](stage, QUICK)
    assert [line.unit for line in lines] == ["ms", "ms"]
    assert all(line.floor is not None and line.ours.median > 0 for line in lines)


def test_growth_has_a_line_for_each_command_and_one_for_all_worklists() -> None:
    of = {"small": 2.0, "large": 2.3, "ratio": 1.15}
    took = {"command: register": of, "worklist: mine": of, "all worklists": {**of, "large": 2.1}}
    lines = lines_of({"events": {"small": 10_000, "large": 1_000_000}, "rounds": 3, "milliseconds": took})
    assert [line.is_met for line in lines] == [False, True]
    assert lines[0].what == "command: register, p50: 1,000,000 events beside 10,000"
    assert lines[1].told == took


def test_an_aim_is_met_only_if_all_of_it_is() -> None:
    fast = Aim(ratio=0.6, value=80_000)
    assert fast.words("more") == "≥ 0.6 ×, ≥ 80,000"
    assert fast.met("more", 0.6, 80_000)
    assert not fast.met("more", 0.59, 90_000)
    assert not fast.met("more", 0.7, 79_999)
    late = Aim(ratio=3, value=15)
    assert late.met("less", 3.0, 15.0)
    assert not late.met("less", 2.9, 15.1)
    assert Line("row", "what", "ms", Spread(1, 1, 1)).is_met is None


def test_a_run_knows_its_rates_and_its_percentiles() -> None:
    run = Run(100, 2.0, 0.5, 1.5, [n / 100 for n in range(100)])
    assert (run.rate, run.rate_of_own_core, run.rate_of_all_cores) == (50, 200, 50)
    assert (run.percentile(0.5), run.percentile(0.99), run.percentile(1.0)) == (0.5, 0.99, 0.99)


async def test_the_sides_take_turns_in_being_first() -> None:
    order: list[str] = []

    async def side(name: str) -> Run:
        order.append(name)
        return Run(1, 1.0)

    runs = await in_turn(3, lambda: side("floor"), lambda: side("ours"))
    assert order == ["floor", "ours", "ours", "floor", "floor", "ours"]
    assert [len(each) for each in runs] == [3, 3]


async def test_the_table_and_the_file_tell_the_machine_and_every_line(stage: Stage, tmp_path: Path) -> None:
    machine = {**await described(stage), "is_quiet": False}
    lines = [
        Line("append", "some work", "commands/s", Spread(200, 190, 210), Spread(100, 90, 110), aim=Aim(ratio=2)),
        Line("run", "some wait", "seconds", Spread(6, 6, 6), better="less", aim=Aim(value=5)),
    ]
    paper = Console(file=io.StringIO(), width=200)
    printed(paper, machine, lines)
    said = paper.file.getvalue()  # type: ignore[attr-defined]
    assert "not quiet" in said and "2.00 ×" in said and "yes" in said and "no" in said
    kept = json.loads(keep(as_data(machine, lines, {"rounds": 1}), tmp_path).read_text())
    assert kept["machine"]["cores"] >= 1 and kept["machine"]["postgresql"]
    assert [(line["ratio"], line["is_met"]) for line in kept["lines"]] == [(2.0, True), (None, False)]


async def test_a_profile_names_what_was_at_work() -> None:
    profiler = Profiler()

    def busy() -> int:
        return sum(n * n for n in range(300_000))

    with profiler.at_work():
        while profiler.looks < 3:
            busy()
            await asyncio.sleep(0)
    assert "busy" in profiler.told(20)
