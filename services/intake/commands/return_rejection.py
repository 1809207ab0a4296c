"""退回重判 Send a proposed rejection back to be judged anew."""

from typing import Any, ClassVar

from services.intake.rules import RejectingCommand, rejection_before_second_person
from services.intake.state import Intake
from shared.decide import Known
from shared.decide.wording import Reasoning
from shared.events.intake import IntakeEvent, RejectionReturned
from shared.privacy.personal import Personal


class ReturnRejection(
    RejectingCommand,
    path="/complaints/{complaint_id}/rejection/return",
    may=("triage_lead", "reviewer", "department_lead"),
    needs=("staff:{actor}",),
    contested=True,
    in_person=True,
):
    """The second person does not agree that it is not established: it is judged anew. Source: N9."""

    example: ClassVar[dict[str, Any]] = {"reasons": "The recording of the call was not heard. Judge it anew."}

    reasons: Reasoning


def decide(state: Intake, command: ReturnRejection, known: Known) -> list[IntakeEvent]:
    rejection_before_second_person(state, command.actor, known)
    return [
        RejectionReturned(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            reasons=Personal.of(state.person, command.reasons),
        )
    ]
