"""重新受理 The complaint begins its next cycle."""

from typing import Any, ClassVar, Literal

from services.callback.limits import special_in
from services.callback.rules import must_be_handled
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.callback import CallbackEvent, ComplaintReopened
from shared.privacy.personal import Personal


class ReopenComplaint(
    ComplaintCommand,
    path="/complaints/{complaint_id}/reopening",
    may=("callback_agent", "department_lead", "triage_lead"),
):
    """Reopen: a dissatisfied customer, new facts, or a dispute (handbook row F22, domain 4.2 and 4.3 loops 1 and 2).

    Only once the handling of this cycle has ended. For new facts and disputes also after closing and archiving.
    """

    example: ClassVar[dict[str, Any]] = {
        "reason": "new_facts",
        "explanation": "The customer sent a statement that shows the same fee in February.",
    }

    reason: Literal["dissatisfied", "new_facts", "disputed"]
    explanation: Reasoning


def decide(state: Callback, command: ReopenComplaint) -> list[CallbackEvent]:
    trigger = must_be_handled(state)
    if command.reason == "dissatisfied" and state.result != "dissatisfied":
        raise Refused(
            "not_dissatisfied", "The customer did not say in this cycle that they are dissatisfied. Record it first."
        )
    never_investigated = trigger.kind == "courtesy_reply"
    reopened = ComplaintReopened(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle + 1,
        reason=command.reason,
        explanation=Personal.of(state.person, command.explanation),
        special=special_in(state.cycle + 1, state.severity),
        stage="judgement" if never_investigated else "investigation",
        excluded=trigger.handled_by if never_investigated else trigger.investigators,
    )
    return [reopened]
