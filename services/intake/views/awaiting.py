"""The worklists of triage: what waits to be acknowledged, classified or judged, and what waits for a second person."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, computed_field
from sqlalchemy import ColumnElement, Table, and_

from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.intake import (
    Classified,
    ComplaintAcknowledged,
    ComplaintClassified,
    ComplaintDowngraded,
    ComplaintEscalatedToSpecial,
    ComplaintEstablished,
    ComplaintNotEstablished,
    ComplaintReclassified,
    ComplaintReferred,
    ComplaintRegistered,
    ComplaintTakenOver,
    ComplaintWithdrawn,
    ConfirmationDeadlinePassed,
    JudgementOverturned,
    RegisteredInError,
    RegistrationCorrected,
    RejectionProposed,
    RejectionReturned,
    ResponsibleDepartmentAssigned,
    VoidingDeclined,
    VoidingProposed,
    WithdrawalConfirmed,
    WithdrawalDenied,
    WithdrawalDisputed,
    WithdrawalRequested,
)
from shared.events.investigation import ConflictDeclared
from shared.events.vocabulary import Channel, Severity
from shared.projections.scope import conflict_declared, unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    "awaiting_judgement",
    version=3,
    columns=(
        text("complaint_id"),
        text("number"),
        text("status"),
        flag("classified"),
        flag("withdrawing"),
        moment("received_at"),
        text("channel"),
        text("category"),
        text("severity"),
        flag("urgent"),
        flag("vulnerable"),
        flag("restricted"),
        texts("conflicted"),
        text("department"),
        text("department_complained_of"),
        text("proposed_by"),
        text("second"),
        text("first_person"),
        moment("act_by"),
        flag("overdue"),
        number("cycle"),
    ),
    indexes=(("status", "received_at"), ("second", "act_by")),
)

_UNTOLD = ("registered", "reopened")
_WAITS = (*_UNTOLD, "acknowledged", "rejection_proposed")
_NOBODY: dict[str, Any] = {"second": None, "first_person": None, "act_by": None}
MAY = ("agent", "triage_lead", "reviewer", "department_lead", "compliance_officer")


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
    urgent: bool = Field(description="To be handled at once (F32).")
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


class Second(BaseModel):
    """Something that one person began and another must decide on, or ask the customer about."""

    complaint_id: str
    number: str
    second: Literal["rejection", "voiding", "withdrawal"] = Field(
        description="A rejection to confirm or return, a voiding to confirm or decline, or a withdrawal of which the "
        "customer is to be asked whether it is their own wish."
    )
    first_person: str = Field(description="Who began it, and so can't be the second.")
    act_by: datetime = Field(description="By when the customer is to be asked; else since when it waits.")
    overdue: bool = Field(description="Nobody asked the customer in time. It still has to be done.")
    department_complained_of: str | None
    severity: Severity
    restricted: bool
    cycle: int


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        number=event.number,
        status="registered",
        classified=False,
        withdrawing=False,
        received_at=event.received_at,
        channel=event.channel,
        severity="ordinary",
        urgent=False,
        vulnerable=False,
        restricted=False,
        overdue=False,
        cycle=event.cycle,
    )


@VIEW.on(ComplaintTakenOver)
def taken_over(event: ComplaintTakenOver, at: At) -> Upsert:
    status = "acknowledged" if event.stage == "acknowledged" else "judged"
    return Upsert(at.subject_id, status=status, department=event.department)


@VIEW.on(RegistrationCorrected)
def corrected(event: RegistrationCorrected, at: At) -> Upsert | None:
    match event.field:
        case "channel" | "received_at":
            return Upsert(at.subject_id, **{event.field: getattr(event, event.field)})
        case _:
            return None


@VIEW.on(ComplaintClassified, ComplaintReclassified)
def classified(event: Classified, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        classified=True,
        category=event.category,
        severity=event.severity,
        urgent=event.urgent,
        vulnerable=event.vulnerable,
        restricted=event.restricted,
    )


@VIEW.on(ComplaintEscalatedToSpecial, ComplaintDowngraded)
def weighed(event: ComplaintEscalatedToSpecial | ComplaintDowngraded, at: At) -> Upsert:
    return Upsert(at.subject_id, severity="ordinary" if isinstance(event, ComplaintDowngraded) else "special")


@VIEW.on(ComplaintAcknowledged, RejectionReturned)
def acknowledged(event: ComplaintAcknowledged | RejectionReturned, at: At) -> Upsert:
    done = _NOBODY if isinstance(event, RejectionReturned) else {}
    return Upsert(at.subject_id, status="acknowledged", department_complained_of=None, proposed_by=None, **done)


@VIEW.on(RejectionProposed)
def rejection_proposed(event: RejectionProposed, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        status="rejection_proposed",
        department_complained_of=event.department,
        proposed_by=event.by,
        second="rejection",
        first_person=event.by,
        act_by=event.at,
    )


@VIEW.on(ComplaintEstablished, JudgementOverturned, ResponsibleDepartmentAssigned)
def established(event: ComplaintEstablished | JudgementOverturned | ResponsibleDepartmentAssigned, at: At) -> Upsert:
    return Upsert(at.subject_id, status="judged", department=event.department)


@VIEW.on(ComplaintNotEstablished)
def not_established(event: ComplaintNotEstablished, at: At) -> Upsert:
    return Upsert(at.subject_id, status="judged", **_NOBODY)


@VIEW.on(VoidingProposed)
def voiding_proposed(event: VoidingProposed, at: At) -> Upsert:
    return Upsert(at.subject_id, second="voiding", first_person=event.by, act_by=event.at)


@VIEW.on(VoidingDeclined)
def voiding_declined(event: VoidingDeclined, at: At) -> Upsert:
    return Upsert(at.subject_id, **_NOBODY)


@VIEW.on(WithdrawalRequested, WithdrawalDenied)
def withdrawing(event: WithdrawalRequested | WithdrawalDenied, at: At) -> Upsert:
    """While resolution has not answered, there is nothing for people to do."""
    return Upsert(at.subject_id, withdrawing=isinstance(event, WithdrawalRequested))


@VIEW.on(ComplaintWithdrawn)
def withdrawn(event: ComplaintWithdrawn, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        status="withdrawn",
        withdrawing=False,
        department_complained_of=None,
        second="withdrawal",
        first_person=event.requested_by,
        act_by=event.confirm_by,
        overdue=False,
    )


@VIEW.on(WithdrawalConfirmed, WithdrawalDisputed)
def answered(event: WithdrawalConfirmed | WithdrawalDisputed, at: At) -> Upsert:
    return Upsert(at.subject_id, **_NOBODY)


@VIEW.on(ConfirmationDeadlinePassed)
def deadline_passed(event: ConfirmationDeadlinePassed, at: At) -> Upsert:
    return Upsert(at.subject_id, overdue=True)


@VIEW.on(ComplaintReferred, RegisteredInError, ComplaintClosed)
def ended(event: ComplaintReferred | RegisteredInError | ComplaintClosed, at: At) -> Upsert:
    return Upsert(at.subject_id, status="closed", **_NOBODY)


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    change = Upsert(at.subject_id, cycle=event.cycle, department_complained_of=None, proposed_by=None, **_NOBODY)
    if event.stage == "judgement":
        change.values |= {"status": "reopened", "department": None}
    else:
        change.values |= {"status": "judged"}
    if event.special:
        change.values |= {"severity": "special"}
    return change


def waiting(table: Table, actor: Any) -> ColumnElement[bool]:
    """What this actor may see of what waits: all from its registration until it is judged, or nobody would miss it."""
    waits = and_(table.c.status.in_(_WAITS), table.c.withdrawing.is_(False))
    scope = unrestricted(table, actor)
    return waits if scope is None else and_(waits, scope)


def for_another(table: Table, actor: Any) -> ColumnElement[bool]:
    """What this actor may be the second person of: what they began themself waits for somebody else."""
    waits = and_(table.c.second.is_not(None), table.c.withdrawing.is_(False), table.c.first_person != actor.id)
    scope = unrestricted(table, actor)
    return waits if scope is None else and_(waits, scope)


VIEW.on(ConflictDeclared)(conflict_declared)

VIEW.ask(
    Question(
        path="/worklists/judgement",
        may=MAY,
        model=Waiting,
        summary="What waits for triage, the longest waiting first.",
        filters=("status", "severity", "urgent", "category", "channel"),
        order="received_at",
        where=waiting,
    )
)
VIEW.ask(
    Question(
        path="/worklists/second-person",
        may=(*MAY, "callback_agent"),
        model=Second,
        summary="What waits for a second person, the longest due first.",
        filters=("second", "severity", "overdue"),
        order="act_by",
        where=for_another,
    )
)
