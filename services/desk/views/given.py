"""What was every customer granted, and does it still stand?"""

from typing import Any, Final

from shared.events import resolution
from shared.events.base import Event
from shared.projections.view import At, Upsert, View, minor_units, moment, number, text

VIEW = View(
    name="given",
    version=2,
    columns=(
        text("complaint_id"),
        number("cycle"),
        text("digest"),
        text("kind"),
        minor_units("amount"),
        text("currency"),
        moment("approved_at"),
        moment("executed_at"),
        text("paid_to"),
        text("ended"),
    ),
    indexes=(("complaint_id",), ("paid_to",)),
)
"""One row a remedy that was submitted; `ended` says what became of one that stands no more. Counted as resolution does
(N4): from its last approval on, until it is dead or has come back."""

_ENDINGS: Final[dict[type[Event], str]] = {
    resolution.RemedyReturned: "returned",
    resolution.RemedyRejected: "rejected",
    resolution.RemedyDeclined: "declined",
    resolution.OfferLapsed: "lapsed",
    resolution.WithdrawalGranted: "withdrawn",
}


@VIEW.on(resolution.RemedySubmitted)
def submitted(event: resolution.RemedySubmitted, at: At) -> Upsert:
    return Upsert(
        f"{at.subject_id}/{event.digest}",
        complaint_id=at.subject_id,
        cycle=event.cycle,
        digest=event.digest,
        kind=event.kind,
        amount=event.amount.minor,
        currency=event.amount.currency,
        ended=None,
    )


@VIEW.on(resolution.RemedyApproved)
def approved(event: resolution.RemedyApproved, at: At) -> Upsert | None:
    """Granted is what the last of its approvers approved."""
    return Upsert(f"{at.subject_id}/{event.digest}", approved_at=event.at) if event.step == event.of else None


@VIEW.on(resolution.RemedyExecutionStarted)
def started(event: resolution.RemedyExecutionStarted, at: At) -> Upsert:
    """In whose sum it counts, whoever's complaint it turns out to be later."""
    return Upsert(f"{at.subject_id}/{event.digest}", paid_to=event.customer)


@VIEW.on(resolution.RemedyExecuted)
def executed(event: resolution.RemedyExecuted, at: At) -> Upsert:
    return Upsert(f"{at.subject_id}/{event.digest}", executed_at=event.at)


@VIEW.on(*_ENDINGS)
def ended(event: Any, at: At) -> Upsert | None:
    """A withdrawal ends a remedy only where one was on its way."""
    return Upsert(f"{at.subject_id}/{event.digest}", ended=_ENDINGS[type(event)]) if event.digest else None


@VIEW.on(resolution.ReversalBooked)
def reversal_booked(event: resolution.ReversalBooked, at: At) -> Upsert | None:
    """Only what came back counts no more; what the provider refused to book still does."""
    booked = event.digest is not None and event.receipt is not None
    return Upsert(f"{at.subject_id}/{event.digest}", ended="reversed") if booked else None
