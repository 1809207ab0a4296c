"""顾客投诉登记表 The register: one light row a complaint, for lists and for finding one by its number."""

from datetime import datetime

from pydantic import BaseModel, Field

from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.intake import (
    ComplaintAcknowledged,
    ComplaintClassified,
    ComplaintEstablished,
    ComplaintNotEstablished,
    ComplaintRegistered,
    CourtesyReplySent,
    RejectionProposed,
    RejectionReturned,
    ResponsibleDepartmentAssigned,
)
from shared.events.vocabulary import Channel, Severity
from shared.projections.scope import STAFF, unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text

VIEW = View(
    "register",
    version=1,
    columns=(
        text("complaint_id"),
        text("number"),
        text("status"),
        text("person"),
        text("complainant"),
        text("contact"),
        text("channel"),
        moment("received_at"),
        moment("registered_at"),
        text("product"),
        text("category"),
        text("severity"),
        flag("vulnerable"),
        flag("restricted"),
        text("department"),
        number("cycle"),
        text("external_source"),
        text("external_id"),
        moment("updated_at"),
    ),
    personal=frozenset({"complainant", "contact", "product"}),
    indexes=(("received_at",), ("status",), ("department",), ("number",), ("person",)),
)


class Entry(BaseModel):
    """A complaint as the register shows it. Personal texts are null once the person is erased."""

    complaint_id: str
    number: str = Field(description="What people call it by, XXXX-XXXX.")
    status: str = Field(
        description="How far intake is: registered, acknowledged, rejection_proposed, established, assigned, "
        "not_established, courtesy_replied, reopened or closed."
    )
    person: str = Field(description="The customer's subject, person:<uuid>.")
    complainant: str | None
    contact: str | None
    channel: Channel
    received_at: datetime = Field(description="When the firm received it; the clock runs from here.")
    registered_at: datetime = Field(description="When it was written down.")
    product: str | None = Field(description="In the customer's or the source's own words.")
    category: str | None = Field(description="Null until it is classified.")
    severity: Severity
    vulnerable: bool
    restricted: bool = Field(description="Only its department, approvers and compliance may see it.")
    department: str | None = Field(description="The responsible department, once established.")
    cycle: int = Field(description="1, and one more with each reopening.")
    external_source: str | None
    external_id: str | None
    updated_at: datetime = Field(description="When intake last wrote or learned something of it.")


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        number=event.number,
        status="registered",
        person=event.person,
        complainant=event.complainant,
        contact=event.contact,
        channel=event.channel,
        received_at=event.received_at,
        registered_at=at.recorded,
        product=event.product,
        severity="ordinary",
        vulnerable=False,
        restricted=False,
        cycle=event.cycle,
        external_source=event.external.source if event.external else None,
        external_id=event.external.id if event.external else None,
        updated_at=at.recorded,
    )


@VIEW.on(ComplaintClassified)
def classified(event: ComplaintClassified, at: At) -> Upsert:
    """Leaves the status alone: a complaint may be classified anew at any time until it is closed."""
    return Upsert(
        at.subject_id,
        category=event.category,
        severity=event.severity,
        vulnerable=event.vulnerable,
        restricted=event.restricted,
        updated_at=at.recorded,
    )


@VIEW.on(ComplaintAcknowledged, RejectionReturned)
def acknowledged(event: ComplaintAcknowledged | RejectionReturned, at: At) -> Upsert:
    return Upsert(at.subject_id, status="acknowledged", updated_at=at.recorded)


@VIEW.on(RejectionProposed)
def rejection_proposed(event: RejectionProposed, at: At) -> Upsert:
    return Upsert(at.subject_id, status="rejection_proposed", updated_at=at.recorded)


@VIEW.on(ComplaintNotEstablished)
def not_established(event: ComplaintNotEstablished, at: At) -> Upsert:
    return Upsert(at.subject_id, status="not_established", updated_at=at.recorded)


@VIEW.on(CourtesyReplySent)
def replied(event: CourtesyReplySent, at: At) -> Upsert:
    return Upsert(at.subject_id, status="courtesy_replied", updated_at=at.recorded)


@VIEW.on(ComplaintEstablished)
def established(event: ComplaintEstablished, at: At) -> Upsert:
    return Upsert(at.subject_id, status="established", department=event.department, updated_at=at.recorded)


@VIEW.on(ResponsibleDepartmentAssigned)
def assigned(event: ResponsibleDepartmentAssigned, at: At) -> Upsert:
    return Upsert(at.subject_id, status="assigned", department=event.department, updated_at=at.recorded)


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    change = Upsert(at.subject_id, cycle=event.cycle, updated_at=at.recorded)
    if event.stage == "judgement":
        change.values |= {"status": "reopened", "department": None}
    else:
        change.values |= {"status": "assigned"}
    if event.special:
        change.values |= {"severity": "special"}
    return change


@VIEW.on(ComplaintClosed)
def closed(event: ComplaintClosed, at: At) -> Upsert:
    return Upsert(at.subject_id, status="closed", updated_at=at.recorded)


VIEW.ask(
    Question(
        path="/complaints/{complaint_id}",
        may=STAFF,
        model=Entry,
        summary="One complaint of the register.",
        one=True,
        where=unrestricted,
    )
)
VIEW.ask(
    Question(
        path="/complaints",
        may=STAFF,
        model=Entry,
        summary="The register, the latest received first.",
        filters=("status", "department", "severity", "channel", "number", "person", "external_id"),
        order="received_at",
        descending=True,
        where=unrestricted,
    )
)
