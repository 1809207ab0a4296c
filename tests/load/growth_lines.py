"""The growth row: the same requests on a small and on a large installation, as `growth` measures them."""

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.load import growth
from tests.load.measuring import Aim, Line, Spread
from tests.load.stage import Size, Stage

_SMALL = 10_000


async def measure(_: Stage, size: Size) -> list[Line]:
    """Commands' p50 and worklists' p95. A folder that is named keeps what was grown for the next time."""
    with ExitStack() as stack:
        made = tempfile.TemporaryDirectory(prefix="closedloop-bench-")
        data = size.growth_data or Path(stack.enter_context(made))
        large = size.growth or size.of(1_000_000, 20_000)
        return lines_of(await growth.measure(_SMALL, large, data=data, rounds=size.of(200, 10)))


def lines_of(found: Mapping[str, Any]) -> list[Line]:
    """One line for each kind of command, and one for all worklists; each worklist by itself stands in the JSON."""
    events, took = found["events"], found["milliseconds"]
    lines = []
    for name, of in took.items():
        if not name.startswith("command") and name != "all worklists":
            continue
        share = "p95" if name == "all worklists" else "p50"
        what = f"{name}, {share}: {events['large']:,} events beside {events['small']:,}"
        told = took if name == "all worklists" else of
        small, large = Spread.of([of["small"]]), Spread.of([of["large"]])
        lines.append(Line("growth", what, "ms", large, small, better="less", aim=Aim(ratio=1.1), told=told))
    return lines
