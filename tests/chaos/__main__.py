"""Breaks the whole system for some minutes, and says whether anything of it was lost, doubled or mixed up.

python -m tests.chaos --seed 7 --minutes 10
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence

from tests.chaos.guards import GUARDS
from tests.chaos.rig import LARGE, SMALL, Shape
from tests.chaos.run import Asked, run


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="which faults come when; default: any")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=3)
    parser.add_argument("--small", action="store_true", help="fewer processes, as in the two-minute version")
    parser.add_argument("--without", choices=sorted(GUARDS), default=None, help="remove this guard: it must be found")
    parser.add_argument("--only", default="", help="only faults whose name has this in it, such as 'database'")
    asked = parser.parse_args(arguments)
    seed = random.randrange(1_000_000) if asked.seed is None else asked.seed
    shape = Shape(asked.nodes, (SMALL if asked.small else LARGE).services)
    report = asyncio.run(run(Asked(seed, asked.minutes * 60, shape, asked.without, asked.only), _say))
    for line in report.lines():
        _say(line)
    # Without a guard the suite must find something: then finding it is what was wanted.
    return int(report.ok if asked.without else not report.ok)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
