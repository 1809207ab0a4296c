"""Wishes about the callback, and about what comes of it."""

from datetime import timedelta

from services.callback.commands.archive import ArchiveComplaint
from services.callback.commands.audit_record import AuditCallback
from services.callback.commands.close import CloseComplaint
from services.callback.commands.conclude_unreachable import ConcludeUnreachable
from services.callback.commands.decide_review import DecideReview
from services.callback.commands.reaffirm import ReaffirmFinalPosition
from services.callback.commands.record_attempt import RecordAttempt
from services.callback.commands.record_external_decision import RecordExternalDecision
from services.callback.commands.record_referral import RecordReferral
from services.callback.commands.record_satisfaction import RecordSatisfaction
from services.callback.commands.reopen import ReopenComplaint
from services.callback.commands.request_review import RequestReview
from services.callback.commands.reschedule import RescheduleCallback
from services.callback.commands.summarise import SummariseCase
from tests.stateful.people import holding
from tests.stateful.scene import Scene
from tests.stateful.wishes.made import Body, Wishes, on_complaint

WISHES = Wishes()
WISHES[ArchiveComplaint] = on_complaint
WISHES[ConcludeUnreachable] = on_complaint
WISHES[SummariseCase] = on_complaint

_ACTIONS = ("file_ready", "identified", "asked_permission", "stated_subject", "discussed", "thanked")


@WISHES.for_(RecordAttempt)
def _attempt(scene: Scene) -> Body:
    """By telephone or in writing; mostly as it was just made, sometimes written down later."""
    reached = scene.chance(0.15 if scene.mood == "hard to reach" else 0.7)
    outcome = "reached" if reached else scene.one_of(("no_answer", "busy", "refused", "asked_later"))
    return {
        "complaint_id": scene.complaint,
        "outcome": outcome,
        "channel": scene.one_of(("phone", "sms", "letter")),
        "called_at": scene.maybe(0.3, scene.lately(20)),
        "recording": scene.proof(),
        "actions": _ACTIONS if scene.chance(0.95) else (),
        "customer_requested": scene.chance(0.3),
        "call_again_at": scene.soon(3) if outcome == "asked_later" and scene.chance(0.5) else None,
    }


@WISHES.for_(RescheduleCallback)
def _reschedule(scene: Scene) -> Body:
    begin = scene.now + timedelta(hours=scene.random.randint(1, 100))
    return {
        "complaint_id": scene.complaint,
        "begin": begin,
        "end": begin + timedelta(hours=scene.random.randint(1, 4)),
        "requested_by_customer": scene.chance(0.6),
        "proof": scene.proof(),
    }


@WISHES.for_(RecordSatisfaction)
def _satisfaction(scene: Scene) -> Body:
    reached_by = list(scene.callback.now.reached_by)
    content = scene.chance(0.3 if scene.mood == "hard to content" else 0.8)
    return {"complaint_id": scene.complaint, "satisfied": content, "by": reached_by}


@WISHES.for_(AuditCallback)
def _audit(scene: Scene) -> Body:
    callers = [*scene.callback.now.unaudited] or [*scene.callback.now.callers] or ["huang.ting"]
    return {"complaint_id": scene.complaint, "caller": scene.one_of(sorted(callers)), "truthful": scene.chance(0.7)}


@WISHES.for_(CloseComplaint)
def _close(scene: Scene) -> Body:
    satisfied = scene.callback.now.result == "satisfied"
    who = holding(scene.firm, "callback_agent") if satisfied else holding(scene.firm, "department_lead", "triage_lead")
    return {"complaint_id": scene.complaint, "by": who}


@WISHES.for_(ReopenComplaint)
def _reopen(scene: Scene) -> Body:
    state = scene.callback
    likely = "dissatisfied" if state.now.result == "dissatisfied" else "new_facts"
    likely = "external_decision" if state.overruled else "record_untrue" if state.now.groundless else likely
    reasons = ("dissatisfied", "new_facts", "disputed", "external_decision", "record_untrue")
    return {"complaint_id": scene.complaint, "reason": likely if scene.chance(0.7) else scene.one_of(reasons)}


@WISHES.for_(ReaffirmFinalPosition)
def _reaffirm(scene: Scene) -> Body:
    return {"complaint_id": scene.complaint, "new_facts": scene.chance(0.1)}


@WISHES.for_(RequestReview)
def _request_review(scene: Scene) -> Body:
    code = scene.next_code("review-", scene.callback.reviews)
    superior = scene.chance(0.2)
    return {
        "complaint_id": scene.complaint,
        "review": code,
        "asked_by": "superior_institution" if superior else "customer",
        "by": holding(scene.firm, "regulator_desk" if superior else "agent"),
    }


@WISHES.for_(DecideReview)
def _decide_review(scene: Scene) -> Body:
    return {
        "complaint_id": scene.complaint,
        "review": scene.callback.review or "review-1",
        "result": scene.one_of(("upheld", "changed")),
    }


@WISHES.for_(RecordReferral)
def _referral(scene: Scene) -> Body:
    return {"complaint_id": scene.complaint, "referral": scene.next_code("referral-", scene.callback.referrals)}


@WISHES.for_(RecordExternalDecision)
def _external(scene: Scene) -> Body:
    open_ones = [code for code, decided in scene.callback.referrals.items() if not decided]
    return {
        "complaint_id": scene.complaint,
        "referral": scene.one_of(open_ones or ["referral-1"]),
        "result": scene.one_of(("upheld", "changed")),
    }
