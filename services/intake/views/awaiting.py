"""The worklist of triage: which complaints wait to be acknowledged, classified, judged, or for a second person."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, computed_field
from sqlalchemy import ColumnElement, Table, and_

from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.intake import (
    ComplaintAcknowledged,
    ComplaintClassified,
    ComplaintEstablished,
    ComplaintNotEstablished,
    ComplaintRegistered,
    RejectionProposed,
    RejectionReturned,
    ResponsibleDepartmentAssigned,
)
from shared.events.vocabulary import Channel, Severity
from shared.projections.scope import unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text

VIEW = View(
    "awaiting_judgement",
    version=1,
    columns=(
        text("complaint_id"),
        text("number"),
        text("status"),
        flag("classified"),
        moment("received_at"),
        text("channel"),
        text("category"),
        text("severity"),
        flag("vulnerable"),
        flag("restricted"),
        text("department"),
        text("department_complained_of"),
        text("proposed_by"),
        number("cycle"),
    ),
    indexes=(("status", "received_at"),),
)

_UNTOLD = ("registered", "reopened")
_WAITS = (*_UNTOLD, "acknowledged", "rejection_proposed")


class Waiting(BaseModel):
    """A complaint that triage must do something about."""

    complaint_id: str
    number: str = Field(description="What people call it by, XXXX-XXXX.")
    status: Literal["registered", "reopened", "acknowledged", "rejection_proposed"]
    classified: bool
    received_at: datetime = Field(description="When the firm received it; the clock runs from here.")
    channel: Channel
    category: str | None
    severity: Severity
    vulnerable: bool
    restricted: bool = Field(description="Only its department, approvers and compliance may see it.")
    department_complained_of: str | None = Field(description="Nobody of it may confirm the rejection proposed.")
    proposed_by: str | None = Field(description="Who proposed the rejection: another must confirm or return it.")
    cycle: int = Field(description="1, and one more with each reopening.")

    @computed_field(description="What is to be done next.")  # type: ignore[prop-decorator]
    @property
    def waits_for(self) -> Literal["acknowledgement", "classification", "judgement", "second_person"]:
        if self.status == "rejection_proposed":
            return "second_person"
        if self.status in _UNTOLD:
            return "acknowledgement"
        return "judgement" if self.classified else "classification"


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        number=event.number,
        status="registered",
        classified=False,
        received_at=event.received_at,
        channel=event.channel,
        severity="ordinary",
        vulnerable=False,
        restricted=False,
        cycle=event.cycle,
    )


@VIEW.on(ComplaintClassified)
def classified(event: ComplaintClassified, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        classified=True,
        category=event.category,
        severity=event.severity,
        vulnerable=event.vulnerable,
        restricted=event.restricted,
    )


@VIEW.on(ComplaintAcknowledged, RejectionReturned)
def acknowledged(event: ComplaintAcknowledged | RejectionReturned, at: At) -> Upsert:
    return Upsert(at.subject_id, status="acknowledged", department_complained_of=None, proposed_by=None)


@VIEW.on(RejectionProposed)
def rejection_proposed(event: RejectionProposed, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        status="rejection_proposed",
        department_complained_of=event.department,
        proposed_by=event.by,
    )


@VIEW.on(ComplaintEstablished, ResponsibleDepartmentAssigned)
def established(event: ComplaintEstablished | ResponsibleDepartmentAssigned, at: At) -> Upsert:
    return Upsert(at.subject_id, status="judged", department=event.department)


@VIEW.on(ComplaintNotEstablished)
def not_established(event: ComplaintNotEstablished, at: At) -> Upsert:
    return Upsert(at.subject_id, status="judged")


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    change = Upsert(at.subject_id, cycle=event.cycle, department_complained_of=None, proposed_by=None)
    if event.stage == "judgement":
        change.values |= {"status": "reopened", "department": None}
    else:
        change.values |= {"status": "judged"}
    if event.special:
        change.values |= {"severity": "special"}
    return change


@VIEW.on(ComplaintClosed)
def closed(event: ComplaintClosed, at: At) -> Upsert:
    return Upsert(at.subject_id, status="closed")


def waiting(table: Table, actor: Any) -> ColumnElement[bool]:
    """What this actor may see of what waits: all from its registration until it is judged, or nobody would miss it."""
    waits = table.c.status.in_(_WAITS)
    scope = unrestricted(table, actor)
    return waits if scope is None else and_(waits, scope)


VIEW.ask(
    Question(
        path="/worklists/judgement",
        may=("agent", "triage_lead", "reviewer", "department_lead", "compliance_officer"),
        model=Waiting,
        summary="What waits for triage, the longest waiting first.",
        filters=("status", "severity", "category", "channel"),
        order="received_at",
        where=waiting,
    )
)
