"""备注 Write a remark on a case."""

from typing import Any, ClassVar

from services.intake.rules import must_be_impartial, must_be_registered
from services.intake.state import Intake
from shared.decide import ComplaintCommand
from shared.decide.wording import Reasoning
from shared.events.intake import IntakeEvent, NoteAdded
from shared.privacy.personal import Personal
from shared.reference.roles import STAFF

ON_THE_CASE = tuple(role for role in STAFF if role != "compliance_officer")
"""Whoever audits a case writes nothing into it (N18)."""


class AddNote(ComplaintCommand, path="/complaints/{complaint_id}/notes", may=ON_THE_CASE):
    """A remark 备注 by somebody who works on the case, also after its ending. Source: domain 4.2.

    It is called `n1`, `n2`, …, in the order in which remarks were written. It decides nothing, and is never changed:
    a correction is another remark.
    """

    example: ClassVar[dict[str, Any]] = {"text": "客户下周出差, 请下午联系。"}

    text: Reasoning


def decide(state: Intake, command: AddNote) -> list[IntakeEvent]:
    must_be_registered(state)
    must_be_impartial(state, command.actor)
    return [
        NoteAdded(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            note=f"n{state.notes + 1}",
            text=Personal.of(state.person, command.text),
        )
    ]
