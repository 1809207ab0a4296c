"""客户满意/不满意 What the customer, reached, says of the handling."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from services.callback.rules import must_await_callback
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Line, Reasoning
from shared.events.callback import CallbackEvent, CustomerDissatisfied, CustomerSatisfied
from shared.events.vocabulary import Feedback, Scores
from shared.privacy.personal import Personal


class Said(BaseModel):
    """信息反馈的内容 What the customer said by subject (F52), each at most 500 characters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    customer: Line | None = None
    product: Line | None = None
    service: Line | None = None
    fee: Line | None = None
    value_added: Line | None = None
    opinion: Line | None = None


class RecordSatisfaction(ComplaintCommand, path="/complaints/{complaint_id}/satisfaction", may=("callback_agent",)):
    """Record the customer's word, four scores and their own words (handbook rows F43, F48, F52, domain 4.2).

    Once a cycle, and only by the very caller who reached them in it. A second word is refused, not compared: the
    customer's words are sealed, so nobody can tell here whether it says the same.
    """

    example: ClassVar[dict[str, Any]] = {
        "satisfied": True,
        "scores": {"timeliness": 4, "professionalism": 5, "effectiveness": 4, "attitude": 5},
        "words": "The fee came back within two days, and everyone was kind.",
        "feedback": {"fee": "Tell us of a changed fee before it is charged."},
    }

    satisfied: bool
    scores: Scores
    words: Reasoning
    feedback: Said | None = None


def decide(state: Callback, command: RecordSatisfaction) -> list[CallbackEvent]:
    must_await_callback(state, command.actor)
    if not state.now.reached_by:
        raise Refused("not_reached", "Nobody reached the customer in this cycle. Record the attempt that did first.")
    if command.actor.id not in state.now.reached_by:
        raise Refused("another_caller", "Only the caller who reached the customer records what they said.")
    said = CustomerSatisfied if command.satisfied else CustomerDissatisfied
    word = said(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        scores=command.scores,
        words=Personal.of(state.person, command.words),
        feedback=_feedback(state.person, command.feedback),
    )
    return [word]


def _feedback(person: str, said: Said | None) -> Feedback | None:
    texts = said.model_dump(exclude_none=True) if said is not None else {}
    return Feedback(**{name: Personal.of(person, text) for name, text in texts.items()}) if texts else None
