"""首问负责 Which complaints does somebody keep track of for the customer, until they are solved?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_

from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.intake import (
    Classified,
    ComplaintAcknowledged,
    ComplaintClassified,
    ComplaintDowngraded,
    ComplaintEscalatedToSpecial,
    ComplaintEstablished,
    ComplaintHandedOver,
    ComplaintReclassified,
    ComplaintReferred,
    ComplaintRegistered,
    ComplaintTakenOver,
    ComplaintWithdrawn,
    CustomerChased,
    IntakeEvent,
    JudgementOverturned,
    ProgressTold,
    RegisteredInError,
    RegistrationCorrected,
    ResponsibleDepartmentAssigned,
)
from shared.events.investigation import ConflictDeclared
from shared.events.vocabulary import SYSTEM, Severity
from shared.projections.scope import STAFF, conflict_declared, unrestricted
from shared.projections.view import Add, At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    "mine",
    version=2,
    columns=(
        text("complaint_id"),
        text("number"),
        text("person"),
        text("complainant"),
        text("owner"),
        flag("solved"),
        moment("received_at"),
        text("severity"),
        flag("urgent"),
        number("chased"),
        moment("chased_at"),
        moment("told_at"),
        number("cycle"),
        text("department"),
        flag("restricted"),
        texts("conflicted"),
    ),
    personal=frozenset({"complainant"}),
    indexes=(("owner", "solved", "received_at"),),
)


class Kept(BaseModel):
    """A complaint that somebody keeps track of: whom they must tell what comes of it."""

    complaint_id: str
    number: str
    person: str = Field(description="The customer's subject, person:<uuid>.")
    complainant: str | None = Field(description="Null once the person is erased, or where their file alone says it.")
    received_at: datetime
    severity: Severity
    urgent: bool
    chased: int = Field(description="How often the customer had to ask again.")
    chased_at: datetime | None = Field(description="When they last did.")
    told_at: datetime | None = Field(description="When they were last told how it stands.")
    cycle: int
    department: str | None = Field(description="Who answers for it, once established.")
    restricted: bool


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        number=event.number,
        person=event.person,
        complainant=event.complainant,
        owner=None if event.by == SYSTEM else event.by,
        solved=False,
        received_at=event.received_at,
        severity="ordinary",
        urgent=False,
        chased=0,
        cycle=event.cycle,
        restricted=False,
    )


@VIEW.on(RegistrationCorrected)
def corrected(event: RegistrationCorrected, at: At) -> Upsert | None:
    match event.field:
        case "complainant":
            return Upsert(at.subject_id, complainant=event.text)
        case "person" | "received_at":
            return Upsert(at.subject_id, **{event.field: getattr(event, event.field)})
        case _:
            return None


@VIEW.on(ComplaintHandedOver)
def handed_over(event: ComplaintHandedOver, at: At) -> Upsert:
    return Upsert(at.subject_id, owner=event.to)


@VIEW.on(CustomerChased)
def chased(event: CustomerChased, at: At) -> Upsert:
    return Upsert(at.subject_id, chased=Add(1), chased_at=event.at)


@VIEW.on(ProgressTold, ComplaintAcknowledged)
def told(event: ProgressTold | ComplaintAcknowledged, at: At) -> Upsert:
    return Upsert(at.subject_id, told_at=event.at)


@VIEW.on(ComplaintClassified, ComplaintReclassified)
def classified(event: Classified, at: At) -> Upsert:
    return Upsert(at.subject_id, severity=event.severity, urgent=event.urgent, restricted=event.restricted)


_SEVERITY: Mapping[type[IntakeEvent], Severity] = {
    ComplaintEscalatedToSpecial: "special",
    ComplaintDowngraded: "ordinary",
}


@VIEW.on(*_SEVERITY)
def weighed(event: IntakeEvent, at: At) -> Upsert:
    return Upsert(at.subject_id, severity=_SEVERITY[type(event)])


@VIEW.on(ComplaintTakenOver, ComplaintEstablished, JudgementOverturned, ResponsibleDepartmentAssigned)
def of_department(
    event: ComplaintTakenOver | ComplaintEstablished | JudgementOverturned | ResponsibleDepartmentAssigned, at: At
) -> Upsert:
    return Upsert(at.subject_id, department=event.department)


@VIEW.on(ComplaintReferred, RegisteredInError, ComplaintWithdrawn, ComplaintClosed)
def ended(event: ComplaintReferred | RegisteredInError | ComplaintWithdrawn | ComplaintClosed, at: At) -> Upsert:
    return Upsert(at.subject_id, solved=True)


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    change = Upsert(at.subject_id, solved=False, cycle=event.cycle)
    if event.stage == "judgement":
        change.values |= {"department": None}
    if event.special:
        change.values |= {"severity": "special"}
    return change


def kept_by(table: Table, actor: Any) -> ColumnElement[bool]:
    """Those that the actor, or whom they act for, keeps track of; a restricted case of another department is not shown
    even to who registered it (N16)."""
    people = [each for each in (actor.id, actor.on_behalf_of) if each]
    mine = and_(table.c.owner.in_(people), table.c.solved.is_(False))
    scope = unrestricted(table, actor)
    return mine if scope is None else and_(mine, scope)


VIEW.on(ConflictDeclared)(conflict_declared)

VIEW.ask(
    Question(
        path="/worklists/mine",
        may=(*STAFF, "regulator_desk"),
        model=Kept,
        summary="The complaints that one keeps track of until they are solved, the oldest first.",
        filters=("severity", "urgent"),
        order="received_at",
        where=kept_by,
    )
)
