"""补充材料逾期 The instant by which an answer was to be here goes by."""

from typing import Any, ClassVar

from services.investigation.rules import must_be_registered
from services.investigation.state import Investigation
from shared.decide import ComplaintCommand, NotYetSeen, Refused
from shared.events.investigation import InformationOverdue, InvestigationEvent
from shared.events.vocabulary import SYSTEM, Code


class PassInformationDeadline(ComplaintCommand, path="/complaints/{complaint_id}/information-deadline", may=(SYSTEM,)):
    """Write down that no complete answer had come when the request was due, once (N12).

    Decided by the recorded times, never by the order of arrival: what came, was given up or ended before is no
    failure however late this is asked, and what came after heals none.
    """

    example: ClassVar[dict[str, Any]] = {"request": "R1"}

    request: Code


def decide(state: Investigation, command: PassInformationDeadline) -> list[InvestigationEvent]:
    must_be_registered(state)
    request = state.requests.get(command.request)
    if request is None:
        raise Refused("request_unknown", f"Nothing was asked for as {command.request}.", request=command.request)
    if command.at < request.due_at:
        raise Refused("not_due", "The answer is not due yet. Ask again when it is.")
    if request.overdue or (request.settled_at is not None and request.settled_at <= request.due_at):
        return []
    if request.open and state.withdrawal is not None and state.withdrawal <= request.due_at:
        # If it is granted nobody waited any more when the request was due; if not, somebody did.
        raise NotYetSeen("complaint.withdrawn", "The customer wants to withdraw. What becomes of that decides this.")
    overdue = InformationOverdue(
        at=command.at, by=command.actor.id, cycle=request.cycle, request=command.request, due_at=request.due_at
    )
    return [overdue]
