"""What callback says of where a complaint stands."""

from collections.abc import Iterator

from services.desk.stages import Stage
from services.desk.steps.row import NO_REMEDY, Steps, at_stage, changed, ends, moves_to
from shared.events import callback
from shared.packs.house import INVESTIGATED_WITHIN
from shared.projections.view import Append, At, Upsert


def callback_due(event: callback.CallbackScheduled, at: At) -> Upsert:
    """Due in hours of rest means before these begin."""
    hands = list(dict.fromkeys((*event.handled_by, *event.investigators)))
    return at_stage("callback_due", event, at, call_by=event.call_by or event.due_at, tried=False, hands=hands)


def another_time(event: callback.CallbackHoursChanged | callback.CallbackRescheduled, at: At) -> Upsert:
    call_by = event.end if isinstance(event, callback.CallbackRescheduled) else event.call_by
    return changed(at, call_by=call_by)


def attempted(event: callback.CallbackAttempted, at: At) -> Upsert:
    """Whoever was reached, or given up, is so still after a further call that reached nobody."""
    return at_stage("reached", event, at) if event.outcome == "reached" else changed(at, tried=True)


def audited(event: callback.CallbackRecordAudited, at: At) -> Iterator[Upsert]:
    """What the customer is said to have said counts no more: they are to be called anew, at once, by another."""
    if not event.truthful:
        yield changed(at, untrue=Append(event.caller))
    if event.result_void:
        yield at_stage("record_untrue", event, at, call_by=event.at, tried=False)


def closed(event: callback.ComplaintClosed, at: At) -> Upsert:
    return at_stage("closed", event, at, closing=event.outcome)


def review_requested(event: callback.ReviewRequested, at: At) -> Upsert:
    return changed(at, pending=Append("review"), review_by=event.decide_by)


def decided_outside(event: callback.ExternalDecisionReceived, at: At) -> Upsert | None:
    return changed(at, pending=Append("external_decision")) if event.result == "changed" else None


def reopened(event: callback.ComplaintReopened, at: At) -> Upsert:
    """The next cycle. Of the last one only what was found stays, where it goes on from there."""
    stages: dict[str, Stage] = {
        "judgement": "reopened", "investigation": "investigation_opened", "resolution": "findings_accepted",
    }  # fmt: skip
    forgotten = () if event.stage == "resolution" else ("verdict", "cause", "investigator")
    nowhere = ("department",) if event.stage == "judgement" else ()
    special = {"severity": "special"} if event.special else {}
    return at_stage(
        stages[event.stage], event, at, cycle=event.cycle, pending=[], awaited=[], began_at=event.at,
        decide_by=event.at + INVESTIGATED_WITHIN, **dict.fromkeys((*forgotten, *nowhere, "outcome", "closing")),
        **NO_REMEDY, **special,
    )  # fmt: skip


STEPS: Steps = {
    callback.CallbackScheduled: callback_due,
    callback.CallbackHoursChanged: another_time,
    callback.CallbackRescheduled: another_time,
    callback.CallbackAttempted: attempted,
    callback.CallbackRecordAudited: audited,
    callback.ComplaintClosed: closed,
    callback.ReviewRequested: review_requested,
    callback.ExternalDecisionReceived: decided_outside,
    callback.ComplaintReopened: reopened,
    callback.CustomerSatisfied: moves_to("satisfied"),
    callback.CustomerDissatisfied: moves_to("dissatisfied"),
    callback.UnreachableConcluded: moves_to("unreachable"),
    callback.FinalPositionReaffirmed: moves_to("reaffirmed"),
    callback.CaseSummarised: moves_to("summarised"),
    callback.ComplaintArchived: moves_to("archived"),
    callback.ReviewDecided: ends("review"),
}
