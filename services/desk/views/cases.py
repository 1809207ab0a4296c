"""Where does every complaint stand, whom does it wait for, and by when?"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_, any_, literal, not_

from services.desk.stages import SOLVED, WAITS_FOR, Pending, Stage
from shared.events import callback, intake, investigation, resolution
from shared.events.base import ComplaintEvent
from shared.events.vocabulary import Severity
from shared.projections.scope import STAFF, unrestricted
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
    name="cases",
    version=1,
    columns=(
        text("complaint_id"),
        text("number"),
        text("person"),
        text("stage"),
        text("waits_for"),
        text("pending"),
        moment("due_at"),
        number("cycle"),
        text("severity"),
        flag("restricted"),
        flag("vulnerable"),
        flag("urgent"),
        text("category"),
        text("department"),
        text("owner"),
        flag("solved"),
        text("investigator"),
        text("channel"),
        moment("received_at"),
        moment("registered_at"),
        number("chased"),
        number("reported_upward"),
        minor_units("amount"),
        text("currency"),
        text("verdict"),
        text("cause"),
        text("outcome"),
        text("from_system"),
        texts("conflicted"),
        moment("updated_at"),
    ),
    indexes=(("due_at",), ("number",), ("person",), ("owner", "solved"), ("department", "solved"), ("stage",)),
)


class Standing(BaseModel):
    """One complaint as of now, without a word of what anybody said."""

    complaint_id: str
    number: str = Field(description="What people call it by, XXXX-XXXX.")
    person: str = Field(description="The customer's subject, person:<uuid>.")
    stage: Stage
    waits_for: str | None = Field(description="The role that has the next step; null if nobody has.")
    pending: Pending | None = Field(description="What holds it up beside its stage, until it is decided.")
    due_at: datetime = Field(
        description="By when the next step is due: at once after receipt (F01), the time asked of the customer while "
        "it is investigated and decided (F07), the lapse of an offer, three days for a callback (F44)."
    )
    cycle: int
    severity: Severity
    restricted: bool
    vulnerable: bool
    urgent: bool
    category: str | None
    department: str | None = Field(description="The responsible department, once established.")
    owner: str | None = Field(description="Who keeps track of it for the customer until it is solved (F29).")
    solved: bool
    investigator: str | None
    channel: str
    received_at: datetime
    registered_at: datetime
    chased: int | None = Field(description="How often the customer had to ask again.")
    reported_upward: int | None
    amount: int | None = Field(description="Of the remedy under way or carried out, in the currency's minor unit.")
    currency: str | None
    verdict: str | None
    cause: str | None
    outcome: str | None
    from_system: str | None = Field(
        description="The old system that it was taken over from, in the middle of its life."
    )
    updated_at: datetime


def _at_stage(stage: Stage, at: At, **values: Any) -> Upsert:
    """The row at this stage; whether it is solved and whom it waits for follow from the stage."""
    return Upsert(
        at.subject_id,
        **{"stage": stage, "waits_for": WAITS_FOR[stage], "solved": stage in SOLVED, "updated_at": at.recorded}
        | values,
    )


@VIEW.on(intake.ComplaintRegistered)
def registered(event: intake.ComplaintRegistered, at: At) -> Upsert:
    owner = None if event.by == "system" else event.by
    return _at_stage(
        "registered",
        at,
        complaint_id=at.subject_id,
        number=event.number,
        person=event.person,
        due_at=event.received_at,
        cycle=event.cycle,
        severity="ordinary",
        restricted=False,
        vulnerable=False,
        urgent=False,
        owner=owner,
        channel=event.channel,
        received_at=event.received_at,
        registered_at=at.recorded,
        conflicted=[],
    )


@VIEW.on(intake.ComplaintTakenOver)
def taken_over(event: intake.ComplaintTakenOver, at: At) -> Upsert:
    stages: dict[str, Stage] = {"acknowledged": "acknowledged", "established": "established", "resolved": "concluded"}
    return _at_stage(stages[event.stage], at, from_system=event.system, department=event.department)


@VIEW.on(intake.ComplaintClassified, intake.ComplaintReclassified)
def classified(event: intake.Classified, at: At) -> Upsert:
    """Only upwards: neither severity nor restriction is lifted by classifying anew (N16, N22)."""
    raised = ({"severity": "special"} if event.severity == "special" else {}) | (
        {"restricted": True} if event.restricted else {}
    )
    return Upsert(
        at.subject_id, category=event.category, vulnerable=event.vulnerable, urgent=event.urgent, **raised,
        updated_at=at.recorded,
    )  # fmt: skip


@VIEW.on(intake.ComplaintEscalatedToSpecial)
def escalated(event: intake.ComplaintEscalatedToSpecial, at: At) -> Upsert:
    return Upsert(at.subject_id, severity="special", updated_at=at.recorded)


@VIEW.on(intake.ComplaintDowngraded)
def downgraded(event: intake.ComplaintDowngraded, at: At) -> Upsert:
    return Upsert(at.subject_id, severity="ordinary", updated_at=at.recorded)


@VIEW.on(intake.ComplaintEstablished, intake.JudgementOverturned)
def established(event: intake.ComplaintEstablished | intake.JudgementOverturned, at: At) -> Upsert:
    """The customer was asked for so many days (F07): by then it is to be decided."""
    due = event.at + timedelta(days=event.days_asked)
    return _at_stage("established", at, department=event.department, due_at=due)


@VIEW.on(intake.ResponsibleDepartmentAssigned)
def assigned(event: intake.ResponsibleDepartmentAssigned, at: At) -> Upsert:
    return Upsert(at.subject_id, department=event.department, updated_at=at.recorded)


@VIEW.on(intake.CustomerChased)
def chased(event: intake.CustomerChased, at: At) -> Upsert:
    return Upsert(at.subject_id, chased=Add(1), updated_at=at.recorded)


@VIEW.on(intake.ComplaintReportedUpward)
def reported_upward(event: intake.ComplaintReportedUpward, at: At) -> Upsert:
    return Upsert(at.subject_id, reported_upward=Add(1), updated_at=at.recorded)


@VIEW.on(intake.ComplaintHandedOver)
def handed_over(event: intake.ComplaintHandedOver, at: At) -> Upsert:
    return Upsert(at.subject_id, owner=event.to, updated_at=at.recorded)


@VIEW.on(intake.RegistrationCorrected)
def corrected(event: intake.RegistrationCorrected, at: At) -> Upsert:
    new = {"channel": event.channel, "received_at": event.received_at, "person": event.person}
    values = {event.field: new[event.field]} if event.field in new else {}
    return Upsert(at.subject_id, **values, updated_at=at.recorded)


@VIEW.on(investigation.InvestigatorAssigned, investigation.InvestigatorReplaced)
def given_to(event: investigation.InvestigatorAssigned | investigation.InvestigatorReplaced, at: At) -> Upsert:
    return _at_stage("investigating", at, investigator=event.investigator)


@VIEW.on(investigation.ConflictDeclared)
def conflict_declared(event: investigation.ConflictDeclared, at: At) -> Upsert:
    """Their access ends at once."""
    return Upsert(at.subject_id, conflicted=Append(event.person), updated_at=at.recorded)


@VIEW.on(investigation.FindingsAccepted)
def findings_accepted(event: investigation.FindingsAccepted, at: At) -> Upsert:
    return _at_stage("findings_accepted", at, verdict=event.verdict, cause=event.cause)


@VIEW.on(resolution.RemedySubmitted)
def submitted(event: resolution.RemedySubmitted, at: At) -> Upsert:
    money = {"amount": event.amount.minor, "currency": event.amount.currency}
    return _at_stage("approval_pending", at, waits_for="department_lead", **money)


@VIEW.on(resolution.ApprovalEscalated)
def approval_escalated(event: resolution.ApprovalEscalated, at: At) -> Upsert:
    return _at_stage("approval_pending", at, waits_for=event.to)


@VIEW.on(resolution.RemedyApproved)
def approved(event: resolution.RemedyApproved, at: At) -> Upsert | None:
    return _at_stage("approved", at) if event.step == event.of else None


@VIEW.on(resolution.RemedyOffered)
def offered(event: resolution.RemedyOffered, at: At) -> Upsert:
    return _at_stage("offered", at, due_at=event.lapses_at)


@VIEW.on(resolution.ResolutionConcluded)
def concluded(event: resolution.ResolutionConcluded, at: At) -> Upsert:
    return _at_stage("concluded", at, outcome=event.outcome, amount=event.total.minor, currency=event.total.currency)


@VIEW.on(callback.CallbackScheduled)
def callback_due(event: callback.CallbackScheduled, at: At) -> Upsert:
    return _at_stage("callback_due", at, due_at=event.due_at)


@VIEW.on(callback.CallbackAttempted)
def attempted(event: callback.CallbackAttempted, at: At) -> Upsert:
    return _at_stage("reached" if event.outcome == "reached" else "callback_attempted", at)


@VIEW.on(callback.ReviewRequested)
def review_requested(event: callback.ReviewRequested, at: At) -> Upsert:
    return Upsert(at.subject_id, pending="review", due_at=event.decide_by, updated_at=at.recorded)


@VIEW.on(callback.ComplaintReopened)
def reopened(event: callback.ComplaintReopened, at: At) -> Upsert:
    """The next cycle is due at once; of the last one only what was found stays, where it goes on from there."""
    special = {"severity": "special"} if event.special else {}
    waits: dict[str, tuple[Stage, str]] = {
        "judgement": ("reopened", "triage_lead"),
        "investigation": ("investigation_opened", "department_lead"),
        "resolution": ("findings_accepted", "resolution_officer"),
    }
    stage, role = waits[event.stage]
    forgotten = dict.fromkeys(("pending", "investigator", "outcome", "amount", "currency"))
    return _at_stage(stage, at, waits_for=role, cycle=event.cycle, due_at=event.at, **forgotten, **special)


_STAGES: dict[type[ComplaintEvent], Stage] = {
    intake.ComplaintAcknowledged: "acknowledged",
    intake.RejectionProposed: "rejection_proposed",
    intake.RejectionReturned: "acknowledged",
    intake.ComplaintNotEstablished: "not_established",
    intake.CourtesyReplySent: "courtesy_replied",
    intake.ComplaintReferred: "referred",
    intake.RegisteredInError: "in_error",
    intake.WithdrawalConfirmed: "withdrawal_confirmed",
    investigation.InvestigationOpened: "investigation_opened",
    investigation.InvestigationReopened: "investigation_opened",
    investigation.InformationRequested: "awaiting_information",
    investigation.InformationReceived: "investigating",
    investigation.FindingsSubmitted: "findings_submitted",
    investigation.FindingsReturned: "investigating",
    resolution.RemedyReturned: "findings_accepted",
    resolution.RemedyRejected: "findings_accepted",
    resolution.RemedyDeclined: "findings_accepted",
    resolution.OfferLapsed: "findings_accepted",
    resolution.RemedyAccepted: "accepted",
    resolution.RemedyExecutionStarted: "executing",
    resolution.PaymentOutcomeUnknown: "payment_unknown",
    resolution.RemedyExecutionFailed: "execution_failed",
    callback.CustomerSatisfied: "satisfied",
    callback.CustomerDissatisfied: "dissatisfied",
    callback.UnreachableConcluded: "unreachable",
    callback.FinalPositionReaffirmed: "reaffirmed",
    callback.ComplaintClosed: "closed",
    callback.CaseSummarised: "summarised",
    callback.ComplaintArchived: "archived",
}
"""Facts that move it on and tell nothing else that is shown here."""


_PENDING: dict[type[ComplaintEvent], Pending | None] = {
    intake.WithdrawalRequested: "withdrawal",
    intake.WithdrawalDenied: None,
    intake.VoidingProposed: "voiding",
    intake.VoidingDeclined: None,
    resolution.ReversalProposed: "reversal",
    resolution.ReversalRefused: None,
    resolution.RemedyReversed: None,
    callback.ReviewDecided: None,
}
"""Facts that hold it up, or let it go on."""


def _holds_up(pending: Pending | None) -> Callable[[ComplaintEvent, At], Upsert]:
    return lambda event, at: Upsert(at.subject_id, pending=pending, updated_at=at.recorded)


for _fact, _pending in _PENDING.items():
    VIEW.on(_fact)(_holds_up(_pending))


def _moves_on(stage: Stage) -> Callable[[ComplaintEvent, At], Upsert]:
    return lambda event, at: _at_stage(stage, at)


for _fact, _stage in _STAGES.items():
    VIEW.on(_fact)(_moves_on(_stage))


@VIEW.on(intake.ComplaintWithdrawn)
def withdrawn(event: intake.ComplaintWithdrawn, at: At) -> Upsert:
    """Somebody else confirms it with the customer by then."""
    return _at_stage("withdrawn", at, pending=None, due_at=event.confirm_by)


def visible(table: Table, actor: Any) -> ColumnElement[bool]:
    """Not for whoever declared a conflict of interest; a restricted case only for those who may see it (N16)."""
    free = not_(literal(actor.id) == any_(table.c.conflicted))
    scope = unrestricted(table, actor)
    return free if scope is None else and_(free, scope)


def unsolved(table: Table, actor: Any) -> ColumnElement[bool]:
    """What is not solved, as far as it is visible."""
    return and_(table.c.solved.is_(False), visible(table, actor))


def mine(table: Table, actor: Any) -> ColumnElement[bool]:
    """What the caller keeps track of until it is solved 首问负责 (F29)."""
    return and_(table.c.owner == actor.id, unsolved(table, actor))


VIEW.ask(
    Question(
        path="/cases",
        may=STAFF,
        model=Standing,
        summary="Complaints, the newest first",
        filters=(
            "stage", "waits_for", "pending", "severity", "department", "owner", "person", "number", "solved", "urgent",
            "category", "cause", "outcome", "investigator",
        ),
        ranges=("received_at", "due_at"),
        order="received_at",
        descending=True,
        where=visible,
    )
)  # fmt: skip
VIEW.ask(
    Question(
        path="/worklists/mine",
        may=STAFF,
        model=Standing,
        summary="What I keep track of until it is solved, the earliest due first",
        filters=("stage", "severity", "pending"),
        order="due_at",
        where=mine,
    )
)
VIEW.ask(
    Question(
        path="/worklists/team",
        may=STAFF,
        model=Standing,
        summary="What is not solved, the earliest due first",
        filters=("department", "waits_for", "stage", "severity", "owner", "investigator", "urgent", "pending"),
        ranges=("due_at",),
        order="due_at",
        where=unsolved,
    )
)
