"""总结评价 What the firm learns from a closed complaint."""

from typing import Any, ClassVar

from services.callback.rules import must_be_registered
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.callback import CallbackEvent, CaseSummarised
from shared.events.vocabulary import Code
from shared.privacy.personal import Personal


class SummariseCase(ComplaintCommand, path="/complaints/{complaint_id}/summary", may=("triage_lead",)):
    """Sum up a closed complaint: its cause and the lesson (handbook row F12). Once a cycle; the archive follows."""

    example: ClassVar[dict[str, Any]] = {
        "cause": "fee.unannounced",
        "lesson": "Announce a changed fee by letter, one month before it is charged.",
    }

    cause: Code
    lesson: Reasoning


def decide(state: Callback, command: SummariseCase) -> list[CallbackEvent]:
    must_be_registered(state)
    if not state.now.closed:
        raise Refused("not_closed", "Only a closed complaint is summed up. Close it first.")
    if state.now.summarised:
        raise Refused("already_summarised", "The summary of this cycle stands. What is new needs a reopening.")
    lesson = Personal.of(state.person, command.lesson)
    return [CaseSummarised(at=command.at, by=command.actor.id, cycle=state.cycle, cause=command.cause, lesson=lesson)]
