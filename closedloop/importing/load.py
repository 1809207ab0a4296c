"""Putting a file of complaints into intake: streamed, in batches, once.

A row's complaint is named by its source and external id, so a second run, or a run after a kill, adds only what is
missing. A row that says something else under a known id is known, and is written down as differing: nothing is lost.
"""

import asyncio
import csv
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from datetime import time as day_time
from pathlib import Path
from typing import Any, TextIO

from pydantic import ValidationError

from closedloop.importing.cfpb import CHANNELS, SOURCE, read_cfpb
from closedloop.importing.generic import read_csv
from closedloop.importing.header import WrongHeader
from closedloop.importing.records import open_text
from closedloop.importing.rows import ImportRow, Reject
from services.intake.commands.register import RegisterComplaint
from shared.decide import Actor, Refused
from shared.decide.command import derived_id
from shared.events.envelope import fact, parse
from shared.events.intake import ComplaintRegistered
from shared.events.vocabulary import ExternalReference
from shared.runtime import Runtime
from shared.store.execute import Contended, Request

IMPORTER = Actor("import", "system", "intake")
FORMATS = {"cfpb": read_cfpb, "csv": read_csv}
_BATCH = 400
_DIFFERS = "The register holds another version of this complaint. Compare the two, and correct what is wrong."
_FIRST = "select body from journal where subject = any($1) and source = $2 and version = 1"
_WITHHELD = "(name withheld by the source)"


@dataclass(slots=True)
class Summary:
    """What became of a file's rows: rows = registered + known + rejected."""

    rows: int = 0
    registered: int = 0
    known: int = 0
    differing: int = 0
    """Known ones that the file tells otherwise than the register; written to their own file."""
    rejected: int = 0
    seconds: float = 0.0
    rejects_file: str | None = None
    differing_file: str | None = None

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "seconds": round(self.seconds, 3)}

    def in_words(self) -> str:
        rate = f", {self.rows / self.seconds:,.0f} a second" if self.seconds else ""
        lines = [
            (
                f"{self.rows:,} rows in {self.seconds:.1f} s{rate}: {self.registered:,} registered, "
                f"{self.known:,} known already, {self.rejected:,} rejected."
            )
        ]
        if self.rejected:
            lines.append(f"The rejected rows, each with its line and reason, are in {self.rejects_file}.")
        if self.differing:
            lines.append(
                f"{self.differing:,} known ones differ from what is registered; the register was left as it is, and "
                f"the rows are in {self.differing_file}."
            )
        return "\n".join(lines)


class _Aside:
    """A file of rows set aside, made when the first of them comes."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path = path
        self._stack = stack
        self._file: TextIO | None = None

    def write(self, line: int, external_id: str | None, reason: str, raw: list[str]) -> None:
        if self._file is None:
            # For whoever imports the file only: rows hold what customers wrote.
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            opened = os.fdopen(descriptor, "w", newline="", encoding="utf-8", errors="backslashreplace")
            self._file = self._stack.enter_context(opened)
            csv.writer(self._file).writerow(("line", "external_id", "reason", "row"))
        csv.writer(self._file).writerow((line, external_id or "", reason, *raw))
        self._file.flush()

    @property
    def written(self) -> str | None:
        return str(self.path) if self._file is not None else None


async def load_file(
    intake: Runtime, path: Path, format_: str, rejects: Path, progress: Callable[[int], None] = lambda _: None
) -> Summary:
    """Stream the file into intake. Raises ValueError for an unknown format or a wrong header."""
    if format_ not in FORMATS:
        raise ValueError(f"There is no format {format_}. There are: {', '.join(FORMATS)}.")
    started = time.monotonic()
    summary = Summary()
    with ExitStack() as stack:
        stream = stack.enter_context(open_text(path))
        refused = _Aside(rejects, stack)
        differing = _Aside(rejects.with_name(f"{path.name}.differing.csv"), stack)
        try:
            reader = FORMATS[format_](stream, today=intake.process.clock.now().date())
        except WrongHeader as wrong:
            raise ValueError(str(wrong)) from wrong
        for batch in _batches(reader):
            await _take(intake, batch, summary, refused, differing)
            progress(summary.rows)
    summary.seconds = time.monotonic() - started
    summary.rejects_file, summary.differing_file = refused.written, differing.written
    return summary


def _batches(rows: Iterator[ImportRow | Reject]) -> Iterator[list[ImportRow | Reject]]:
    batch: list[ImportRow | Reject] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _take(
    intake: Runtime, batch: list[ImportRow | Reject], summary: Summary, refused: _Aside, differing: _Aside
) -> None:
    outcomes = await asyncio.gather(*(_register(intake, row) for row in batch))
    known = [row for row, outcome in zip(batch, outcomes, strict=True) if outcome == "known"]
    fingerprints = await _registered_fingerprints(intake, [row for row in known if isinstance(row, ImportRow)])
    for row, outcome in zip(batch, outcomes, strict=True):
        summary.rows += 1
        if outcome == "registered":
            summary.registered += 1
        elif outcome == "known" and isinstance(row, ImportRow):
            summary.known += 1
            if fingerprints.get(_subject(row), row.fingerprint) != row.fingerprint:
                summary.differing += 1
                differing.write(row.line, row.external_id, _DIFFERS, [_as_json(row)])
        else:
            summary.rejected += 1
            raw = row.raw if isinstance(row, Reject) else [_as_json(row)]
            refused.write(row.line, row.external_id, outcome, raw)


def _subject(row: ImportRow) -> str:
    return f"complaint:{derived_id('external', row.source, row.external_id)}"


async def _registered_fingerprints(intake: Runtime, rows: list[ImportRow]) -> dict[str, str]:
    """What the register says that the file told of these complaints when they were registered, where it can be read.

    It stands sealed with the rest of what the source said: a hash in clear would survive the person's erasure.
    """
    if not rows:
        return {}
    found = await intake.pool.fetch(_FIRST, [_subject(row) for row in rows], intake.name)
    told = [(envelope, fact(envelope, data)) for envelope, data in (parse(record["body"]) for record in found)]
    opened = await intake.process.keyring.open([(str(envelope.id), event) for envelope, event in told])
    fingerprints = {}
    for (envelope, _), event in zip(told, opened, strict=True):
        said = event.source_fields if isinstance(event, ComplaintRegistered) else None
        if said is not None and said.is_open and (fingerprint := _fingerprint_in(said.clear)):
            fingerprints[envelope.subject] = fingerprint
    return fingerprints


def _fingerprint_in(source_fields: str) -> str | None:
    """The fingerprint that an import left among them; None if they came another way."""
    try:
        said = json.loads(source_fields)
    except ValueError:
        return None
    return said.get("fingerprint") if isinstance(said, dict) else None


async def _register(intake: Runtime, row: ImportRow | Reject) -> str:
    """`registered`, `known`, or the reason of a reject."""
    if isinstance(row, Reject):
        return row.reason
    now = intake.process.clock.now()
    try:
        request = Request(_command(row, now))
    except ValidationError as invalid:
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in invalid.errors(include_input=False)[:3])
    while True:
        try:
            receipt = await intake.kernel.execute(request)
            return "registered" if receipt.written else "known"
        except Contended:
            await asyncio.sleep(0.05)
        except Refused as refusal:
            return refusal.message


def _command(row: ImportRow, now: datetime) -> RegisterComplaint:
    external = ExternalReference(source=row.source, id=row.external_id)
    noon = datetime.combine(row.received_on, day_time(12), UTC)
    fields: dict[str, Any] = {
        "complainant": row.extra.get("complainant_name") or _WITHHELD,
        "contact": row.extra.get("phone"),
        "received_at": row.received_at or min(noon, now),
        "channel": CHANNELS.get(row.channel or "", "other") if row.source == SOURCE else row.channel,
        "content": row.narrative or _without_narrative(row),
        "desired_remedy": row.extra.get("desired_remedy"),
        "product": " / ".join(filter(None, (row.product, row.sub_product)))[:500] or None,
        "external": external,
        "source_fields": _as_json(row),
    }
    fields |= RegisterComplaint.derive(fields, IMPORTER.id, row.external_id)
    return RegisterComplaint(**fields, actor=IMPORTER, at=now)


def _without_narrative(row: ImportRow) -> str:
    told = " / ".join(filter(None, (row.issue, row.sub_issue)))
    return f"No narrative was published. Issue: {told or 'not stated'}."


def _as_json(row: ImportRow) -> str:
    """What the source said besides the narrative, so that nothing of the row is lost."""
    said = {name: value for name, value in asdict(row).items() if value not in (None, (), {})}
    for name in ("narrative", "line"):
        said.pop(name, None)
    return json.dumps(said, ensure_ascii=False, default=str)
