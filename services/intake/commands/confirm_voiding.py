"""登记作废 Agree, as the second person, that something was registered in error."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from services.intake.rules import (
    must_lose_nothing_special,
    must_never_have_been_judged,
    voiding_before_second_person,
)
from services.intake.state import Intake
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.wording import Reasoning
from shared.events.intake import IntakeEvent, RegisteredInError
from shared.privacy.personal import Personal


class ConfirmVoiding(
    ComplaintCommand,
    path="/complaints/{complaint_id}/voiding/confirmation",
    may=("triage_lead",),
    contested=True,
    in_person=True,
):
    """The second person agrees. It ends here; its number stays findable for ever. Source: domain 4.2."""

    example: ClassVar[dict[str, Any]] = {"reasons": "The recording has a question and no complaint."}

    reasons: Reasoning

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        """The complaint that it is said to be a second entry of."""
        voiding = states[self.subject_id()].voiding
        return (f"complaint:{voiding.duplicate_of}",) if voiding and voiding.duplicate_of else ()


def decide(state: Intake, command: ConfirmVoiding, known: Known) -> list[IntakeEvent]:
    voiding = voiding_before_second_person(state, command.actor)
    must_never_have_been_judged(state)
    must_lose_nothing_special(state, voiding.duplicate_of, known)
    if state.withdrawing:
        raise Refused("withdrawal_pending", "The customer asked to withdraw it. Wait until that is granted or refused.")
    return [
        RegisteredInError(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            proposed_by=voiding.by,
            reasons=Personal.of(state.person, command.reasons),
            contact=voiding.contact,
            duplicate_of=voiding.duplicate_of,
        )
    ]
