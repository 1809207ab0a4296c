"""查明原因 The investigator names the concrete cause, and who answers for it."""

from typing import Any, ClassVar

from services.investigation.rules import CaseCommand, must_be_unread, must_be_unsettled, must_investigate
from services.investigation.state import Cause, Investigation
from shared.decide import Known, Refused
from shared.events.accountability import SCOPE
from shared.events.investigation import CauseIdentified, InvestigationEvent
from shared.events.vocabulary import Code, DepartmentId, StaffId
from shared.privacy.personal import Personal


class RecordCause(CaseCommand, path="/complaints/{complaint_id}/cause", may=("investigator",), in_person=True):
    """Record the concrete cause, the department where it lies, and the responsible person (handbook row F08).

    The person is sealed for those who read the accountability record: they never show in a view of the case (N16).
    It may be recorded anew until findings are submitted; the last one counts.
    """

    # The person named is no subject that the decision reads: what it read stands in clear in the envelope.

    example: ClassVar[dict[str, Any]] = {
        "cause": "fee.unannounced",
        "department": "cards",
        "responsible_person": "zhou.jie",
    }

    cause: Code
    department: DepartmentId
    responsible_person: StaffId | None = None


def decide(state: Investigation, command: RecordCause, known: Known) -> list[InvestigationEvent]:
    must_be_unsettled(state, known)
    must_investigate(state, command.actor)
    must_be_unread(state)
    person = command.responsible_person
    if person == command.actor.id:
        raise Refused("own_responsibility", "You can't investigate yourself. Declare a conflict; another takes over.")
    if person is None and state.cause == Cause(command.cause, command.department, names_someone=False):
        return []
    identified = CauseIdentified(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        cause=command.cause,
        department=command.department,
        responsible_person=None if person is None else Personal.of(SCOPE, person),
    )
    return [identified]
