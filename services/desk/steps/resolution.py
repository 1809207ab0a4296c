"""What resolution says of where a complaint stands."""

from services.desk.stages import Stage
from services.desk.steps.row import NO_REMEDY, Steps, at_stage, begins, changed, ends, moves_to
from shared.events import resolution
from shared.events.base import ComplaintEvent
from shared.projections.view import Append, At, Upsert


def proposed(event: resolution.RemedyOptionProposed, at: At) -> Upsert | None:
    return changed(at, settlements=Append(event.digest)) if event.settlement else None


def submitted(event: resolution.RemedySubmitted, at: At) -> Upsert:
    terms = {"digest": event.digest, "kind": event.kind, "execute_by": event.execute_by, "given": 0, "steps": 1}
    money = {"amount": event.amount.minor, "currency": event.amount.currency}
    return at_stage("approval_pending", event, at, **terms, **money)


def approved(event: resolution.RemedyApproved, at: At) -> Upsert:
    stage: Stage = "approved" if event.step == event.of else "approval_pending"
    return at_stage(stage, event, at, given=event.step, steps=event.of)


def given_up(event: ComplaintEvent, at: At) -> Upsert:
    """Back to the options, and to the day by which it is to be decided."""
    return at_stage("findings_accepted", event, at, **NO_REMEDY)


def offered(event: resolution.RemedyOffered, at: At) -> Upsert:
    return at_stage("offered", event, at, lapses_at=event.lapses_at)


def concluded(event: resolution.ResolutionConcluded, at: At) -> Upsert:
    money = {"amount": event.total.minor, "currency": event.total.currency}
    return at_stage("concluded", event, at, outcome=event.outcome, **money)


STEPS: Steps = {
    resolution.RemedyOptionProposed: proposed,
    resolution.RemedySubmitted: submitted,
    resolution.RemedyApproved: approved,
    resolution.RemedyReturned: given_up,
    resolution.RemedyRejected: given_up,
    resolution.RemedyDeclined: given_up,
    resolution.OfferLapsed: given_up,
    resolution.RemedyOffered: offered,
    resolution.ResolutionConcluded: concluded,
    resolution.RemedyAccepted: moves_to("accepted"),
    resolution.RemedyExecutionStarted: moves_to("executing"),
    resolution.RemedyStepExecuted: moves_to("executing"),
    resolution.PaymentOutcomeUnknown: moves_to("payment_unknown"),
    resolution.RemedyExecutionFailed: moves_to("execution_failed"),
    resolution.ReversalProposed: begins("reversal"),
    resolution.ReversalRefused: ends("reversal"),
    resolution.RemedyReversed: ends("reversal"),
}
