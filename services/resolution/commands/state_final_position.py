"""最终答复 The firm's last word, once the customer wants none of what it offers."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from services.resolution.rules import (
    acting_in,
    conclusion,
    must_be_impartial,
    must_be_workable,
    must_hold_the_office,
    rounds_are_over,
)
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.wording import LongText, Reasoning
from shared.events.resolution import FinalPositionStated, ResolutionEvent
from shared.events.vocabulary import Channel, Reference
from shared.packs.house import OFFER_ROUNDS
from shared.privacy.personal import Personal
from shared.reference.staff import line_subjects


class StateFinalPosition(
    ComplaintCommand,
    path="/complaints/{complaint_id}/final-position",
    may=("higher_approver",),
    needs=("staff:{actor}",),
    contested=True,
    in_person=True,
):
    """After three offers that were declined or lapsed, or when the customer wants no other (loop 7).

    With reasons, and a letter that says what remedies are open to the customer. By a higher approver who has no part in
    the case and did not approve the last offer. Resolution is concluded with it; the callback follows in any case.
    """

    example: ClassVar[dict[str, Any]] = {
        "reasons": "Three offers covered the whole loss; what is asked beyond has no ground in the contract.",
        "letter": "尊敬的王女士: 我行的最终答复如下。如您不同意, 可向上级机构申请核查, 或申请调解、仲裁, 或提起诉讼。",
        "channel": "letter",
        "proof": "post-20260518-0003",
    }

    reasons: Reasoning
    letter: LongText
    channel: Channel
    proof: Reference

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        return line_subjects((self.actor.id,), states)


def decide(state: Resolution, command: StateFinalPosition, known: Known) -> list[ResolutionEvent]:
    findings = must_be_workable(state, command.actor)
    must_be_impartial(state, findings, command.actor, known)
    if state.remedy is not None:
        raise Refused("another_under_way", "A remedy is on its way. It must be returned or declined first.")
    if not rounds_are_over(state):
        raise Refused(
            "rounds_left",
            f"The customer answered {state.rounds} of {OFFER_ROUNDS} offers. Make another one first.",
            rounds=state.rounds,
            of=OFFER_ROUNDS,
        )
    if acting_in(state.last_approvers, command.actor):
        raise Refused("own_approval", "You approved the last offer. Somebody else must decide this.")
    must_hold_the_office(command.actor, known)
    stated = FinalPositionStated(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        rounds=state.rounds,
        reasons=Personal.of(state.person, command.reasons),
        letter=Personal.of(state.person, command.letter),
        channel=command.channel,
        proof=command.proof,
    )
    return [stated, conclusion(state, findings, "final_position", command.at, command.actor.id)]
