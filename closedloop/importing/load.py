"""Putting a file of complaints into intake: streamed, in batches, once.

A row's complaint is named by its source and external id, so a second run, or a run after a kill, adds only what is
missing. A row that says something else under a known id is known, and is written down as differing: nothing is lost.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, TextIO, TypeVar

from closedloop.importing.aside import Aside
from closedloop.importing.header import WrongHeader
from closedloop.importing.reading import ImportReader
from closedloop.importing.records import open_text
from closedloop.importing.registering import READERS, Complaints
from closedloop.importing.rows import Reject, Row
from closedloop.importing.summary import Outcome, Summary
from closedloop.importing.taking_over import OpenCases
from shared.runtime import Runtime

OPEN: Final = "open"
FORMATS: Final = (*READERS, OPEN)
_BATCH: Final = 400
R = TypeVar("R", bound=Row)


class Entering(Protocol[R]):
    """How the rows of a format are read, and how they enter intake. `stages`: where they may stand then, if not at the
    beginning.
    """

    @property
    def stages(self) -> tuple[str, ...]: ...

    def reader(self, stream: TextIO, now: datetime) -> ImportReader[R]: ...

    async def enter(self, rows: Sequence[R]) -> list[Outcome]: ...


async def load_file(
    runtimes: Mapping[str, Runtime],
    path: Path,
    format_: str,
    rejects: Path,
    progress: Callable[[int], None] = lambda _: None,
    person: str | None = None,
) -> Summary:
    """Stream the file into intake; open cases in the name of the `person` with this staff id.

    Raises ValueError for an unknown format, a wrong header, or a person who may not.
    """
    must_fit(format_, person)
    intake = runtimes["intake"]
    if person is None:
        return await _load(Complaints(intake, format_), intake, path, rejects, progress)
    cases = await OpenCases.taken_over_by(person, intake, runtimes["directory"])
    return await _load(cases, intake, path, rejects, progress)


def must_fit(format_: str, person: str | None) -> None:
    """Raises ValueError unless the format exists, and names a person exactly if it is that of open cases."""
    if format_ not in FORMATS:
        raise ValueError(f"There is no format {format_}. There are: {', '.join(FORMATS)}.")
    if format_ == OPEN and person is None:
        raise ValueError("Open cases are taken over by a triage lead in person. Name one: --as STAFF_ID.")
    if format_ != OPEN and person is not None:
        raise ValueError("Complaints are registered in nobody's name. Leave --as out, or take the format open.")


async def _load(
    entering: Entering[R], intake: Runtime, path: Path, rejects: Path, progress: Callable[[int], None]
) -> Summary:
    started = time.monotonic()
    summary = Summary(taken_over=dict.fromkeys(entering.stages, 0))
    with ExitStack() as stack:
        stream = stack.enter_context(open_text(path))
        refused = Aside(rejects, stack)
        differing = Aside(rejects.with_name(f"{path.name}.differing.csv"), stack)
        try:
            reader = entering.reader(stream, intake.process.clock.now())
        except WrongHeader as wrong:
            raise ValueError(str(wrong)) from wrong
        for batch in _batches(reader):
            for row, outcome in await _entered(entering, batch):
                summary.count(outcome)
                _set_aside(row, outcome, refused, differing)
            progress(summary.rows)
    summary.seconds = time.monotonic() - started
    summary.rejects_file, summary.differing_file = refused.written, differing.written
    return summary


def _batches(rows: Iterator[R | Reject]) -> Iterator[list[R | Reject]]:
    batch: list[R | Reject] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _entered(entering: Entering[R], batch: Sequence[R | Reject]) -> list[tuple[R | Reject, Outcome]]:
    """Each with what became of it, in the file's order."""
    outcomes = iter(await entering.enter([row for row in batch if not isinstance(row, Reject)]))
    return [(row, Outcome("rejected", row.reason) if isinstance(row, Reject) else next(outcomes)) for row in batch]


def _set_aside(row: Row | Reject, outcome: Outcome, refused: Aside, differing: Aside) -> None:
    if outcome.reason:
        raw = row.raw if isinstance(row, Reject) else [row.as_json("narrative", "line")]
        aside = differing if outcome.what == "differing" else refused
        aside.write(row.line, row.external_id, outcome.reason, raw)
