"""不同意作废 Disagree, as the second person, that something was registered in error."""

from typing import Any, ClassVar

from services.intake.rules import voiding_before_second_person
from services.intake.state import Intake
from shared.decide import ComplaintCommand
from shared.decide.wording import Reasoning
from shared.events.intake import IntakeEvent, VoidingDeclined
from shared.privacy.personal import Personal


class DeclineVoiding(
    ComplaintCommand,
    path="/complaints/{complaint_id}/voiding/decline",
    may=("triage_lead",),
    contested=True,
    in_person=True,
):
    """The second person does not agree: it is a complaint, and it goes on. Source: domain 4.2."""

    example: ClassVar[dict[str, Any]] = {"reasons": "The customer says twice that they want to complain."}

    reasons: Reasoning


def decide(state: Intake, command: DeclineVoiding) -> list[IntakeEvent]:
    voiding_before_second_person(state, command.actor)
    return [
        VoidingDeclined(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            reasons=Personal.of(state.person, command.reasons),
        )
    ]
