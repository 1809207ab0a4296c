"""利益冲突声明 Anyone who works on complaints says that they have an interest in this one."""

from typing import Any, ClassVar

from services.investigation.rules import must_be_registered
from services.investigation.state import Investigation
from shared.decide import ComplaintCommand
from shared.decide.wording import Reasoning
from shared.events.investigation import ConflictDeclared, InvestigationEvent
from shared.privacy.personal import Personal
from shared.reference.roles import STAFF

_MAY = tuple(role for role in STAFF if role != "compliance_officer")
"""Compliance never writes case state (N18)."""


class DeclareConflict(ComplaintCommand, path="/complaints/{complaint_id}/conflict", may=_MAY, in_person=True):
    """Declare one's own conflict of interest: one's access ends at once (domain 4.2, ConflictDeclared).

    At any time, before a department has the case and after it is closed too: an interest is never too early or too
    late to be told. If they investigate it, another must take over before anything else happens.
    """

    example: ClassVar[dict[str, Any]] = {"nature": "The customer is a neighbour of mine."}

    nature: Reasoning


def decide(state: Investigation, command: DeclareConflict) -> list[InvestigationEvent]:
    must_be_registered(state)
    person = command.actor.id
    if person in state.conflicted:
        return []
    declared = ConflictDeclared(
        at=command.at,
        by=person,
        cycle=state.cycle,
        person=person,
        nature=Personal.of(f"staff:{person}", command.nature),
        replacement_needed=person == state.investigator and not state.accepted and not state.ending,
    )
    return [declared]
