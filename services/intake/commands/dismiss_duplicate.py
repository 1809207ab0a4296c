"""排除重复投诉 Say that two complaints alike are two matters."""

from typing import Any, ClassVar
from uuid import UUID

from services.intake.rules import must_be_impartial, must_be_open
from services.intake.state import Intake
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.intake import DuplicateDismissed, IntakeEvent
from shared.privacy.personal import Personal


class DismissDuplicate(
    ComplaintCommand, path="/complaints/{complaint_id}/duplicates/{other}/dismissal", may=("agent", "triage_lead")
):
    """Somebody looked, and the other complaint of this customer is another matter. Source: domain 4.2."""

    example: ClassVar[dict[str, Any]] = {"reasons": "另一笔是一月的年费, 本笔是三月的利息。"}

    other: UUID
    reasons: Reasoning


def decide(state: Intake, command: DismissDuplicate) -> list[IntakeEvent]:
    must_be_open(state)
    must_be_impartial(state, command.actor)
    if command.other not in state.suspected:
        raise Refused("not_suspected", "Nobody took that complaint for the same matter. Load the complaint again.")
    if command.other in state.dismissed:
        return []
    return [
        DuplicateDismissed(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            other=command.other,
            reasons=Personal.of(state.person, command.reasons),
        )
    ]
