"""Callback, closing, reopening, audits, reviews (N1, N2, N8, N24)."""

from collections.abc import Sequence

from closedloop.verify.never.story import Checks, Why, hands, happened, of
from shared.events import callback, intake, resolution
from shared.events.base import ComplaintEvent, Event
from shared.events.envelope import Envelope

_GAVE_UP = (
    resolution.RemedyExecuted,
    resolution.RemedyReturned,
    resolution.RemedyRejected,
    resolution.RemedyDeclined,
    resolution.OfferLapsed,
)


def _closing(before: Sequence[Event], event: callback.ComplaintClosed, _: Envelope) -> Why:
    cycle = event.cycle
    needed: dict[str, type[ComplaintEvent]] = {
        "satisfied": callback.CustomerSatisfied,
        "unreachable": callback.UnreachableConcluded,
        "dissatisfied_final": callback.FinalPositionReaffirmed,
    }
    if not happened(before, needed[event.outcome], cycle):
        yield "N1", f"closed as {event.outcome} without what it rests on in this cycle"
    if event.outcome == "satisfied":
        yield from _satisfied(before, cycle)
    if _open_remedies(before, cycle):
        yield "N2", "closed while an approved remedy was neither executed nor given up"
    if len(of(before, callback.ReviewRequested)) > len(of(before, callback.ReviewDecided)):
        yield "N2", "closed while a review was open"
    if happened(before, callback.ComplaintClosed, cycle):
        yield "N24", "closed twice in one cycle"


def _satisfied(before: Sequence[Event], cycle: int) -> Why:
    untrue = {each.caller for each in of(before, callback.CallbackRecordAudited, cycle) if not each.truthful}
    calls = of(before, callback.CallbackAttempted, cycle)
    if not any(call.outcome == "reached" and call.by not in untrue for call in calls):
        yield "N1", "closed without a true record that the customer was reached in this cycle"
    said = [e for e in before if isinstance(e, callback.CustomerSatisfied | callback.CustomerDissatisfied)]
    if not said or not isinstance(said[-1], callback.CustomerSatisfied):
        yield "N1", "closed as satisfied over a dissatisfied customer"


def _open_remedies(before: Sequence[Event], cycle: int) -> set[str]:
    if any(each.outcome == "final_position" for each in of(before, resolution.ResolutionConcluded, cycle)):
        return set()
    settled = {each.digest for each in before if isinstance(each, _GAVE_UP)}
    settled |= {each.digest for each in of(before, resolution.ResolutionConcluded, cycle) if each.digest}
    return {each.digest for each in of(before, resolution.RemedyApproved, cycle)} - settled


def _attempt(before: Sequence[Event], event: callback.CallbackAttempted, _: Envelope) -> Why:
    scheduled = of(before, callback.CallbackScheduled, event.cycle)
    if any({*each.handled_by, *each.investigators}.intersection(event.hands) for each in scheduled):
        yield "N8", "called back by somebody who handled the case"
    if not scheduled:
        yield "N24", "called back without a callback scheduled in this cycle"


def _scheduled(before: Sequence[Event], event: callback.CallbackScheduled, _: Envelope) -> Why:
    if happened(before, callback.CallbackScheduled, event.cycle):
        yield "N24", "two callbacks in one cycle"


def _audited(before: Sequence[Event], event: callback.CallbackRecordAudited, _: Envelope) -> Why:
    record = (each for each in of(before, callback.CallbackAttempted, event.cycle) if each.by == event.caller)
    if event.by == event.caller or event.by in hands(record):
        yield "N8", "a caller audited their own record"


def _unreachable(before: Sequence[Event], event: callback.UnreachableConcluded, _: Envelope) -> Why:
    calls = of(before, callback.CallbackAttempted, event.cycle)
    if hands(calls).intersection(event.hands):
        yield "N1", "found unreachable by a caller"
    if len(calls) < 3 or len({call.channel for call in calls}) < 2:
        yield "N1", "found unreachable after too little"


def _reopened(before: Sequence[Event], event: callback.ComplaintReopened, _: Envelope) -> Why:
    if event.cycle != 2 + len(of(before, callback.ComplaintReopened)):
        yield "N24", "the cycle did not grow by one"
    ended = (
        resolution.ResolutionConcluded, intake.CourtesyReplySent, intake.ComplaintWithdrawn, intake.ComplaintTakenOver,
    )  # fmt: skip
    if not any(isinstance(each, ended) and each.cycle == event.cycle - 1 for each in before):
        yield "N24", "reopened what had not ended"


CHECKS: Checks = {
    callback.ComplaintClosed: (_closing,),
    callback.CallbackAttempted: (_attempt,),
    callback.CallbackScheduled: (_scheduled,),
    callback.CallbackRecordAudited: (_audited,),
    callback.UnreachableConcluded: (_unreachable,),
    callback.ComplaintReopened: (_reopened,),
}
