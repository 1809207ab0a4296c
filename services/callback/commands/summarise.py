"""总结评价 What the firm learns from a closed complaint."""

from pydantic import Field

from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.events.callback import CallbackEvent, CaseSummarised
from shared.events.vocabulary import Code
from shared.privacy.personal import Personal


class SummariseCase(ComplaintCommand, path="/complaints/{complaint_id}/summary", may=("triage_lead",)):
    """Sum up a closed complaint: its cause and the lesson (handbook row F12). Once a cycle; the archive follows."""

    cause: Code
    lesson: str = Field(min_length=1, max_length=16_000, pattern=r"\S")


def decide(state: Callback, command: SummariseCase) -> list[CallbackEvent]:
    state.must_be_registered()
    if not state.closed:
        raise Refused("not_closed", "Only a closed complaint is summed up. Close it first.")
    if state.summarised:
        raise Refused("already_summarised", "The summary of this cycle stands. What is new needs a reopening.")
    lesson = Personal.of(state.person, command.lesson)
    return [CaseSummarised(at=command.at, by=command.actor.id, cycle=state.cycle, cause=command.cause, lesson=lesson)]
