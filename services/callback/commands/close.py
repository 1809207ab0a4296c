"""结案 The loop is closed."""

from typing import Any, ClassVar, Literal

from services.callback.rules import (
    acting,
    must_be_handled,
    must_have_no_review,
    must_not_have_called,
    must_not_have_handled,
)
from services.callback.state import Callback
from shared.decide import Actor, ComplaintCommand, NotYetSeen, Refused
from shared.events.callback import CallbackEvent, ComplaintClosed

Outcome = Literal["satisfied", "unreachable", "dissatisfied_final"]
_CALLERS = "callback_agent"


class CloseComplaint(
    ComplaintCommand,
    path="/complaints/{complaint_id}/closing",
    may=(_CALLERS, "department_lead", "triage_lead"),
    contested=True,
):
    """Close: handling ended, and in this very cycle the customer was reached and is satisfied, can't be reached, or
    stays dissatisfied with what a higher approver stands by (F21; N1, N2, N24; domain 1.4 gap 5).

    A satisfied customer's complaint is closed by a caller, the other two by a lead who neither called nor handled.
    While a review is open, nothing is closed. That no remedy is left half done follows from the conclusion of this
    cycle: it comes once, and after it resolution does nothing more but take back, which reopens; and a courtesy reply
    leaves before there is any remedy.
    """

    example: ClassVar[dict[str, Any]] = {}


def decide(state: Callback, command: CloseComplaint) -> list[CallbackEvent]:
    must_be_handled(state)
    if state.now.closed:
        return []
    if state.now.withdrawal == "requested":
        raise NotYetSeen("complaint.withdrawal-denied", "What becomes of the withdrawal has not arrived here yet.")
    must_have_no_review(state)
    outcome = _outcome(state)
    _must_be_the_one_to_close(state, command.actor, outcome)
    return [ComplaintClosed(at=command.at, by=command.actor.id, cycle=state.cycle, outcome=outcome)]


def _outcome(state: Callback) -> Outcome:
    now = state.now
    if now.result == "dissatisfied":
        if now.reaffirmed_by:
            return "dissatisfied_final"
        raise Refused("dissatisfied_not_closed", "The customer is dissatisfied. Reopen the complaint instead.")
    if now.unreachable:
        return "unreachable"
    if not now.reached_by:
        raise Refused("not_reached", "The customer was not reached in this cycle. Call them first.")
    if now.result != "satisfied":
        raise Refused("satisfaction_unknown", "Nobody recorded in this cycle what the customer says. Record it first.")
    return "satisfied"


def _must_be_the_one_to_close(state: Callback, actor: Actor, outcome: Outcome) -> None:
    must_not_have_handled(state, actor)
    if outcome == "satisfied":
        if actor.role != _CALLERS:
            raise Refused("caller_closes", "A satisfied customer's complaint is closed by who calls customers back.")
        return
    if actor.role == _CALLERS:
        raise Refused("lead_closes", "Without a satisfied customer only a lead closes. Ask one who did not handle it.")
    must_not_have_called(state, actor)
    if state.now.reaffirmed_by in acting(actor):
        raise Refused("own_reaffirmation", "You stood by the decision yourself. Another must close on it.")
