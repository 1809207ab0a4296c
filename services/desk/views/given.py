"""What was every customer granted, and does it still stand?"""

from typing import Final

from shared.events import resolution
from shared.events.base import Event
from shared.projections.view import At, Upsert, View, minor_units, moment, number, text

VIEW = View(
    name="given",
    version=1,
    columns=(
        text("complaint_id"),
        number("cycle"),
        text("digest"),
        text("kind"),
        minor_units("amount"),
        text("currency"),
        moment("approved_at"),
        moment("executed_at"),
        text("ended"),
    ),
    indexes=(("complaint_id",),),
)
"""One row a remedy that was submitted; `ended` says what became of one that stands no more."""

Ending = resolution.RemedyReturned | resolution.RemedyRejected | resolution.RemedyDeclined | resolution.OfferLapsed
_ENDINGS: Final[dict[type[Event], str]] = {
    resolution.RemedyReturned: "returned",
    resolution.RemedyRejected: "rejected",
    resolution.RemedyDeclined: "declined",
    resolution.OfferLapsed: "lapsed",
    resolution.RemedyReversed: "reversed",
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


@VIEW.on(resolution.RemedyExecuted)
def executed(event: resolution.RemedyExecuted, at: At) -> Upsert:
    return Upsert(f"{at.subject_id}/{event.digest}", executed_at=event.at)


@VIEW.on(*_ENDINGS)
def ended(event: Ending | resolution.RemedyReversed, at: At) -> Upsert:
    return Upsert(f"{at.subject_id}/{event.digest}", ended=_ENDINGS[type(event)])
