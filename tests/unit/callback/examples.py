"""One complaint whose handling has ended, told in facts and wishes: what the tests of callback are made of."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.callback.commands.archive import ArchiveComplaint
from services.callback.commands.close import CloseComplaint
from services.callback.commands.pass_deadline import PassCallbackDeadline
from services.callback.commands.record_attempt import RecordAttempt
from services.callback.commands.record_satisfaction import RecordSatisfaction
from services.callback.commands.reopen import ReopenComplaint
from services.callback.commands.summarise import SummariseCase
from shared.decide import Actor, ComplaintCommand
from shared.decide.command import SYSTEM_ACTOR
from shared.events.base import Event
from shared.events.callback import (
    CallbackAttempted,
    CallbackDeadlinePassed,
    CallbackScheduled,
    CaseSummarised,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintReopened,
    CustomerDissatisfied,
    CustomerSatisfied,
)
from shared.events.intake import ComplaintClassified, ComplaintRegistered, CourtesyReplySent
from shared.events.resolution import ResolutionConcluded
from shared.events.vocabulary import SYSTEM, Money, Scores
from shared.privacy.personal import Personal
from shared.rooms import open_rooms

ROOMS = open_rooms("services.callback")
SERVICE = ROOMS.service

COMPLAINT = UUID("0b0e9f4c-6d1a-5c7e-8a55-0d7d2f6f1c01")
PERSON = "person:7f1f2b0a-4a35-4f0e-9d52-5c1a0f3b9e11"
TRIGGER = UUID("0197f0a1-5b7c-7d11-8a2b-3c4d5e6f7a8b")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When the handling of the first cycle ended."""
DUE = NOW + timedelta(days=3)
SCORES = Scores(timeliness=4, professionalism=5, effectiveness=4, attitude=5)
HANDLED_BY = ("agent-lin", "triage-hua", "lead-ran", "inv-mei")
INVESTIGATORS = ("inv-mei", "inv-tao")

CALLER = Actor("call-wu", "callback_agent", "hotline")
OTHER_CALLER = Actor("call-zhao", "callback_agent", "hotline")
TRIAGE = Actor("triage-hua", "triage_lead", "centre")
LEAD = Actor("lead-ran", "department_lead", "cards")
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


def registered() -> ComplaintRegistered:
    fields: dict[str, Any] = {
        "number": "K7Q2-0M4X",
        "person": PERSON,
        "complainant": said("Wang Fang"),
        "received_at": NOW,
        "channel": "phone",
        "content": said("A fee that nobody announced"),
    }
    return fact(ComplaintRegistered, AGENT.id, -9, **fields)


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
    fields: dict[str, Any] = {"outcome": outcome, "channel": "phone", "recording": "rec-1"}
    return fact(CallbackAttempted, CALLER.id, 1, **fields | changes)


def satisfied(**changes: Any) -> CustomerSatisfied:
    return fact(CustomerSatisfied, CALLER.id, 1, **{"scores": SCORES, "words": said("Quick and kind")} | changes)


def dissatisfied(**changes: Any) -> CustomerDissatisfied:
    return fact(CustomerDissatisfied, CALLER.id, 1, **{"scores": SCORES, "words": said("Still there")} | changes)


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
    return (registered(), replied(**reply), scheduled(trigger_kind="courtesy_reply", investigators=()))


def at_reached() -> tuple[Event, ...]:
    return (*at_due(), attempted())


def at_satisfied() -> tuple[Event, ...]:
    return (*at_reached(), satisfied())


def at_dissatisfied() -> tuple[Event, ...]:
    return (*at_reached(), dissatisfied())


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
    return wish(RecordAttempt, actor, **{"outcome": "reached", "channel": "phone", "recording": "rec-2"} | body)


def record(satisfied: bool = True, actor: Actor = CALLER) -> RecordSatisfaction:
    return wish(RecordSatisfaction, actor, satisfied=satisfied, scores=SCORES, words="Quick and kind.")


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
