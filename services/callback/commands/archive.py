"""归档 A summarised complaint goes to the archive."""

from typing import Any, ClassVar

from services.callback.rules import must_be_registered
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.events.callback import CallbackEvent, ComplaintArchived
from shared.events.vocabulary import SYSTEM


class ArchiveComplaint(ComplaintCommand, path="/complaints/{complaint_id}/archive", may=(SYSTEM, "triage_lead")):
    """Archive: the retention clock starts (handbook rows F01, F21; domain 4.2). It follows the summary of itself."""

    example: ClassVar[dict[str, Any]] = {}


def decide(state: Callback, command: ArchiveComplaint) -> list[CallbackEvent]:
    must_be_registered(state)
    if state.archived:
        return []
    if not state.summarised:
        if command.actor.role == SYSTEM:
            return []  # a reopening came between the summary and its archiving: nothing is wrong, nothing to do
        raise Refused("not_summarised", "Only a summarised complaint is archived. Sum it up first.")
    return [ComplaintArchived(at=command.at, by=command.actor.id, cycle=state.cycle, ending=f"closed_{state.outcome}")]
