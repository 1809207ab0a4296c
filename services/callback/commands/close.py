"""结案 The loop is closed."""

from typing import Any, ClassVar

from services.callback.rules import must_be_handled
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.events.callback import CallbackEvent, ComplaintClosed


class CloseComplaint(
    ComplaintCommand, path="/complaints/{complaint_id}/closing", may=("callback_agent",), contested=True
):
    """Close: handling ended, customer reached, customer satisfied, all in this very cycle (F21; N1, N2, N24)."""

    example: ClassVar[dict[str, Any]] = {}


def decide(state: Callback, command: CloseComplaint) -> list[CallbackEvent]:
    must_be_handled(state)
    if state.closed:
        return []
    if state.result == "dissatisfied":
        raise Refused("dissatisfied_not_closed", "The customer is dissatisfied. Reopen the complaint instead.")
    if not state.reached_by:
        raise Refused("not_reached", "The customer was not reached in this cycle. Call them first.")
    if state.result != "satisfied":
        raise Refused("satisfaction_unknown", "Nobody recorded in this cycle what the customer says. Record it first.")
    return [ComplaintClosed(at=command.at, by=command.actor.id, cycle=state.cycle, outcome="satisfied")]
