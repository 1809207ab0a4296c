"""客户满意/不满意 What the customer, reached, says of the handling."""

from typing import Any, ClassVar

from services.callback.rules import must_await_callback
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.callback import CallbackEvent, CustomerDissatisfied, CustomerSatisfied
from shared.events.vocabulary import Scores
from shared.privacy.personal import Personal


class RecordSatisfaction(ComplaintCommand, path="/complaints/{complaint_id}/satisfaction", may=("callback_agent",)):
    """Record the customer's word, four scores and their own words (handbook rows F43, F48, domain 4.2).

    Once a cycle, and only by the very caller who reached them in it. A second word is refused, not compared: the
    customer's words are sealed, so nobody can tell here whether it says the same.
    """

    example: ClassVar[dict[str, Any]] = {
        "satisfied": True,
        "scores": {"timeliness": 4, "professionalism": 5, "effectiveness": 4, "attitude": 5},
        "words": "The fee came back within two days, and everyone was kind.",
    }

    satisfied: bool
    scores: Scores
    words: Reasoning


def decide(state: Callback, command: RecordSatisfaction) -> list[CallbackEvent]:
    must_await_callback(state, command.actor)
    if not state.reached_by:
        raise Refused("not_reached", "Nobody reached the customer in this cycle. Record the attempt that did first.")
    if command.actor.id not in state.reached_by:
        raise Refused("another_caller", "Only the caller who reached the customer records what they said.")
    said = CustomerSatisfied if command.satisfied else CustomerDissatisfied
    words = Personal.of(state.person, command.words)
    return [said(at=command.at, by=command.actor.id, cycle=state.cycle, scores=command.scores, words=words)]
