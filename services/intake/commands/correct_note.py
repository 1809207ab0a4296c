"""备注更正 Correct a remark by adding to it."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.intake.commands.add_note import ON_THE_CASE
from services.intake.rules import must_be_impartial, must_be_registered
from services.intake.state import Intake
from shared.decide import ComplaintCommand, NotFound
from shared.decide.wording import Reasoning
from shared.events.intake import IntakeEvent, NoteCorrected
from shared.privacy.personal import Personal


class CorrectNote(ComplaintCommand, path="/complaints/{complaint_id}/notes/{note}/corrections", may=ON_THE_CASE):
    """Say what a remark should have said, and why. The first text stays to be read. Source: domain 3 (16, 17), 4.2."""

    example: ClassVar[dict[str, Any]] = {"text": "客户下下周出差。", "reasons": "听错了日期。"}

    note: Annotated[str, Field(min_length=2, max_length=8, pattern=r"^n[1-9][0-9]*$")]
    """Its name, such as `n1`."""
    text: Reasoning
    reasons: Reasoning


def decide(state: Intake, command: CorrectNote) -> list[IntakeEvent]:
    must_be_registered(state)
    must_be_impartial(state, command.actor)
    if int(command.note.removeprefix("n")) > state.notes:
        raise NotFound("unknown_note", "There is no remark of this name on the case. Load its remarks again.")
    return [
        NoteCorrected(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            note=command.note,
            text=Personal.of(state.person, command.text),
            reasons=Personal.of(state.person, command.reasons),
        )
    ]
