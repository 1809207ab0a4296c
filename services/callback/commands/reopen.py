"""重新受理 The complaint begins its next cycle."""

from typing import Literal

from pydantic import Field

from services.callback.limits import special_in
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
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

    reason: Literal["dissatisfied", "new_facts", "disputed"]
    explanation: str = Field(min_length=1, max_length=16_000, pattern=r"\S")


def decide(state: Callback, command: ReopenComplaint) -> list[CallbackEvent]:
    trigger = state.must_be_handled()
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
