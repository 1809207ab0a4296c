"""核查逾期 A review is not decided in time."""

from typing import Any, ClassVar

from services.callback.rules import must_be_registered
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.events.callback import CallbackEvent, ReviewDeadlinePassed
from shared.events.vocabulary import SYSTEM, Code, Instant


class PassReviewDeadline(ComplaintCommand, path="/complaints/{complaint_id}/review-deadline", may=(SYSTEM,)):
    """Write down that a review was not decided within its 30 days (No.3 Art. 20; N12)."""

    example: ClassVar[dict[str, Any]] = {"review": "review-1", "due_at": "2026-04-19T09:00:00Z"}

    review: Code
    due_at: Instant


def decide(state: Callback, command: PassReviewDeadline) -> list[CallbackEvent]:
    must_be_registered(state)
    if command.at < command.due_at:
        raise Refused("not_due", "The review is not due yet. Ask again when it is.")
    if command.review not in state.reviews:
        raise Refused("no_such_review", "No review of this name was asked for. Only one that was can be late.")
    decided_at = state.reviews[command.review]
    if command.review in state.reviews_overdue or (decided_at is not None and decided_at <= command.due_at):
        return []
    passed = ReviewDeadlinePassed(
        at=command.at, by=command.actor.id, cycle=state.cycle, review=command.review, due_at=command.due_at
    )
    return [passed]
