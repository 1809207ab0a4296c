"""维持最终答复 A higher approver stands by what was decided."""

from typing import Any, ClassVar

from services.callback.rules import (
    acting,
    must_be_handled,
    must_have_no_review,
    must_not_have_called,
    must_not_have_handled,
)
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import LongText, Reasoning
from shared.events.callback import CallbackEvent, FinalPositionReaffirmed
from shared.events.vocabulary import Channel, Reference
from shared.packs.house import WRITTEN
from shared.privacy.personal import Personal


class ReaffirmFinalPosition(
    ComplaintCommand, path="/complaints/{complaint_id}/reaffirmation", may=("higher_approver",), in_person=True
):
    """Stand by the decision before a customer who stays dissatisfied, and tell them their rights again in writing
    (domain 1.4 gap 5, 4.2, 4.3 loops 1 and 2).

    By a higher approver who neither decided nor handled it, nor called the customer. New facts reopen it instead.
    """

    example: ClassVar[dict[str, Any]] = {
        "new_facts": False,
        "reasons": "The fee was agreed in writing; nothing that the customer says speaks against it.",
        "letter": "We have looked into it once more … You may turn to the regulator …",
        "channel": "letter",
        "proof": "post-20260310-7",
    }

    new_facts: bool
    """Whether the customer brought anything that nobody has looked at."""
    reasons: Reasoning
    letter: LongText
    """With the customer's rights in it."""
    channel: Channel
    proof: Reference


def decide(state: Callback, command: ReaffirmFinalPosition) -> list[CallbackEvent]:
    trigger = must_be_handled(state)
    if state.now.closed:
        raise Refused("closed", "The complaint is closed. What is new reopens it.")
    if state.now.result != "dissatisfied":
        raise Refused("not_dissatisfied", "The customer did not say in this cycle that they are dissatisfied.")
    if state.now.reaffirmed_by:
        raise Refused("already_reaffirmed", "A higher approver stands by the decision already. Close the complaint.")
    must_have_no_review(state)
    if acting(command.actor) & {*trigger.deciders}:
        raise Refused("own_decision", "You decided this yourself. Another higher approver must look at it.")
    must_not_have_handled(state, command.actor)
    must_not_have_called(state, command.actor)
    if command.new_facts:
        raise Refused("new_facts_reopen", "New facts are looked into, not answered for good. Have it reopened.")
    if command.channel not in WRITTEN:
        raise Refused("not_in_writing", "The customer is told their rights in writing. Send a letter or an e-mail.")
    reaffirmed = FinalPositionReaffirmed(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        reasons=Personal.of(state.person, command.reasons),
        letter=Personal.of(state.person, command.letter),
        channel=command.channel,
        proof=command.proof,
    )
    return [reaffirmed]
