"""One complaint of Mr Zhao's, told in facts, and the people who deal with it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.intake.state import Intake
from shared.decide import Actor
from shared.events.base import Event
from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.intake import (
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
    ComplianceSignedOff,
    ConfirmationDeadlinePassed,
    CourtesyReplySent,
    CustomerChased,
    DuplicateDismissed,
    DuplicateSuspected,
    JudgementOverturned,
    NoteAdded,
    NoteCorrected,
    ProgressTold,
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
from shared.events.resolution import WithdrawalGranted, WithdrawalRefused
from shared.events.vocabulary import Evidence
from shared.privacy.personal import Personal
from shared.projections.folding import Row, changes_of, fold
from shared.projections.view import At, View
from shared.reference.staff import StaffMember
from shared.rooms import open_rooms
from tests.sentences import Given, given, state_of

F = TypeVar("F", bound=Event)
ROOMS = open_rooms("services.intake")
SERVICE = ROOMS.service

COMPLAINT = UUID("00000000-0000-4000-8000-00000000000a")
OTHER_COMPLAINT = UUID("00000000-0000-4000-8000-00000000000b")
ZHAO = "person:00000000-0000-4000-8000-0000000000c1"
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
MORNING = NOON - timedelta(hours=3)

AGENT = Actor("agent-1", "agent", "customer-service")
OTHER_AGENT = Actor("agent-2", "agent", "customer-service")
JUDGE = Actor("triage-1", "triage_lead", "triage")
OTHER_JUDGE = Actor("triage-2", "triage_lead", "triage")
REVIEWER = Actor("reviewer-1", "reviewer", "triage")
CARDS_LEAD = Actor("lead-cards", "department_lead", "cards")
LOANS_LEAD = Actor("lead-loans", "department_lead", "loans")
COMPLIANCE = Actor("compliance-1", "compliance_officer", "compliance")
DESK = Actor("desk-1", "regulator_desk", "compliance")
CALLER = Actor("caller-1", "callback_agent", "customer-service")
STAFF_RECORDS: Mapping[str, StaffMember] = {
    f"staff:{actor.id}": StaffMember(joined=True, department=actor.department, roles=(actor.role,))
    for actor in (AGENT, OTHER_AGENT, JUDGE, OTHER_JUDGE, REVIEWER, CARDS_LEAD, LOANS_LEAD, COMPLIANCE, DESK)
}


def words(text: str) -> Personal:
    """Words of or about Mr Zhao."""
    return Personal.of(ZHAO, text)


def after(*events: Event) -> Given:
    """This complaint so far, and a directory in which everyone is at their place."""
    return given(SERVICE, *events).with_references(STAFF_RECORDS)


def intake(*events: Event) -> Intake:
    """What intake knows after these facts."""
    state: Intake = state_of(SERVICE, *events)
    return state


def registered(**fields: Any) -> ComplaintRegistered:
    usual: dict[str, Any] = {
        "number": "7K3M-0Q9Z", "person": ZHAO, "complainant": words("赵敏"), "received_at": MORNING,
        "channel": "phone", "content": words("The fee was charged twice."),
    }  # fmt: skip
    return ComplaintRegistered(at=NOON, by=AGENT.id, cycle=1, **{**usual, **fields})


def acknowledged(cycle: int = 1, by: str = AGENT.id) -> ComplaintAcknowledged:
    return ComplaintAcknowledged(at=NOON, by=by, cycle=cycle, channel="sms", proof=f"sms-{cycle}")


def classified(**fields: Any) -> ComplaintClassified:
    usual: dict[str, Any] = {"cycle": 1, "by": AGENT.id, "category": "cards.fee", "severity": "ordinary"}
    return ComplaintClassified(at=NOON, **{**usual, **fields})


def special(**fields: Any) -> ComplaintClassified:
    return classified(**{"severity": "special", "reasons": ("media",), **fields})


def established(cycle: int = 1, department: str = "cards", by: str = JUDGE.id) -> ComplaintEstablished:
    return ComplaintEstablished(
        at=NOON, by=by, cycle=cycle, grounds=words("Sufficient."), demand=words("Reasonable."),
        department=department, days_asked=15,
    )  # fmt: skip


def rejection_proposed(cycle: int = 1, department: str = "cards", by: str = JUDGE.id) -> RejectionProposed:
    return RejectionProposed(
        at=NOON, by=by, cycle=cycle, grounds=words("None."), demand=words("Too much."),
        reasons=words("The contract says so."), department=department,
    )  # fmt: skip


def rejection_returned(by: str = REVIEWER.id) -> RejectionReturned:
    return RejectionReturned(at=NOON, by=by, cycle=1, reasons=words("Hear the recording."))


def not_established(cycle: int = 1, judged_by: str = JUDGE.id, by: str = REVIEWER.id) -> ComplaintNotEstablished:
    return ComplaintNotEstablished(at=NOON, by=by, cycle=cycle, judged_by=judged_by, reasons=words("I agree."))


def assigned(department: str = "cards", recused: tuple[str, ...] = ()) -> ResponsibleDepartmentAssigned:
    return ResponsibleDepartmentAssigned(at=NOON, by=JUDGE.id, cycle=1, department=department, recused=recused)


def replied(cycle: int = 1) -> CourtesyReplySent:
    return CourtesyReplySent(
        at=NOON, by=AGENT.id, cycle=cycle, letter=words("We are very sorry."), channel="letter",
        proof=f"post-{cycle}", handled_by=(AGENT.id, JUDGE.id, REVIEWER.id),
    )  # fmt: skip


def reopened(cycle: int = 2, stage: str = "judgement", **fields: Any) -> ComplaintReopened:
    usual: dict[str, Any] = {
        "reason": "dissatisfied", "explanation": words("Nobody listened."), "special": False, "excluded": (),
    }  # fmt: skip
    return ComplaintReopened.model_validate(
        {"at": NOON, "by": "caller-1", "cycle": cycle, "stage": stage, **usual, **fields}
    )


def closed(cycle: int = 1) -> ComplaintClosed:
    return ComplaintClosed(at=NOON, by="caller-1", cycle=cycle, outcome="satisfied")


def _said(fact: type[F], by: str, cycle: int = 1, **fields: Any) -> F:
    return fact.model_validate({"at": NOON, "by": by, "cycle": cycle, **fields})


def reclassified(by: str = AGENT.id, **fields: Any) -> ComplaintReclassified:
    usual: dict[str, Any] = {"category": "cards.fee", "severity": "ordinary", "explanation": words("It is a fee.")}
    return _said(ComplaintReclassified, by, **{**usual, **fields})


def taken_over(stage: str = "acknowledged", **fields: Any) -> ComplaintTakenOver:
    usual: dict[str, Any] = {"system": "old-crm", "earlier": words("Some calls."), "began_at": MORNING}
    return _said(ComplaintTakenOver, JUDGE.id, stage=stage, **{**usual, **fields})


def corrected(field: str, **fields: Any) -> RegistrationCorrected:
    usual: dict[str, Any] = {"replaces": 1, "reasons": words("A slip.")}
    return _said(RegistrationCorrected, AGENT.id, field=field, **{**usual, **fields})


def handed_over(to: str) -> ComplaintHandedOver:
    return _said(ComplaintHandedOver, AGENT.id, previous=AGENT.id, to=to, reason="on-leave")


def noted(note: str = "n1", by: str = AGENT.id) -> NoteAdded:
    return _said(NoteAdded, by, note=note, text=words("Call after two."))


def note_corrected(note: str = "n1") -> NoteCorrected:
    return _said(NoteCorrected, AGENT.id, note=note, text=words("Call after three."), reasons=words("Misheard."))


def chased() -> CustomerChased:
    return _said(CustomerChased, AGENT.id, channel="phone", said=words("Where is my money?"))


def progress_told(proof: str = "sms-9") -> ProgressTold:
    return _said(ProgressTold, AGENT.id, channel="sms", told=words("It is looked into."), proof=proof)


def suspected(other: UUID = OTHER_COMPLAINT) -> DuplicateSuspected:
    return _said(DuplicateSuspected, AGENT.id, other=other)


def dismissed(other: UUID = OTHER_COMPLAINT) -> DuplicateDismissed:
    return _said(DuplicateDismissed, AGENT.id, other=other, reasons=words("Another fee."))


def escalated(*reasons: str, cycle: int = 1) -> ComplaintEscalatedToSpecial:
    return _said(ComplaintEscalatedToSpecial, AGENT.id, cycle, reasons=reasons or ("media",))


def signed_off(matter: str = "downgrade", cycle: int = 1, **fields: Any) -> ComplianceSignedOff:
    return _said(ComplianceSignedOff, COMPLIANCE.id, cycle, matter=matter, reasons=words("I allow it."), **fields)


def downgraded(cycle: int = 1) -> ComplaintDowngraded:
    reasons = words("As compliance signed.")
    return _said(ComplaintDowngraded, JUDGE.id, cycle, signed_off_by=COMPLIANCE.id, reasons=reasons)


def reported_upward(to: str = "higher_approver", *, emergency: bool = False) -> ComplaintReportedUpward:
    return _said(ComplaintReportedUpward, AGENT.id, to=to, reasons=words("The press calls."), emergency=emergency)


def overturned(by: str = CARDS_LEAD.id) -> JudgementOverturned:
    return _said(
        JudgementOverturned, by, judged_by=JUDGE.id, confirmed_by=REVIEWER.id, grounds=words("Sufficient after all."),
        demand=words("Reasonable after all."), reasons=words("A page was missing."), department="cards", days_asked=15,
    )  # fmt: skip


def referred() -> ComplaintReferred:
    return _said(
        ComplaintReferred, JUDGE.id, reason="other_firm", to=words("Ping An"), reasons=words("Their policy."),
        letter=words("Please turn to them."), channel="letter", proof="post-77",
    )  # fmt: skip


def voiding_proposed(by: str = AGENT.id, **fields: Any) -> VoidingProposed:
    return _said(VoidingProposed, by, reasons=words("Only a question."), **fields)


def voiding_declined() -> VoidingDeclined:
    return _said(VoidingDeclined, JUDGE.id, reasons=words("It is a complaint."))


def in_error(**fields: Any) -> RegisteredInError:
    return _said(RegisteredInError, JUDGE.id, proposed_by=AGENT.id, reasons=words("I agree."), **fields)


WORD = Evidence(kind="recording", reference="rec-1", sha256="a" * 64)
REQUEST = UUID("00000000-0000-4000-8000-0000000000e1")


def withdrawal_requested(cycle: int = 1, by: str = AGENT.id, evidence: Evidence = WORD) -> WithdrawalRequested:
    words_said = words("I take it back.")
    return _said(WithdrawalRequested, by, cycle, evidence=evidence, channel="phone", words=words_said)


def granted(cycle: int = 1) -> WithdrawalGranted:
    return _said(WithdrawalGranted, "system", cycle, request=REQUEST)


def refused(cycle: int = 1, reason: str = "execution_started") -> WithdrawalRefused:
    return _said(WithdrawalRefused, "system", cycle, request=REQUEST, reason=reason)


def withdrawn(cycle: int = 1, **fields: Any) -> ComplaintWithdrawn:
    usual: dict[str, Any] = {"requested_by": AGENT.id, "confirm_by": NOON + timedelta(days=3)}
    return _said(ComplaintWithdrawn, "system", cycle, request=REQUEST, **{**usual, **fields})


def withdrawal_denied(cycle: int = 1) -> WithdrawalDenied:
    return _said(WithdrawalDenied, "system", cycle, request=REQUEST, reason="execution_started")


def withdrawal_confirmed(at: datetime = NOON) -> WithdrawalConfirmed:
    words_said = words("My own wish.")
    return _said(WithdrawalConfirmed, OTHER_AGENT.id, at=at, channel="phone", recording="rec-2", words=words_said)


def withdrawal_disputed(at: datetime = NOON, stage: str = "judgement") -> WithdrawalDisputed:
    return _said(
        WithdrawalDisputed, OTHER_AGENT.id, at=at, channel="phone", recording="rec-2", words=words("I never said so."),
        stage=stage, requested_by=AGENT.id,
    )  # fmt: skip


def confirmation_missed(cycle: int = 1) -> ConfirmationDeadlinePassed:
    return _said(ConfirmationDeadlinePassed, "system", cycle, due_at=NOON + timedelta(days=3))


READY = (registered(), acknowledged(), classified())
"""Registered, acknowledged, classified: ready to be judged."""
ESTABLISHED = (*READY, established())
REJECTION_PROPOSED = (*READY, rejection_proposed())
REJECTED = (*REJECTION_PROPOSED, not_established())
WITHDRAWING = (*READY, withdrawal_requested())
WITHDRAWN = (*WITHDRAWING, granted(), withdrawn())
VOIDING = (registered(), voiding_proposed())
REFERRED = (*READY, referred())
IN_ERROR = (*VOIDING, in_error())
REOPENED_FOR_JUDGEMENT = (*REJECTED, replied(), reopened())


def row_of(view: View, *events: Event, complaint: UUID = COMPLAINT) -> Row:
    """The one row that a view makes of these facts, written down a minute apart."""
    row: Row | None = None
    for minute, event in enumerate(events):
        subject = f"complaint:{complaint}"
        recorded = NOON + timedelta(minutes=minute)
        at = At(UUID(int=minute), subject, event.source, minute + 1, recorded, getattr(event, "cycle", None))
        for change in changes_of(view, event, at):
            assert change.key == str(complaint)
            row = fold(view, row, change, subject, 0)
    assert row is not None
    return row
