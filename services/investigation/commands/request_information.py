"""要求补充材料 The investigator asks somebody for what is missing."""

from typing import Any, ClassVar, Literal

from services.investigation.rules import CaseCommand, must_be_unread, must_be_unsettled, must_investigate
from services.investigation.state import Investigation
from shared.decide import Known, Refused
from shared.decide.wording import Reasoning
from shared.events.investigation import InformationRequested, InvestigationEvent
from shared.events.vocabulary import Code, DepartmentId, Instant
from shared.privacy.personal import Personal


class RequestInformation(
    CaseCommand, path="/complaints/{complaint_id}/information-requests", may=("investigator",), in_person=True
):
    """Ask the customer, a department or somebody outside for information, by an instant to come (domain 4.2).

    Never the customer for what the firm holds already (No.3 Art. 13). No clock stops for it.
    """

    example: ClassVar[dict[str, Any]] = {
        "request": "R1",
        "of": "customer",
        "what": "The text message of 3 March.",
        "due_at": "2099-03-20T09:00:00Z",
    }

    request: Code
    """The code it is known by on this case, for ever."""
    of: Literal["customer", "department", "third_party"]
    department: DepartmentId | None = None
    """Which one, if a department of the firm is asked."""
    what: Reasoning
    due_at: Instant


def decide(state: Investigation, command: RequestInformation, known: Known) -> list[InvestigationEvent]:
    must_be_unsettled(state, known)
    must_investigate(state, command.actor)
    must_be_unread(state)
    if (command.of == "department") != (command.department is not None):
        raise Refused("department_mismatch", "Name the department if, and only if, one of the firm's is asked.")
    if command.due_at <= command.at:
        raise Refused("due_in_past", "That instant is past. Say by when the answer is to be here.")
    if command.request in state.requests:
        raise Refused(
            "request_stands",
            f"Something was asked for as {command.request} already. Ask for this under its own code.",
            request=command.request,
        )
    requested = InformationRequested(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        request=command.request,
        of=command.of,
        department=command.department,
        what=Personal.of(state.person, command.what),
        due_at=command.due_at,
    )
    return [requested]
