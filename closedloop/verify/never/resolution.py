"""Approval, limits, execution, conclusion, reversal (N2 to N6, N23, N24)."""

from collections.abc import Sequence

from closedloop.verify.never.story import Checks, Why, complained_of, hands, happened, of
from shared.events import investigation, resolution
from shared.events.base import Event
from shared.events.envelope import Envelope
from shared.events.vocabulary import SYSTEM

_GAVE_UP = (
    resolution.RemedyReturned,
    resolution.RemedyRejected,
    resolution.RemedyDeclined,
    resolution.OfferLapsed,
)


def _approval(before: Sequence[Event], event: resolution.RemedyApproved, envelope: Envelope) -> Why:
    if event.by in hands(of(before, resolution.RemedyOptionProposed, event.cycle)):
        yield "N3", "approved by its proposer"
    if event.by in _investigators(before):
        yield "N3", "approved by an investigator"
    if event.by in complained_of(before):
        yield "N3", "approved by the person complained of"
    if envelope.on_behalf_of is not None:
        yield "N3", "approved on behalf of somebody"
    if SYSTEM in (event.by, envelope.role):
        yield "N23", "approved by nobody"
    answered_for = event.total or event.amount
    if event.step == event.of and max(answered_for.minor, event.amount.minor) > event.limit.minor:
        yield "N4", "approved above the approver's limit"
    submitted = of(before, resolution.RemedySubmitted, event.cycle)
    if not any(each.digest == event.digest and each.amount == event.amount for each in submitted):
        yield "N5", "approved something else than what was submitted in this cycle"
    steps = _standing_approvals(before, event.digest, event.cycle)
    if event.by in {each.by for each in steps}:
        yield "N3", "two steps approved by one person"
    if event.step != len(steps) + 1:
        yield "N4", "approved out of order"


def _investigators(before: Sequence[Event]) -> set[str]:
    given = (investigation.InvestigatorAssigned, investigation.InvestigatorReplaced)
    return {each.investigator for each in before if isinstance(each, given)}


def _standing_approvals(before: Sequence[Event], digest: str, cycle: int) -> list[resolution.RemedyApproved]:
    """Approvals of a digest that were not undone since."""
    standing: list[resolution.RemedyApproved] = []
    for each in before:
        if isinstance(each, resolution.RemedyApproved) and (each.digest, each.cycle) == (digest, cycle):
            standing.append(each)
        elif isinstance(each, _GAVE_UP) and each.digest == digest:
            standing = []
    return standing


def _execution(before: Sequence[Event], event: resolution.RemedyExecutionStarted, _: Envelope) -> Why:
    steps = _standing_approvals(before, event.digest, event.cycle)
    approved = [each for each in steps if each.step == each.of]
    if not approved:
        yield "N5", "executed without a whole approval of this very remedy in this cycle"
    else:
        if _started(before, event) + event.amount.minor > approved[-1].amount.minor:
            yield "N4", "more was executed than was approved"
        if event.amount.minor and hands(steps).intersection(event.hands):
            yield "N3", "executed by an approver"
        if complained_of(before) & {each.by for each in steps}:
            yield "N3", "executed on the word of the person complained of"
    kinds = {each.digest: each for each in of(before, resolution.RemedyOptionProposed, event.cycle)}
    proposed = kinds.get(event.digest)
    needs_acceptance = event.amount.minor > 0 or (proposed is not None and proposed.settlement)
    if needs_acceptance and not _accepted(before, event.digest, event.cycle):
        yield "N5", "executed before the customer accepted in this cycle"
    if event.payment in {each.payment for each in of(before, resolution.RemedyExecutionStarted)}:
        yield "N6", "a payment reference was used twice"
    if happened(before, resolution.ResolutionConcluded, event.cycle):
        yield "N6", "executed after the conclusion"
    if happened(before, resolution.WithdrawalGranted, event.cycle):
        yield "N5", "executed after the complaint was withdrawn"
    unknown = {each.payment for each in of(before, resolution.PaymentOutcomeUnknown, event.cycle)}
    settled = (
        resolution.PaymentReconciled, resolution.RemedyStepExecuted, resolution.RemedyExecutionFailed,
    )  # fmt: skip
    if unknown - {each.payment for each in before if isinstance(each, settled)}:
        yield "N6", "executed while the outcome of an earlier payment was unknown"


def _started(before: Sequence[Event], event: resolution.RemedyExecutionStarted) -> int:
    failed = {each.payment for each in of(before, resolution.RemedyExecutionFailed, event.cycle)}
    failed |= {each.payment for each in of(before, resolution.PaymentReconciled, event.cycle) if not each.paid}
    started = of(before, resolution.RemedyExecutionStarted, event.cycle)
    return sum(each.amount.minor for each in started if each.digest == event.digest and each.payment not in failed)


def _accepted(before: Sequence[Event], digest: str, cycle: int) -> bool:
    return any(each.digest == digest for each in of(before, resolution.RemedyAccepted, cycle))


def _step(before: Sequence[Event], event: resolution.RemedyStepExecuted, _: Envelope) -> Why:
    if any(each.payment == event.payment for each in of(before, resolution.RemedyStepExecuted)):
        yield "N6", "the same step was executed twice"
    if event.payment not in {each.payment for each in of(before, resolution.RemedyExecutionStarted, event.cycle)}:
        yield "N5", "a step of an execution that never started"


def _reconciled(before: Sequence[Event], event: resolution.PaymentReconciled, _: Envelope) -> Why:
    starts = (each for each in of(before, resolution.RemedyExecutionStarted) if each.payment == event.payment)
    if hands(starts).intersection(event.hands):
        yield "N3", "a payment reconciled by whoever had started it"


def _conclusion(before: Sequence[Event], event: resolution.ResolutionConcluded, _: Envelope) -> Why:
    if happened(before, resolution.ResolutionConcluded, event.cycle):
        yield "N24", "concluded twice in one cycle"
    if happened(before, resolution.WithdrawalGranted, event.cycle):
        yield "N24", "concluded after the complaint was withdrawn"
    executed = {each.digest for each in of(before, resolution.RemedyExecuted, event.cycle)}
    if event.outcome == "executed" and event.digest not in executed:
        yield "N5", "concluded as executed without an execution"
    if event.outcome == "final_position" and not happened(before, resolution.FinalPositionStated, event.cycle):
        yield "N5", "concluded as the final position, which nobody had stated"


def _final(before: Sequence[Event], event: resolution.FinalPositionStated, envelope: Envelope) -> Why:
    if SYSTEM in (event.by, envelope.role):
        yield "N23", "the final position was stated by nobody"
    if event.by in _investigators(before) or event.by in complained_of(before):
        yield "N3", "the final position was stated by somebody with an interest"


def _reversed(before: Sequence[Event], event: resolution.RemedyReversed, _: Envelope) -> Why:
    proposals = (each for each in of(before, resolution.ReversalProposed) if each.digest == event.digest)
    if event.by == event.proposed_by or event.by in hands(proposals):
        yield "N3", "reversed by one person alone"
    if event.digest not in {each.digest for each in of(before, resolution.RemedyExecuted)}:
        yield "N5", "reversed what was never executed"
    if event.digest in {each.digest for each in of(before, resolution.RemedyReversed)}:
        yield "N6", "reversed twice"


def _granted(before: Sequence[Event], event: resolution.WithdrawalGranted, _: Envelope) -> Why:
    failed = {each.payment for each in of(before, resolution.RemedyExecutionFailed, event.cycle)}
    started = {each.payment for each in of(before, resolution.RemedyExecutionStarted, event.cycle)}
    if started - failed:
        yield "N5", "a withdrawal was granted while money was on its way"


CHECKS: Checks = {
    resolution.RemedyApproved: (_approval,),
    resolution.RemedyExecutionStarted: (_execution,),
    resolution.RemedyStepExecuted: (_step,),
    resolution.PaymentReconciled: (_reconciled,),
    resolution.ResolutionConcluded: (_conclusion,),
    resolution.FinalPositionStated: (_final,),
    resolution.RemedyReversed: (_reversed,),
    resolution.WithdrawalGranted: (_granted,),
}
