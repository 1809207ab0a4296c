"""查明原因 The investigator names the concrete cause, and who answers for it."""

from typing import Any, ClassVar

from services.investigation.rules import must_be_unsettled, must_investigate
from services.investigation.state import Cause, Investigation
from shared.decide import ComplaintCommand, Refused
from shared.events.investigation import CauseIdentified, InvestigationEvent
from shared.events.vocabulary import Code, DepartmentId, StaffId
from shared.privacy.personal import Personal

ACCOUNTABILITY = "scope:accountability"
"""Whoever is named as responsible stands sealed under this scope: it never shows in a view of the case (N16)."""


class RecordCause(ComplaintCommand, path="/complaints/{complaint_id}/cause", may=("investigator",)):
    """Record the concrete cause, the department where it lies, and the responsible person (handbook row F08).

    It may be recorded anew until findings are submitted; the last one counts.
    """

    example: ClassVar[dict[str, Any]] = {
        "cause": "fee.unannounced",
        "department": "cards",
        "responsible_person": "zhou.jie",
    }

    cause: Code
    department: DepartmentId
    responsible_person: StaffId | None = None


def decide(state: Investigation, command: RecordCause) -> list[InvestigationEvent]:
    must_be_unsettled(state)
    must_investigate(state, command.actor)
    if state.findings is not None:
        raise Refused("findings_submitted", "The lead is reading the findings. Have them returned to change the cause.")
    person = command.responsible_person
    if person is None and state.cause == Cause(command.cause, command.department, names_someone=False):
        return []
    identified = CauseIdentified(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        cause=command.cause,
        department=command.department,
        responsible_person=None if person is None else Personal.of(ACCOUNTABILITY, person),
    )
    return [identified]
