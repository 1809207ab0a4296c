"""投诉不成立 Agree, as the second person, that a complaint is not established."""

from typing import Any, ClassVar

from services.intake.rules import RejectingCommand, rejection_before_second_person
from services.intake.state import Intake
from shared.decide import Known
from shared.decide.wording import Reasoning
from shared.events.intake import ComplaintNotEstablished, IntakeEvent
from shared.privacy.personal import Personal


class ConfirmRejection(
    RejectingCommand,
    path="/complaints/{complaint_id}/rejection/confirmation",
    may=("triage_lead", "reviewer", "department_lead"),
    needs=("staff:{actor}",),
    contested=True,
    in_person=True,
):
    """The second person agrees, with reasons of their own, that it is not established. Source: domain 1.4 (3), N9."""

    example: ClassVar[dict[str, Any]] = {"reasons": "The fee stands in the signed contract, on its first page."}

    reasons: Reasoning


def decide(state: Intake, command: ConfirmRejection, known: Known) -> list[IntakeEvent]:
    judgement = rejection_before_second_person(state, command.actor, known)
    return [
        ComplaintNotEstablished(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            judged_by=judgement.by,
            reasons=Personal.of(state.person, command.reasons),
        )
    ]
