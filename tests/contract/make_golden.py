"""Writes the golden file of every fact's version that has none: `python -m tests.contract.make_golden`.

A golden file is what some journal holds already. So one that is there is never written again, whatever it says.
"""

from pathlib import Path

from shared.events.base import Event
from shared.events.envelope import data_of
from tests.contract.examples import envelope_of, example_of, facts

GOLDEN = Path(__file__).parent / "golden"


def golden_file(wire_type: str, version: int) -> Path:
    return GOLDEN / f"{wire_type}.v{version}.json"


def golden_bytes(fact: type[Event]) -> bytes:
    """The canonical bytes of an envelope with the fact's example in it."""
    return envelope_of(fact).to_bytes(data_of(example_of(fact)))


def write_missing(folder: Path = GOLDEN) -> list[Path]:
    """What was written."""
    written = []
    for fact in facts().values():
        path = folder / golden_file(fact.wire_type, fact.wire_version).name
        if not path.exists():
            with path.open("xb") as file:
                file.write(golden_bytes(fact))
            written.append(path)
    return written


def main() -> None:
    for path in write_missing():
        print(f"written: {path.name}")  # noqa: T201 -- it is run by hand


if __name__ == "__main__":
    main()
