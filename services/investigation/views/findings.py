"""What the investigation of a complaint found: what a lead decides on."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator
from sqlalchemy import ColumnElement, Table, and_

from services.investigation.views import SCOPE, classified, open_to
from shared.events.callback import ComplaintReopened
from shared.events.intake import ComplaintClassified, ComplaintReclassified
from shared.events.investigation import (
    CauseIdentified,
    ConflictDeclared,
    FindingsAccepted,
    FindingsReturned,
    FindingsSubmitted,
    InvestigationOpened,
    InvestigationReopened,
    InvestigatorReplaced,
)
from shared.events.vocabulary import Verdict
from shared.projections.scope import STAFF, conflict_declared
from shared.projections.view import At, Question, Upsert, View, minor_units, moment, number, text

VIEW = View(
    name="findings",
    version=2,
    columns=(
        text("complaint_id"),
        number("cycle"),
        text("status"),
        text("verdict"),
        text("reasons"),
        minor_units("loss_minor"),
        text("loss_currency"),
        text("cause"),
        text("cause_department"),
        text("submitted_by"),
        moment("submitted_at"),
        text("reviewed_by"),
        moment("reviewed_at"),
        text("return_reasons"),
        *SCOPE,
    ),
    personal=frozenset({"reasons", "return_reasons"}),
)


class FoundOut(BaseModel):
    """The findings of the current cycle, as last submitted, and what the lead said to them."""

    complaint_id: UUID
    department: str
    restricted: Annotated[bool, BeforeValidator(bool)]
    cycle: int
    status: Literal["submitted", "returned", "accepted"]
    verdict: Verdict
    reasons: str | None
    """Empty once the person is erased."""
    loss_minor: int
    """In the currency's minor unit (fen, cents)."""
    loss_currency: str
    cause: str | None
    cause_department: str | None
    """Where the cause lies; not always the responsible department. Who answers for it never shows here."""
    submitted_by: str
    submitted_at: datetime
    reviewed_by: str | None
    reviewed_at: datetime | None
    return_reasons: str | None
    """Why the lead sent them back; empty unless they are returned."""


_NOTHING = dict.fromkeys(
    (
        "status",
        "verdict",
        "reasons",
        "loss_minor",
        "loss_currency",
        "cause",
        "cause_department",
        "submitted_by",
        "submitted_at",
        "reviewed_by",
        "reviewed_at",
        "return_reasons",
    )
)


VIEW.on(ComplaintClassified, ComplaintReclassified)(classified)
VIEW.on(ConflictDeclared)(conflict_declared)


@VIEW.on(InvestigationOpened, InvestigationReopened)
def opened(event: InvestigationOpened | InvestigationReopened, at: At) -> Upsert:
    return Upsert(at.subject_id, complaint_id=at.subject_id, department=event.department, cycle=event.cycle)


@VIEW.on(InvestigatorReplaced, ComplaintReopened)
def begun_anew(event: InvestigatorReplaced | ComplaintReopened, at: At) -> Upsert:
    """Another investigator or another cycle: what was found before does not stand, unless only another remedy is
    sought.
    """
    stands = isinstance(event, ComplaintReopened) and event.stage == "resolution"
    return Upsert(at.subject_id, cycle=event.cycle, **({} if stands else _NOTHING))


@VIEW.on(CauseIdentified)
def cause_identified(event: CauseIdentified, at: At) -> Upsert:
    return Upsert(at.subject_id, cause=event.cause, cause_department=event.department)


@VIEW.on(FindingsSubmitted)
def submitted(event: FindingsSubmitted, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        status="submitted",
        verdict=event.verdict,
        reasons=event.reasons,
        loss_minor=event.loss.minor,
        loss_currency=event.loss.currency,
        submitted_by=event.by,
        submitted_at=event.at,
        reviewed_by=None,
        reviewed_at=None,
        return_reasons=None,
    )


@VIEW.on(FindingsReturned)
def returned(event: FindingsReturned, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        status="returned",
        reviewed_by=event.by,
        reviewed_at=event.at,
        return_reasons=event.reasons,
    )


@VIEW.on(FindingsAccepted)
def accepted(event: FindingsAccepted, at: At) -> Upsert:
    return Upsert(at.subject_id, status="accepted", reviewed_by=event.by, reviewed_at=event.at)


def ever_submitted(table: Table, actor: Any) -> ColumnElement[bool]:
    """Until findings are submitted there is nothing to read."""
    return and_(table.c.submitted_at.is_not(None), open_to(table, actor))


VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/findings",
        may=STAFF,
        model=FoundOut,
        summary="What the investigation found, in the current cycle",
        one=True,
        where=ever_submitted,
    )
)
