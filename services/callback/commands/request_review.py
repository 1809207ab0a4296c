"""申请核查 The customer, or the superior institution, wants the decision reviewed."""

from typing import Any, ClassVar, Literal

from services.callback.rules import must_be_handled, must_have_no_review
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.callback import CallbackEvent, ReviewRequested
from shared.events.vocabulary import Channel, Code, Reference
from shared.packs.house import REVIEW_ASKED_WITHIN, REVIEW_DECIDED_WITHIN
from shared.privacy.personal import Personal


class RequestReview(
    ComplaintCommand, path="/complaints/{complaint_id}/reviews", may=("agent", "triage_lead", "regulator_desk")
):
    """Record that a review of the decision is asked for, within 30 days of it (No.3 Art. 20; domain 4.2, 4.3 loop 9).

    It is decided within 30 days, and one is open at a time. While it is, the complaint is neither closed nor reopened.
    """

    example: ClassVar[dict[str, Any]] = {
        "review": "review-1",
        "asked_by": "customer",
        "channel": "letter",
        "proof": "post-in-20260320-4",
        "grounds": "The statement of February was not looked at.",
    }

    review: Code
    """What it is called by, within this complaint."""
    asked_by: Literal["customer", "superior_institution"]
    channel: Channel
    proof: Reference
    grounds: Reasoning


def decide(state: Callback, command: RequestReview) -> list[CallbackEvent]:
    trigger = must_be_handled(state)
    must_have_no_review(state)
    if command.review in state.reviews:
        raise Refused("review_known", "A review of this name was decided already. Give this one another name.")
    if command.asked_by == "superior_institution" and command.actor.role == "agent":
        raise Refused("not_the_desk", "What the superior institution asks for comes in at the regulator desk.")
    decided_at = state.now.decided_at or trigger.at
    if command.at > decided_at + REVIEW_ASKED_WITHIN:
        raise Refused(
            "review_too_late",
            "A review is asked for within 30 days of the decision. New facts may still reopen the complaint.",
            decided_at=decided_at.isoformat(),
        )
    requested = ReviewRequested(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        review=command.review,
        asked_by=command.asked_by,
        channel=command.channel,
        proof=command.proof,
        grounds=Personal.of(state.person, command.grounds),
        decide_by=command.at + REVIEW_DECIDED_WITHIN,
    )
    return [requested]
