"""Starts a process of Closedloop as its users do, but for two things: its clock may be off, and a guard may be missing.

python -m tests.chaos.child --clock FILE [--without GUARD] -- work intake
"""

import argparse
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import shared.clock
import shared.store.load
from closedloop.main import app
from tests.chaos.guards import remove


class Stepped:
    """Stands where a module has `datetime`, of which it only asks what time it is."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self, tz: tzinfo | None = None) -> datetime:
        """The machine's time, off by as many seconds as the file says."""
        off = float(self._file.read_text()) if self._file.exists() else 0.0
        return datetime.now(tz) + timedelta(seconds=off)


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.chaos.child", description=__doc__)
    parser.add_argument("--clock", type=Path, required=True)
    parser.add_argument("--without", default=None)
    parser.add_argument("arguments", nargs="*")
    asked = parser.parse_args()
    for module in (shared.clock, shared.store.load):
        module.datetime = Stepped(asked.clock)  # type: ignore[attr-defined]
    if asked.without:
        remove(asked.without)
    app(asked.arguments, prog_name="closedloop")


if __name__ == "__main__":
    main()
