"""核查决定 Another unit than the one that decided decides on the review."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from services.callback.rules import acting, begun_again, must_be_registered, must_not_have_handled
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.wording import LongText, Reasoning
from shared.events.callback import CallbackEvent, ReviewDecided
from shared.events.vocabulary import Channel, Code, Reference
from shared.privacy.personal import Personal


class DecideReview(
    ComplaintCommand,
    path="/complaints/{complaint_id}/review-decision",
    may=("reviewer", "higher_approver"),
    in_person=True,
):
    """Decide a review, and tell the customer in writing (No.3 Art. 20; domain 4.2, 4.3 loop 9).

    By somebody who did nothing in the case before, and of another department than the responsible one and those of
    the people who decided. Changed, it is reopened in the same moment: at the remedy, or at judgement if it had not
    been established.
    """

    example: ClassVar[dict[str, Any]] = {
        "review": "review-1",
        "result": "upheld",
        "reasons": "The statement of February shows the same, agreed fee.",
        "letter": "We have reviewed the decision …",
        "channel": "letter",
        "proof": "post-20260402-9",
    }

    review: Code
    result: Literal["upheld", "changed"]
    reasons: Reasoning
    letter: LongText
    channel: Channel
    proof: Reference

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        trigger = states[self.subject_id()].now.trigger
        return () if trigger is None else [f"staff:{each}" for each in trigger.deciders]


def decide(state: Callback, command: DecideReview, known: Known) -> list[CallbackEvent]:
    must_be_registered(state)
    if state.review != command.review:
        raise Refused("no_such_review", "No review of this name is open. Look at the reviews of the complaint.")
    must_not_have_handled(state, command.actor)
    if acting(command.actor) & state.acted:
        raise Refused("acted_before", "You did something in this case before. Another must decide the review.")
    units = _units(state, known)
    if {command.actor.department, known.staff(command.actor.id).department} & units:
        raise Refused("same_unit", "Your department decided this. A review is decided by another one.")
    decided = ReviewDecided(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        review=command.review,
        result=command.result,
        reasons=Personal.of(state.person, command.reasons),
        department=command.actor.department,
        letter=Personal.of(state.person, command.letter),
        channel=command.channel,
        proof=command.proof,
    )
    if command.result == "upheld" or state.now.trigger is None:
        return [decided]  # without a trigger it is being handled anew already, for another reason
    return [decided, begun_again(state, command.at, command.actor.id, "review_changed")]


def _units(state: Callback, known: Known) -> set[str]:
    """Which departments decided: the responsible one, and those of the deciders."""
    deciders = state.now.trigger.deciders if state.now.trigger is not None else ()
    return {state.department, *(known.staff(each).department for each in deciders)}
