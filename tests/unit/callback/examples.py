"""One complaint whose handling has ended, told in facts and wishes: what the tests of callback are made of."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.callback.commands.archive import ArchiveComplaint
from services.callback.commands.audit_record import AuditCallback
from services.callback.commands.close import CloseComplaint
from services.callback.commands.conclude_unreachable import ConcludeUnreachable
from services.callback.commands.decide_review import DecideReview
from services.callback.commands.pass_deadline import PassCallbackDeadline
from services.callback.commands.reaffirm import ReaffirmFinalPosition
from services.callback.commands.record_attempt import RecordAttempt
from services.callback.commands.record_external_decision import RecordExternalDecision
from services.callback.commands.record_referral import RecordReferral
from services.callback.commands.record_satisfaction import RecordSatisfaction
from services.callback.commands.reopen import ReopenComplaint
from services.callback.commands.request_review import RequestReview
from services.callback.commands.reschedule import RescheduleCallback
from services.callback.commands.summarise import SummariseCase
from shared.decide import Actor, ComplaintCommand
from shared.decide.command import SYSTEM_ACTOR
from shared.events.base import Event
from shared.events.callback import (
    CallbackAttempted,
    CallbackDeadlinePassed,
    CallbackRecordAudited,
    CallbackRescheduled,
    CallbackScheduled,
    CaseSummarised,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintReopened,
    CustomerDissatisfied,
    CustomerSatisfied,
    ExternalDecisionReceived,
    ExternalReferralRecorded,
    FinalPositionReaffirmed,
    ReviewDecided,
    ReviewRequested,
    UnreachableConcluded,
)
from shared.events.intake import (
    ComplaintClassified,
    ComplaintNotEstablished,
    ComplaintReferred,
    ComplaintRegistered,
    ComplaintTakenOver,
    ComplaintWithdrawn,
    CourtesyReplySent,
    RegisteredInError,
    RegistrationCorrected,
    WithdrawalConfirmed,
    WithdrawalDisputed,
    WithdrawalRequested,
)
from shared.events.resolution import RemedyReversed, ResolutionConcluded
from shared.events.vocabulary import SYSTEM, Evidence, Money, Scores
from shared.privacy.personal import Personal
from shared.rooms import open_rooms

ROOMS = open_rooms("services.callback")
SERVICE = ROOMS.service

COMPLAINT = UUID("0b0e9f4c-6d1a-5c7e-8a55-0d7d2f6f1c01")
PERSON = "person:7f1f2b0a-4a35-4f0e-9d52-5c1a0f3b9e11"
TRIGGER = UUID("0197f0a1-5b7c-7d11-8a2b-3c4d5e6f7a8b")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When the handling of the first cycle ended: five in the afternoon where the customer lives."""
DUE = NOW + timedelta(days=3)
SCORES = Scores(timeliness=4, professionalism=5, effectiveness=4, attitude=5)
HANDLED_BY = ("agent-lin", "triage-hua", "lead-ran", "inv-mei")
INVESTIGATORS = ("inv-mei", "inv-tao")

CALLER = Actor("call-wu", "callback_agent", "hotline")
OTHER_CALLER = Actor("call-zhao", "callback_agent", "hotline")
AUDITOR = Actor("audit-fei", "reviewer", "quality")
REVIEWER = Actor("review-bo", "reviewer", "centre")
HIGHER = Actor("high-gu", "higher_approver", "operations")
DESK = Actor("desk-hao", "regulator_desk", "compliance")
APPROVERS = ("appr-tang",)
ACTIONS = ("file_ready", "identified", "asked_permission", "stated_subject", "discussed", "thanked")
TRIAGE = Actor("triage-hua", "triage_lead", "centre")
LEAD = Actor("lead-ran", "department_lead", "cards")
OTHER_LEAD = Actor("triage-yu", "triage_lead", "centre")
LEAD_ELSEWHERE = Actor("lead-xu", "department_lead", "loans")
AGENT = Actor("agent-lin", "agent", "hotline")
COMPLIANCE = Actor("comp-yi", "compliance_officer", "compliance")

E = TypeVar("E", bound=Event)
C = TypeVar("C", bound=ComplaintCommand)


def said(text: str) -> Personal:
    return Personal.of(PERSON, text)


def fact(of: type[E], by: str, days: float, /, **fields: Any) -> E:
    """A fact of the first cycle, so many days after the handling ended, unless the fields say otherwise."""
    return of(**{"at": NOW + timedelta(days=days), "by": by, "cycle": 1} | fields)


# What intake and resolution told us.


def registered(**changes: Any) -> ComplaintRegistered:
    fields: dict[str, Any] = {
        "number": "K7Q2-0M4X",
        "person": PERSON,
        "complainant": said("Wang Fang"),
        "received_at": NOW,
        "channel": "phone",
        "content": said("A fee that nobody announced"),
    }
    return fact(ComplaintRegistered, AGENT.id, -9, **fields | changes)


def corrected(**changes: Any) -> RegistrationCorrected:
    return fact(RegistrationCorrected, AGENT.id, 1, **{"replaces": 1, "reasons": said("They moved")} | changes)


def taken_over(**changes: Any) -> ComplaintTakenOver:
    fields: dict[str, Any] = {
        "system": "old-desk",
        "stage": "resolved",
        "department": "cards",
        "earlier": said("The fee was paid back"),
        "earlier_actors": ("inv-mei",),
        "began_at": NOW - timedelta(days=30),
    }
    return fact(ComplaintTakenOver, AGENT.id, 0, **fields | changes)


def classified(**changes: Any) -> ComplaintClassified:
    return fact(ComplaintClassified, AGENT.id, -9, **{"category": "cards.fees", "severity": "ordinary"} | changes)


def concluded(**changes: Any) -> ResolutionConcluded:
    fields: dict[str, Any] = {
        "outcome": "executed",
        "digest": "d" * 64,
        "total": Money(minor=120_00, currency="CNY"),
        "handled_by": HANDLED_BY,
        "investigators": INVESTIGATORS,
        "department": "cards",
        "cause": "fee.unannounced",
        "basis": "remedy_executed",
        "approvers": APPROVERS,
    }
    return fact(ResolutionConcluded, "exec-gu", 0, **fields | changes)


def replied(**changes: Any) -> CourtesyReplySent:
    fields: dict[str, Any] = {
        "letter": said("We have looked into it"),
        "channel": "letter",
        "proof": "post-1",
        "handled_by": ("agent-lin", "triage-hua", "triage-bo"),
    }
    return fact(CourtesyReplySent, AGENT.id, 0, **fields | changes)


def not_established(**changes: Any) -> ComplaintNotEstablished:
    fields: dict[str, Any] = {"judged_by": "triage-hua", "reasons": said("The fee was agreed")}
    return fact(ComplaintNotEstablished, "triage-bo", -1, **fields | changes)


def referred(**changes: Any) -> ComplaintReferred:
    fields: dict[str, Any] = {
        "reason": "other_firm",
        "to": said("The other bank"),
        "reasons": said("It is their card"),
        "letter": said("Please turn to"),
        "channel": "letter",
        "proof": "post-2",
    }
    return fact(ComplaintReferred, TRIAGE.id, -1, **fields | changes)


def in_error(**changes: Any) -> RegisteredInError:
    fields: dict[str, Any] = {"proposed_by": AGENT.id, "reasons": said("It was an enquiry")}
    return fact(RegisteredInError, TRIAGE.id, -1, **fields | changes)


def withdrawal_requested(**changes: Any) -> WithdrawalRequested:
    evidence = Evidence(kind="recording", reference="rec-9", sha256="a" * 64)
    fields: dict[str, Any] = {"evidence": evidence, "channel": "phone", "words": said("Let it be")}
    return fact(WithdrawalRequested, AGENT.id, -3, **fields | changes)


def withdrawn(**changes: Any) -> ComplaintWithdrawn:
    fields: dict[str, Any] = {"request": TRIGGER, "requested_by": AGENT.id, "confirm_by": NOW}
    return fact(ComplaintWithdrawn, SYSTEM, -3, **fields | changes)


def confirmed(**changes: Any) -> WithdrawalConfirmed:
    fields: dict[str, Any] = {"channel": "phone", "recording": "rec-8", "words": said("Yes")}
    return fact(WithdrawalConfirmed, TRIAGE.id, -2, **fields | changes)


def disputed(**changes: Any) -> WithdrawalDisputed:
    fields: dict[str, Any] = {
        "channel": "phone",
        "recording": "rec-8",
        "words": said("I never said so"),
        "stage": "judgement",
        "requested_by": AGENT.id,
    }
    return fact(WithdrawalDisputed, TRIAGE.id, -2, **fields | changes)


def reversed_remedy(**changes: Any) -> RemedyReversed:
    fields: dict[str, Any] = {
        "option": "o1",
        "digest": "d" * 64,
        "amount": Money(minor=120_00, currency="CNY"),
        "entry": "rev-1",
        "proposed_by": "exec-gu",
        "reasons": said("Paid to another account"),
    }
    return fact(RemedyReversed, "appr-tang", 4, **fields | changes)


# What we said ourselves.


def scheduled(**changes: Any) -> CallbackScheduled:
    fields: dict[str, Any] = {
        "trigger": TRIGGER,
        "trigger_kind": "resolution_concluded",
        "due_at": DUE,
        "handled_by": HANDLED_BY,
        "investigators": INVESTIGATORS,
    }
    return fact(CallbackScheduled, SYSTEM, 0, **fields | changes)


def deadline_passed(**changes: Any) -> CallbackDeadlinePassed:
    return fact(CallbackDeadlinePassed, SYSTEM, 3, **{"due_at": DUE} | changes)


def attempted(outcome: str = "reached", **changes: Any) -> CallbackAttempted:
    fields: dict[str, Any] = {"outcome": outcome, "channel": "phone", "recording": "rec-1", "actions": ACTIONS}
    return fact(CallbackAttempted, CALLER.id, 1, **fields | changes)


def slot(**changes: Any) -> CallbackRescheduled:
    fields: dict[str, Any] = {
        "begin": NOW + timedelta(days=2, hours=1),
        "end": NOW + timedelta(days=2, hours=2),
        "requested_by_customer": False,
        "proof": "rec-1",
    }
    return fact(CallbackRescheduled, CALLER.id, 1, **fields | changes)


def satisfied(**changes: Any) -> CustomerSatisfied:
    return fact(CustomerSatisfied, CALLER.id, 1, **{"scores": SCORES, "words": said("Quick and kind")} | changes)


def dissatisfied(**changes: Any) -> CustomerDissatisfied:
    return fact(CustomerDissatisfied, CALLER.id, 1, **{"scores": SCORES, "words": said("Still there")} | changes)


def audited(**changes: Any) -> CallbackRecordAudited:
    fields: dict[str, Any] = {
        "complete": True,
        "conform": True,
        "truthful": True,
        "items": True,
        "remarks": said("As recorded"),
        "caller": CALLER.id,
    }
    return fact(CallbackRecordAudited, AUDITOR.id, 3, **fields | changes)


def unreachable(**changes: Any) -> UnreachableConcluded:
    fields: dict[str, Any] = {
        "attempts": 3,
        "days": 2,
        "channels": ("phone", "letter"),
        "letter": "post-7",
        "reasons": said("No answer"),
    }
    return fact(UnreachableConcluded, OTHER_LEAD.id, 2, **fields | changes)


def reaffirmed(**changes: Any) -> FinalPositionReaffirmed:
    fields: dict[str, Any] = {
        "reasons": said("It was agreed"),
        "letter": said("We stand by it"),
        "channel": "letter",
        "proof": "post-8",
    }
    return fact(FinalPositionReaffirmed, HIGHER.id, 2, **fields | changes)


def review_requested(**changes: Any) -> ReviewRequested:
    fields: dict[str, Any] = {
        "review": "review-1",
        "asked_by": "customer",
        "channel": "letter",
        "proof": "post-in-1",
        "grounds": said("Look again"),
        "decide_by": NOW + timedelta(days=33),
    }
    return fact(ReviewRequested, "agent-fu", 3, **fields | changes)


def review_decided(**changes: Any) -> ReviewDecided:
    fields: dict[str, Any] = {
        "review": "review-1",
        "result": "upheld",
        "reasons": said("It holds"),
        "department": "centre",
        "letter": said("We have reviewed"),
        "channel": "letter",
        "proof": "post-9",
    }
    return fact(ReviewDecided, REVIEWER.id, 4, **fields | changes)


def referral_recorded(**changes: Any) -> ExternalReferralRecorded:
    fields: dict[str, Any] = {
        "referral": "referral-1",
        "body": "mediation",
        "reference": "MED-1",
        "summary": said("Before the mediators"),
    }
    return fact(ExternalReferralRecorded, COMPLIANCE.id, 4, **fields | changes)


def external_decision(**changes: Any) -> ExternalDecisionReceived:
    fields: dict[str, Any] = {
        "referral": "referral-1",
        "result": "changed",
        "summary": said("Half is paid back"),
        "reference": "MED-1-D",
    }
    return fact(ExternalDecisionReceived, COMPLIANCE.id, 5, **fields | changes)


def reopened(**changes: Any) -> ComplaintReopened:
    fields: dict[str, Any] = {
        "cycle": 2,
        "reason": "dissatisfied",
        "explanation": said("The fee is still there"),
        "special": False,
        "stage": "investigation",
        "excluded": INVESTIGATORS,
    }
    return fact(ComplaintReopened, CALLER.id, 2, **fields | changes)


def closed(**changes: Any) -> ComplaintClosed:
    return fact(ComplaintClosed, CALLER.id, 2, **{"outcome": "satisfied"} | changes)


def summarised(**changes: Any) -> CaseSummarised:
    fields: dict[str, Any] = {"cause": "fee.unannounced", "lesson": said("Announce fees by letter")}
    return fact(CaseSummarised, TRIAGE.id, 5, **fields | changes)


def archived(**changes: Any) -> ComplaintArchived:
    return fact(ComplaintArchived, SYSTEM, 5, **{"ending": "closed_satisfied"} | changes)


# How far it has come.


def at_due(**conclusion: Any) -> tuple[Event, ...]:
    return (registered(), concluded(**conclusion), scheduled())


def at_replied(**reply: Any) -> tuple[Event, ...]:
    return (
        registered(),
        not_established(),
        replied(**reply),
        scheduled(trigger_kind="courtesy_reply", investigators=()),
    )


def at_reached() -> tuple[Event, ...]:
    return (*at_due(), attempted())


def at_satisfied() -> tuple[Event, ...]:
    return (*at_reached(), satisfied())


def at_dissatisfied() -> tuple[Event, ...]:
    return (*at_reached(), dissatisfied())


def tried() -> tuple[Event, ...]:
    """Three tries, on two days, by two channels, the last in writing."""
    return (
        attempted("no_answer", at=NOW + timedelta(hours=1)),
        attempted("busy", at=NOW + timedelta(days=1)),
        attempted("no_answer", channel="letter", at=NOW + timedelta(days=1, hours=1)),
    )


def at_unreachable() -> tuple[Event, ...]:
    return (*at_due(), *tried(), unreachable())


def at_reaffirmed() -> tuple[Event, ...]:
    return (*at_dissatisfied(), reaffirmed())


def at_withdrawn(**withdrawal: Any) -> tuple[Event, ...]:
    return (registered(), withdrawal_requested(), withdrawn(**withdrawal))


def at_closed() -> tuple[Event, ...]:
    return (*at_satisfied(), closed())


def at_archived() -> tuple[Event, ...]:
    return (*at_closed(), summarised(), archived())


def second_due() -> tuple[Event, ...]:
    """The handling of the second cycle has ended, ten days on."""
    at = NOW + timedelta(days=10)
    return (concluded(cycle=2, at=at), scheduled(cycle=2, at=at, due_at=at + timedelta(days=3)))


# What somebody wishes.


def wish(of: type[C], actor: Actor, **body: Any) -> C:
    return of(**{"actor": actor, "at": NOW + timedelta(days=2), "complaint_id": COMPLAINT} | body)


def attempt(actor: Actor = CALLER, **body: Any) -> RecordAttempt:
    said: dict[str, Any] = {"outcome": "reached", "channel": "phone", "recording": "rec-2", "actions": ACTIONS}
    return wish(RecordAttempt, actor, **said | body)


def reschedule(actor: Actor = CALLER, **body: Any) -> RescheduleCallback:
    said: dict[str, Any] = {
        "begin": NOW + timedelta(days=2, hours=1),
        "end": NOW + timedelta(days=2, hours=2),
        "requested_by_customer": False,
        "proof": "rec-2",
    }
    return wish(RescheduleCallback, actor, **said | body)


def record(satisfied: bool = True, actor: Actor = CALLER, **body: Any) -> RecordSatisfaction:
    said: dict[str, Any] = {"satisfied": satisfied, "scores": SCORES, "words": "Quick and kind."}
    return wish(RecordSatisfaction, actor, **said | body)


def conclude_unreachable(actor: Actor = OTHER_LEAD, **body: Any) -> ConcludeUnreachable:
    return wish(ConcludeUnreachable, actor, **{"letter": "post-7", "reasons": "No answer."} | body)


def reaffirm(actor: Actor = HIGHER, **body: Any) -> ReaffirmFinalPosition:
    said: dict[str, Any] = {
        "new_facts": False,
        "reasons": "It was agreed.",
        "letter": "We stand by it.",
        "channel": "letter",
        "proof": "post-8",
    }
    return wish(ReaffirmFinalPosition, actor, **said | body)


def audit(actor: Actor = AUDITOR, **body: Any) -> AuditCallback:
    checks = dict.fromkeys(("complete", "conform", "truthful", "items"), True)
    return wish(AuditCallback, actor, **{"caller": CALLER.id, "remarks": "As recorded.", **checks} | body)


def request_review(actor: Actor = AGENT, **body: Any) -> RequestReview:
    said: dict[str, Any] = {
        "review": "review-1",
        "asked_by": "customer",
        "channel": "letter",
        "proof": "post-in-1",
        "grounds": "Look again.",
    }
    return wish(RequestReview, actor, **said | body)


def decide_review(actor: Actor = REVIEWER, **body: Any) -> DecideReview:
    said: dict[str, Any] = {
        "review": "review-1",
        "result": "upheld",
        "reasons": "It holds.",
        "letter": "We have reviewed it.",
        "channel": "letter",
        "proof": "post-9",
        "at": NOW + timedelta(days=4),
    }
    return wish(DecideReview, actor, **said | body)


def refer(**body: Any) -> RecordReferral:
    said: dict[str, Any] = {
        "referral": "referral-1",
        "body": "mediation",
        "reference": "MED-1",
        "summary": "Before the mediators.",
    }
    return wish(RecordReferral, COMPLIANCE, **said | body)


def record_decision(**body: Any) -> RecordExternalDecision:
    said: dict[str, Any] = {
        "referral": "referral-1",
        "result": "changed",
        "summary": "Half is paid back.",
        "reference": "MED-1-D",
    }
    return wish(RecordExternalDecision, COMPLIANCE, **said | body)


def reopen(reason: str = "dissatisfied", actor: Actor = CALLER) -> ReopenComplaint:
    return wish(ReopenComplaint, actor, reason=reason, explanation="The fee is still there.")


def close(actor: Actor = CALLER) -> CloseComplaint:
    return wish(CloseComplaint, actor)


def summarise(actor: Actor = TRIAGE) -> SummariseCase:
    return wish(SummariseCase, actor, cause="fee.unannounced", lesson="Announce fees by letter.")


def archive(actor: Actor = SYSTEM_ACTOR) -> ArchiveComplaint:
    return wish(ArchiveComplaint, actor)


def pass_deadline(**body: Any) -> PassCallbackDeadline:
    return wish(PassCallbackDeadline, SYSTEM_ACTOR, **{"cycle": 1, "due_at": DUE, "at": DUE} | body)
