"""Which cases are being investigated, by whom, and how far they are."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Table, and_

from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.intake import ComplaintClassified
from shared.events.investigation import (
    CauseIdentified,
    ConflictDeclared,
    EvidenceAdded,
    FindingsAccepted,
    FindingsReturned,
    FindingsSubmitted,
    InvestigationOpened,
    InvestigationReopened,
    InvestigatorAssigned,
    InvestigatorReplaced,
)
from shared.events.vocabulary import Severity, Verdict
from shared.projections.scope import STAFF, unrestricted
from shared.projections.view import Add, At, Question, Upsert, View, flag, moment, number, text

VIEW = View(
    name="cases",
    version=1,
    columns=(
        text("complaint_id"),
        text("department"),
        text("status"),
        text("investigator"),
        text("severity"),
        flag("restricted"),
        number("cycle"),
        moment("opened_at"),
        text("verdict"),
        text("cause"),
        number("evidence_count"),
        moment("updated_at"),
    ),
    indexes=(("department", "status"), ("investigator",), ("opened_at",)),
)


class Case(BaseModel):
    """One complaint as its investigation stands."""

    complaint_id: UUID
    department: str
    """The responsible department."""
    status: Literal[
        "awaiting_department",
        "awaiting_investigator",
        "investigating",
        "replacement_needed",
        "findings_submitted",
        "findings_accepted",
        "closed",
    ]
    investigator: str | None
    severity: Severity | None
    restricted: bool | None
    cycle: int
    opened_at: datetime
    """When the investigation of this cycle began; of the last cycle while a department is awaited."""
    verdict: Verdict | None
    """As submitted; empty again when the findings are returned."""
    cause: str | None
    evidence_count: int | None
    """Pieces of all cycles, superseded ones too."""
    updated_at: datetime


@VIEW.on(ComplaintClassified)
def classified(event: ComplaintClassified, at: At) -> Upsert:
    return Upsert(at.subject_id, severity=event.severity, restricted=event.restricted)


@VIEW.on(InvestigationOpened, InvestigationReopened)
def opened(event: InvestigationOpened | InvestigationReopened, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        department=event.department,
        status="awaiting_investigator",
        cycle=event.cycle,
        opened_at=event.at,
        updated_at=event.at,
    )


@VIEW.on(InvestigatorAssigned)
def assigned(event: InvestigatorAssigned, at: At) -> Upsert:
    return Upsert(at.subject_id, status="investigating", investigator=event.investigator, updated_at=event.at)


@VIEW.on(InvestigatorReplaced)
def replaced(event: InvestigatorReplaced, at: At) -> Upsert:
    """Cause and findings start anew with the other investigator."""
    return Upsert(
        at.subject_id,
        status="investigating",
        investigator=event.investigator,
        verdict=None,
        cause=None,
        updated_at=event.at,
    )


@VIEW.on(ConflictDeclared)
def conflict_declared(event: ConflictDeclared, at: At) -> Upsert | None:
    if not event.replacement_needed:
        return None
    return Upsert(at.subject_id, status="replacement_needed", updated_at=event.at)


@VIEW.on(EvidenceAdded)
def evidence_added(event: EvidenceAdded, at: At) -> Upsert:
    return Upsert(at.subject_id, evidence_count=Add(1), updated_at=event.at)


@VIEW.on(CauseIdentified)
def cause_identified(event: CauseIdentified, at: At) -> Upsert:
    return Upsert(at.subject_id, cause=event.cause, updated_at=event.at)


@VIEW.on(FindingsSubmitted)
def submitted(event: FindingsSubmitted, at: At) -> Upsert:
    return Upsert(at.subject_id, status="findings_submitted", verdict=event.verdict, updated_at=event.at)


@VIEW.on(FindingsReturned)
def returned(event: FindingsReturned, at: At) -> Upsert:
    return Upsert(at.subject_id, status="investigating", verdict=None, updated_at=event.at)


@VIEW.on(FindingsAccepted)
def accepted(event: FindingsAccepted, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        status="findings_accepted",
        verdict=event.verdict,
        cause=event.cause,
        updated_at=event.at,
    )


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    """The new cycle begins with nothing but the evidence of before."""
    graver = {"severity": "special"} if event.special else {}
    return Upsert(
        at.subject_id,
        status="awaiting_department",
        cycle=event.cycle,
        investigator=None,
        verdict=None,
        cause=None,
        updated_at=event.at,
        **graver,
    )


@VIEW.on(ComplaintClosed)
def closed(event: ComplaintClosed, at: At) -> Upsert:
    return Upsert(at.subject_id, status="closed", updated_at=event.at)


def ever_opened(table: Table, actor: Any) -> ColumnElement[bool]:
    """A complaint that was only classified, or answered courteously, was never investigated: it is no case here."""
    begun = table.c.opened_at.is_not(None)
    scope = unrestricted(table, actor)
    return begun if scope is None else and_(begun, scope)


VIEW.ask(
    Question(
        path="/cases/{complaint_id}",
        may=STAFF,
        model=Case,
        summary="One case as its investigation stands",
        one=True,
        where=ever_opened,
    )
)
VIEW.ask(
    Question(
        path="/cases",
        may=STAFF,
        model=Case,
        summary="Cases, oldest first",
        filters=("department", "status", "investigator"),
        order="opened_at",
        where=ever_opened,
    )
)
