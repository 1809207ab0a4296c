"""Open cases of an old system are taken over, in the name of a triage lead who answers for it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TextIO
from uuid import UUID

from pydantic import ValidationError

from closedloop.importing.asking import carried_out, in_words
from closedloop.importing.known import KNOWN, compared
from closedloop.importing.open_cases import STAGES, OpenCase, read_open
from closedloop.importing.reading import ImportReader
from closedloop.importing.roster import Roster, roster_of
from closedloop.importing.summary import Outcome
from services.intake.commands.classify import ClassifyComplaint
from services.intake.commands.take_over import TakeOverComplaint
from shared.decide import Actor, Refused
from shared.decide.command import derived_id
from shared.events.vocabulary import ExternalReference, Severity
from shared.runtime import Runtime

_ENTERED_OTHERWISE: Final = Outcome(
    "differing",
    "The register holds this complaint, but not from such a file. Compare the two, and correct what is wrong.",
)


_AT_ONCE: Final = 50
"""How many are classified at the same time: those of one category wait for each other, since they are counted."""


class OpenCases:
    """Takes over the rows of the format `open`, and classifies those that the file classifies."""

    stages = STAGES

    def __init__(self, intake: Runtime, roster: Roster, person: Actor) -> None:
        self._intake = intake
        self._roster = roster
        self._person = person

    @classmethod
    async def taken_over_by(cls, staff_id: str, intake: Runtime, directory: Runtime) -> "OpenCases":
        """Raises MayNotTakeOver."""
        roster = await roster_of(directory)
        return cls(intake, roster, roster.importer(staff_id))

    def reader(self, stream: TextIO, now: datetime) -> ImportReader[OpenCase]:
        """Raises WrongHeader."""
        return read_open(stream, now=now)

    async def enter(self, rows: Sequence[OpenCase]) -> list[Outcome]:
        """What became of each."""
        outcomes = await asyncio.gather(*map(self._take_over, rows))
        known = [n for n, outcome in enumerate(outcomes) if outcome is KNOWN]
        told = await compared(self._intake, [rows[n] for n in known], untold=_ENTERED_OTHERWISE)
        for n, outcome in zip(known, told, strict=True):
            outcomes[n] = outcome
        classified: list[Outcome] = []
        for start in range(0, len(rows), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            classified += await asyncio.gather(*map(self._classify, rows[some], outcomes[some]))
        return classified

    async def _take_over(self, case: OpenCase) -> Outcome:
        if objection := self._roster.objection(case):
            return Outcome("rejected", objection)
        try:
            command = taking_over(case, self._person, self._intake.process.clock.now())
            receipt = await carried_out(self._intake, command)
        except (ValidationError, Refused) as wrong:
            return Outcome("rejected", in_words(wrong))
        return Outcome("registered", stage=case.stage) if receipt.written else KNOWN

    async def _classify(self, case: OpenCase, outcome: Outcome) -> Outcome:
        """Of a known case too, for a run that was broken off may have left it without. If somebody classified it
        otherwise since, or it has ended, that stays.
        """
        if case.category is None or not (outcome is KNOWN or outcome.what == "registered"):
            return outcome
        try:
            await self._classified(case)
        except (ValidationError, Refused) as wrong:
            if outcome is KNOWN:
                return outcome
            return replace(outcome, reason=f"It was taken over, but could not be classified. {in_words(wrong)}")
        return outcome

    async def _classified(self, case: OpenCase) -> None:
        now = self._intake.process.clock.now()
        try:
            await carried_out(self._intake, classifying(case, self._person, now))
        except Refused as refusal:
            if refusal.code != "special_stays":
                raise
            # Special by itself here, such as by the amount claimed, however ordinary it was in the old system.
            await carried_out(self._intake, classifying(case, self._person, now, severity="special"))


def _id(case: OpenCase) -> UUID:
    return derived_id("external", case.source, case.external_id)


def taking_over(case: OpenCase, person: Actor, now: datetime) -> TakeOverComplaint:
    """What is asked of intake for a case. Raises ValidationError for what does not fit."""
    received_at = case.received.until(now)
    claimed = None if case.claimed is None else {"minor": case.claimed[0], "currency": case.claimed[1]}
    fields: dict[str, Any] = {
        "complainant": case.complainant,
        "contact": case.contact,
        "received_at": received_at,
        "happened_at": case.happened and case.happened.until(received_at),
        "channel": case.channel,
        "content": case.content,
        "desired_remedy": case.desired_remedy,
        "claimed": claimed,
        "product": case.product,
        "time_zone": case.time_zone,
        "language": case.language,
        "external": ExternalReference(source=case.source, id=case.external_id),
        "source_fields": json.dumps({"fingerprint": case.fingerprint}),
        "system": case.source,
        "stage": case.stage,
        "department": case.department,
        "earlier": case.earlier,
        "earlier_actors": case.earlier_actors,
        "began_at": case.began.until(now),
    }
    return TakeOverComplaint(**fields, complaint_id=_id(case), actor=person, at=now)


def classifying(case: OpenCase, person: Actor, now: datetime, severity: Severity | None = None) -> ClassifyComplaint:
    """What is asked then, of a case that the file classifies; with another severity than it says, if one is given.

    Raises ValidationError.
    """
    fields: dict[str, Any] = {
        "category": case.category,
        "severity": severity or case.severity,
        "reasons": case.reasons,
    }
    return ClassifyComplaint(**fields, complaint_id=_id(case), actor=person, at=now)
