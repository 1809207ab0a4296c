"""升级为特殊类 Make an ordinary complaint special."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.intake.rules import must_be_impartial, must_be_open
from services.intake.state import Intake
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.intake import ComplaintEscalatedToSpecial, IntakeEvent
from shared.events.vocabulary import SYSTEM, Code
from shared.privacy.personal import Personal


class EscalateComplaint(
    ComplaintCommand, path="/complaints/{complaint_id}/escalation", may=("agent", "triage_lead", SYSTEM)
):
    """From ordinary to special, while it is open; it keeps its history. Source: handbook row F19; loop 4.

    There is no way back but with compliance's signature.
    """

    example: ClassVar[dict[str, Any]] = {"reasons": ["media"], "explanation": "A newspaper called about it."}

    reasons: Annotated[tuple[Code, ...], Field(min_length=1, max_length=20)]
    explanation: Reasoning | None = None


def decide(state: Intake, command: EscalateComplaint) -> list[IntakeEvent]:
    must_be_open(state)
    must_be_impartial(state, command.actor)
    if state.severity == "special":
        if set(command.reasons) <= set(state.special_for):
            return []
        raise Refused("already_special", "It is special already. To add a reason, classify it anew as special.")
    explanation = None if command.explanation is None else Personal.of(state.person, command.explanation)
    return [
        ComplaintEscalatedToSpecial(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            reasons=tuple(dict.fromkeys(command.reasons)),
            explanation=explanation,
        )
    ]
