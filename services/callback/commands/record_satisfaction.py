"""客户满意/不满意 What the customer, reached, says of the handling."""

from pydantic import Field

from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.events.callback import CallbackEvent, CustomerDissatisfied, CustomerSatisfied
from shared.events.vocabulary import Scores
from shared.privacy.personal import Personal


class RecordSatisfaction(ComplaintCommand, path="/complaints/{complaint_id}/satisfaction", may=("callback_agent",)):
    """Record the customer's word, four scores and their own words (handbook rows F43, F48, domain 4.2).

    Once a cycle, and only by the very caller who reached them in it. A second word is refused, not compared: the
    customer's words are sealed, so nobody can tell here whether it says the same.
    """

    satisfied: bool
    scores: Scores
    words: str = Field(min_length=1, max_length=16_000, pattern=r"\S")


def decide(state: Callback, command: RecordSatisfaction) -> list[CallbackEvent]:
    state.must_await_callback(command.actor)
    if not state.reached_by:
        raise Refused("not_reached", "Nobody reached the customer in this cycle. Record the attempt that did first.")
    if command.actor.id not in state.reached_by:
        raise Refused("another_caller", "Only the caller who reached the customer records what they said.")
    said = CustomerSatisfied if command.satisfied else CustomerDissatisfied
    words = Personal.of(state.person, command.words)
    return [said(at=command.at, by=command.actor.id, cycle=state.cycle, scores=command.scores, words=words)]
