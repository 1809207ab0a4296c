"""`python -m tests.load`: measures the rows that are asked for, prints one table, and keeps it as JSON."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import uvloop
from rich.console import Console

from tests.load import across, append, growth_lines, importing, live, over_http, rebuild, starting
from tests.load.machine import commit_cost, described
from tests.load.measuring import Line
from tests.load.report import as_data, keep, printed
from tests.load.stage import QUICK, Size, Stage, embedded_stage

Measure = Callable[[Stage, Size], Awaitable[list[Line]]]
ROWS: Mapping[str, Measure] = {
    "append": append.measure,
    "live": live.measure,
    "rebuild": rebuild.measure,
    "http": over_http.measure,
    "import": importing.measure,
    "kafka": across.measure,
    "run": starting.measure,
    "growth": growth_lines.measure,
}


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default=",".join(ROWS), help=f"which rows, of: {', '.join(ROWS)}")
    parser.add_argument("--quick", action="store_true", help="as small as it goes: shows that it works, not how fast")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side is measured")
    parser.add_argument("--share", type=float, default=1.0, help="of the full size, such as 0.1")
    parser.add_argument("--growth", type=int, default=None, help="events of the growth row, such as 10000000")
    parser.add_argument("--growth-data", type=Path, help="folder that keeps what was grown for the next time")
    parser.add_argument("--no-keep", action="store_true", help="write no file into docs/benchmarks")
    return parser.parse_args(given)


async def main(given: list[str]) -> int:
    """Measure. Status 0 if every aim was met, 1 if not."""
    chosen = _arguments(given)
    size = QUICK if chosen.quick else Size(chosen.rounds, chosen.share, chosen.growth, chosen.growth_data)
    names = chosen.only.split(",")
    if unknown := set(names) - set(ROWS):
        raise SystemExit(f"There is no row {', '.join(sorted(unknown))}. There are: {', '.join(ROWS)}.")
    console = Console(width=None if sys.stdout.isatty() else 150)
    lines: list[Line] = []
    async with embedded_stage() as stage:
        machine = await described(stage)
        lines.append(await commit(stage, size))
        for name in names:
            console.print(f"measuring {name} ...", style="dim")
            lines += await ROWS[name](stage, size)
    printed(console, machine, lines)
    if not chosen.no_keep and not chosen.quick:
        console.print(f"kept as {keep(as_data(machine, lines, asdict(size)))}")
    return 1 if any(line.is_met is False for line in lines) else 0


async def commit(stage: Stage, size: Size) -> Line:
    """What everything durable here has to wait for at least."""
    cost = await commit_cost(stage, size.of(500, 10))
    return Line("commit", "one commit that waits for the disk", "ms", cost, better="less")


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.exit(runner.run(main(sys.argv[1:])))
