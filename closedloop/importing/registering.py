"""Complaints of a file enter the register: nobody in person decides on anything in it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TextIO

from pydantic import ValidationError

from closedloop.importing.asking import carried_out, in_words
from closedloop.importing.cfpb import CHANNELS, SOURCE, read_cfpb
from closedloop.importing.dates import Moment
from closedloop.importing.generic import read_csv
from closedloop.importing.known import KNOWN, compared
from closedloop.importing.reading import ImportReader
from closedloop.importing.rows import ImportRow
from closedloop.importing.summary import Outcome
from services.intake.commands.register import RegisterComplaint
from shared.decide import Actor, Refused
from shared.events.vocabulary import ExternalReference
from shared.runtime import Runtime

IMPORTER: Final = Actor("import", "system", "intake")
READERS: Final = {"cfpb": read_cfpb, "csv": read_csv}
_REGISTERED: Final = Outcome("registered")
_WITHHELD: Final = "(name withheld by the source)"


class Complaints:
    """Registers the rows of the format `cfpb` or `csv`."""

    stages: tuple[str, ...] = ()

    def __init__(self, intake: Runtime, format_: str) -> None:
        self._intake = intake
        self._read = READERS[format_]

    def reader(self, stream: TextIO, now: datetime) -> ImportReader[ImportRow]:
        """Raises WrongHeader."""
        return self._read(stream, today=now.date())

    async def enter(self, rows: Sequence[ImportRow]) -> list[Outcome]:
        """What became of each."""
        outcomes = await asyncio.gather(*map(self._register, rows))
        known = [n for n, outcome in enumerate(outcomes) if outcome is KNOWN]
        for n, outcome in zip(known, await compared(self._intake, [rows[n] for n in known]), strict=True):
            outcomes[n] = outcome
        return outcomes

    async def _register(self, row: ImportRow) -> Outcome:
        try:
            command = _command(row, self._intake.process.clock.now())
            receipt = await carried_out(self._intake, command)
        except (ValidationError, Refused) as wrong:
            return Outcome("rejected", in_words(wrong))
        return _REGISTERED if receipt.written else KNOWN


def _command(row: ImportRow, now: datetime) -> RegisterComplaint:
    external = ExternalReference(source=row.source, id=row.external_id)
    fields: dict[str, Any] = {
        "complainant": row.extra.get("complainant_name") or _WITHHELD,
        "contact": row.extra.get("phone"),
        "received_at": Moment(row.received_on, row.received_at).until(now),
        "channel": CHANNELS.get(row.channel or "", "other") if row.source == SOURCE else row.channel,
        "content": row.narrative or _without_narrative(row),
        "desired_remedy": row.extra.get("desired_remedy"),
        "product": " / ".join(filter(None, (row.product, row.sub_product)))[:500] or None,
        "external": external,
        "source_fields": row.as_json("narrative", "line"),
    }
    fields |= RegisterComplaint.derive(fields, IMPORTER.id, row.external_id)
    return RegisterComplaint(**fields, actor=IMPORTER, at=now)


def _without_narrative(row: ImportRow) -> str:
    told = " / ".join(filter(None, (row.issue, row.sub_issue)))
    return f"No narrative was published. Issue: {told or 'not stated'}."
