"""顾客投诉登记表 The register: one light row a complaint, for lists and for finding one by its number."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.intake import (
    Classified,
    ComplaintAcknowledged,
    ComplaintClassified,
    ComplaintDowngraded,
    ComplaintEscalatedToSpecial,
    ComplaintEstablished,
    ComplaintHandedOver,
    ComplaintNotEstablished,
    ComplaintReclassified,
    ComplaintReferred,
    ComplaintRegistered,
    ComplaintReportedUpward,
    ComplaintTakenOver,
    ComplaintWithdrawn,
    CourtesyReplySent,
    CustomerChased,
    DuplicateDismissed,
    DuplicateSuspected,
    IntakeEvent,
    JudgementOverturned,
    RegisteredInError,
    RegistrationCorrected,
    RejectionProposed,
    RejectionReturned,
    ResponsibleDepartmentAssigned,
    VoidingDeclined,
    VoidingProposed,
    WithdrawalDenied,
    WithdrawalRequested,
)
from shared.events.investigation import ConflictDeclared
from shared.events.vocabulary import SYSTEM, Channel, Language, Severity
from shared.projections.scope import STAFF, conflict_declared, unrestricted
from shared.projections.view import (
    Add,
    Append,
    At,
    Question,
    Upsert,
    View,
    flag,
    minor_units,
    moment,
    number,
    text,
    texts,
)

VIEW = View(
    "register",
    version=3,
    columns=(
        text("complaint_id"),
        text("number"),
        text("status"),
        flag("withdrawing"),
        flag("voiding"),
        text("person"),
        text("complainant"),
        flag("on_file"),
        text("contact"),
        text("channel"),
        moment("happened_at"),
        moment("received_at"),
        moment("registered_at"),
        text("product"),
        minor_units("claimed"),
        text("claimed_currency"),
        number("joint"),
        text("language"),
        text("category"),
        text("severity"),
        flag("urgent"),
        flag("vulnerable"),
        flag("restricted"),
        texts("conflicted"),
        text("department"),
        text("owner"),
        number("chased"),
        number("reported_upward"),
        texts("suspected_duplicates"),
        texts("dismissed_duplicates"),
        text("duplicate_of"),
        text("contact_instead"),
        text("from_contact"),
        text("from_system"),
        text("regulator_reference"),
        number("cycle"),
        text("external_source"),
        text("external_id"),
        moment("updated_at"),
    ),
    personal=frozenset({"complainant", "contact", "product"}),
    indexes=(
        ("received_at",), ("status",), ("department",), ("number",), ("person",), ("owner",), ("regulator_reference",),
    ),
)  # fmt: skip


Status = Literal[
    "registered", "acknowledged", "rejection_proposed", "established", "assigned", "not_established",
    "courtesy_replied", "resolved_before", "reopened", "closed", "referred", "withdrawn", "registered_in_error",
]  # fmt: skip


class Entry(BaseModel):
    """A complaint as the register shows it. Personal texts are null once the person is erased."""

    complaint_id: str
    number: str = Field(description="What people call it by, XXXX-XXXX; also of one registered in error.")
    status: Status = Field(description="How far intake is, or how it ended.")
    withdrawing: bool = Field(description="The customer asked to withdraw it: it is held up until that is answered.")
    voiding: bool = Field(description="Somebody proposed to void it: it is held up until another decides.")
    person: str = Field(description="The customer's subject, person:<uuid>.")
    complainant: str | None
    on_file: bool = Field(description="Who complains stands in the customer's file alone.")
    contact: str | None
    channel: Channel
    happened_at: datetime | None = Field(description="When the matter happened, as the customer says.")
    received_at: datetime = Field(description="When the firm received it; the clock runs from here.")
    registered_at: datetime = Field(description="When it was written down.")
    product: str | None = Field(description="In the customer's or the source's own words.")
    claimed: int | None = Field(description="What the customer asks for, in the currency's minor unit.")
    claimed_currency: str | None
    joint: int = Field(description="How many complain together.")
    language: Language
    category: str | None = Field(description="Null until it is classified.")
    severity: Severity
    urgent: bool = Field(description="To be handled at once (F32).")
    vulnerable: bool
    restricted: bool = Field(description="Only its department, approvers and compliance may see it.")
    department: str | None = Field(description="The responsible department, once established.")
    owner: str | None = Field(description="Who keeps track of it for the customer until it is solved (F29).")
    chased: int = Field(description="How often the customer had to ask again.")
    reported_upward: int = Field(description="How often it was reported to a role above (F20, F27).")
    suspected_duplicates: list[str] | None = Field(description="The customer's other complaints of the same category.")
    dismissed_duplicates: list[str] | None = Field(description="Those of them that somebody found to be other matters.")
    duplicate_of: str | None = Field(description="The complaint that it was entered a second time of.")
    contact_instead: str | None = Field(description="The enquiry or service request that it really is.")
    from_contact: str | None = Field(description="The enquiry or service request that it began as.")
    from_system: str | None = Field(description="The old system that it was taken over from.")
    regulator_reference: str | None
    cycle: int = Field(description="1, and one more with each reopening.")
    external_source: str | None
    external_id: str | None
    updated_at: datetime = Field(description="When intake last wrote or learned something of it.")


def row(at: At, **values: Any) -> Upsert:
    return Upsert(at.subject_id, **values, updated_at=at.recorded)


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert:
    return row(
        at,
        complaint_id=at.subject_id,
        number=event.number,
        status="registered",
        withdrawing=False,
        voiding=False,
        person=event.person,
        complainant=event.complainant,
        on_file=event.complainant is None,
        contact=event.contact,
        channel=event.channel,
        happened_at=event.happened_at,
        received_at=event.received_at,
        registered_at=at.recorded,
        product=event.product,
        claimed=event.claimed.minor if event.claimed else None,
        claimed_currency=event.claimed.currency if event.claimed else None,
        joint=event.joint,
        language=event.language,
        severity="ordinary",
        urgent=False,
        vulnerable=False,
        restricted=False,
        owner=None if event.by == SYSTEM else event.by,
        chased=0,
        reported_upward=0,
        from_contact=str(event.from_contact) if event.from_contact else None,
        regulator_reference=event.regulator_reference,
        cycle=event.cycle,
        external_source=event.external.source if event.external else None,
        external_id=event.external.id if event.external else None,
    )


@VIEW.on(ComplaintTakenOver)
def taken_over(event: ComplaintTakenOver, at: At) -> Upsert:
    status = {"acknowledged": "acknowledged", "established": "assigned", "resolved": "resolved_before"}[event.stage]
    return row(at, status=status, department=event.department, from_system=event.system)


@VIEW.on(RegistrationCorrected)
def corrected(event: RegistrationCorrected, at: At) -> Upsert:
    match event.field:
        case "complainant":
            return row(at, complainant=event.text, on_file=False)
        case "contact" | "product":
            return row(at, **{event.field: event.text})
        case "channel" | "received_at" | "happened_at" | "language" | "person":
            return row(at, **{event.field: getattr(event, event.field)})
        case "claimed":
            claimed = event.claimed
            return row(
                at,
                claimed=claimed.minor if claimed else None,
                claimed_currency=claimed.currency if claimed else None,
            )
        case _:
            return row(at)


@VIEW.on(ComplaintClassified, ComplaintReclassified)
def classified(event: Classified, at: At) -> Upsert:
    """Leaves the status alone: a complaint may be classified anew at any time until it ends."""
    return row(
        at,
        category=event.category,
        severity=event.severity,
        urgent=event.urgent,
        vulnerable=event.vulnerable,
        restricted=event.restricted,
    )


_STATUS: Mapping[type[IntakeEvent | ComplaintClosed], str] = {
    ComplaintAcknowledged: "acknowledged",
    RejectionReturned: "acknowledged",
    RejectionProposed: "rejection_proposed",
    ComplaintNotEstablished: "not_established",
    CourtesyReplySent: "courtesy_replied",
    ComplaintReferred: "referred",
    ComplaintClosed: "closed",
}


@VIEW.on(*_STATUS)
def went_on(event: IntakeEvent | ComplaintClosed, at: At) -> Upsert:
    return row(at, status=_STATUS[type(event)])


@VIEW.on(ComplaintEstablished, JudgementOverturned)
def established(event: ComplaintEstablished | JudgementOverturned, at: At) -> Upsert:
    return row(at, status="established", department=event.department)


@VIEW.on(ResponsibleDepartmentAssigned)
def assigned(event: ResponsibleDepartmentAssigned, at: At) -> Upsert:
    return row(at, status="assigned", department=event.department)


@VIEW.on(ComplaintHandedOver)
def handed_over(event: ComplaintHandedOver, at: At) -> Upsert:
    return row(at, owner=event.to)


@VIEW.on(CustomerChased)
def chased(event: CustomerChased, at: At) -> Upsert:
    return row(at, chased=Add(1))


@VIEW.on(ComplaintReportedUpward)
def reported_upward(event: ComplaintReportedUpward, at: At) -> Upsert:
    return row(at, reported_upward=Add(1))


@VIEW.on(ComplaintEscalatedToSpecial)
def escalated(event: ComplaintEscalatedToSpecial, at: At) -> Upsert:
    return row(at, severity="special")


@VIEW.on(ComplaintDowngraded)
def downgraded(event: ComplaintDowngraded, at: At) -> Upsert:
    return row(at, severity="ordinary")


@VIEW.on(DuplicateSuspected)
def suspected(event: DuplicateSuspected, at: At) -> Upsert:
    return row(at, suspected_duplicates=Append(str(event.other)))


@VIEW.on(DuplicateDismissed)
def dismissed(event: DuplicateDismissed, at: At) -> Upsert:
    return row(at, dismissed_duplicates=Append(str(event.other)))


@VIEW.on(WithdrawalRequested, WithdrawalDenied)
def withdrawing(event: WithdrawalRequested | WithdrawalDenied, at: At) -> Upsert:
    return row(at, withdrawing=isinstance(event, WithdrawalRequested))


@VIEW.on(VoidingProposed, VoidingDeclined)
def voiding(event: VoidingProposed | VoidingDeclined, at: At) -> Upsert:
    return row(at, voiding=isinstance(event, VoidingProposed))


@VIEW.on(RegisteredInError)
def in_error(event: RegisteredInError, at: At) -> Upsert:
    return row(
        at,
        status="registered_in_error",
        voiding=False,
        duplicate_of=str(event.duplicate_of) if event.duplicate_of else None,
        contact_instead=str(event.contact) if event.contact else None,
    )


@VIEW.on(ComplaintWithdrawn)
def withdrawn(event: ComplaintWithdrawn, at: At) -> Upsert:
    return row(at, status="withdrawn", withdrawing=False, voiding=False)


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    change = row(at, cycle=event.cycle, voiding=False)
    if event.stage == "judgement":
        change.values |= {"status": "reopened", "department": None}
    else:
        change.values |= {"status": "assigned"}
    if event.special:
        change.values |= {"severity": "special"}
    return change


VIEW.on(ConflictDeclared)(conflict_declared)

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
        filters=(
            "status", "withdrawing", "voiding", "department", "severity", "urgent", "channel", "number", "person",
            "owner", "external_id", "regulator_reference", "from_system",
        ),
        ranges=("received_at",),
        order="received_at",
        descending=True,
        where=unrestricted,
    )
)  # fmt: skip
