"""重新受理 The complaint begins its next cycle."""

from typing import Any, ClassVar, Literal

from services.callback.rules import (
    begun_again,
    must_be_handled,
    must_be_impartial,
    must_be_registered,
    must_have_no_review,
)
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.callback import CallbackEvent
from shared.packs.house import MOST_CYCLES
from shared.privacy.personal import Personal

_LEADS_ALONE = frozenset({"external_decision", "record_untrue"})


class ReopenComplaint(
    ComplaintCommand,
    path="/complaints/{complaint_id}/reopening",
    may=("callback_agent", "department_lead", "triage_lead"),
):
    """Reopen: a dissatisfied customer, new facts, a dispute, a changed decision from outside, or a closing that rested
    on an untrue record (handbook row F22, domain 4.2 and 4.3 loops 1, 2, 5 and 9).

    Only once the handling of this cycle has ended, or the complaint was withdrawn; for all but the first reason also
    after closing and archiving. In the fourth cycle dissatisfaction alone reopens no more: a higher approver answers.
    """

    example: ClassVar[dict[str, Any]] = {
        "reason": "new_facts",
        "explanation": "The customer sent a statement that shows the same fee in February.",
    }

    reason: Literal["dissatisfied", "new_facts", "disputed", "external_decision", "record_untrue"]
    explanation: Reasoning


def decide(state: Callback, command: ReopenComplaint) -> list[CallbackEvent]:
    must_be_registered(state)
    must_be_impartial(state, command.actor)
    if state.now.ending != "withdrawn":
        must_be_handled(state)
    must_have_no_review(state)
    if command.reason in _LEADS_ALONE and command.actor.role == "callback_agent":
        raise Refused("lead_reopens", "Only a lead reopens for this reason. Ask one.")
    match command.reason:
        case "dissatisfied":
            _still_dissatisfied(state)
        case "external_decision" if not state.overruled:
            raise Refused("not_overruled", "No decision from outside that changes ours is recorded. Record it first.")
        case "record_untrue" if not state.now.groundless:
            raise Refused("not_groundless", "The closing rests on no untrue record. Have the record audited first.")
    explanation = Personal.of(state.person, command.explanation)
    return [begun_again(state, command.at, command.actor.id, command.reason, explanation)]


def _still_dissatisfied(state: Callback) -> None:
    if state.now.result != "dissatisfied":
        raise Refused(
            "not_dissatisfied", "The customer did not say in this cycle that they are dissatisfied. Record it first."
        )
    if state.now.reaffirmed_by:
        raise Refused("reaffirmed", "A higher approver stands by the decision. Only what is new reopens it.")
    if state.cycle >= MOST_CYCLES:
        raise Refused(
            "cycles_exhausted",
            f"After {MOST_CYCLES} cycles a higher approver has the last word: ask one to reaffirm the decision.",
            most=MOST_CYCLES,
        )
