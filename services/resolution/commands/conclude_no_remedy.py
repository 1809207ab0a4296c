"""End resolution with the approved decision that no remedy is due."""

from typing import Any, ClassVar

from services.resolution.state import Remedy, Resolution
from shared.decide import ComplaintCommand, Refused
from shared.events.resolution import ResolutionEvent
from shared.events.vocabulary import Digest


class ConcludeWithoutRemedy(
    ComplaintCommand, path="/complaints/{complaint_id}/conclusion", may=("resolution_officer",)
):
    """No remedy is due: approved, and put to the customer by letter. By somebody other than the approver (domain 4.2).

    It needs no acceptance; a customer who does not agree says so at the callback, which follows in any case.
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
    }

    digest: Digest


def decide(state: Resolution, command: ConcludeWithoutRemedy) -> list[ResolutionEvent]:
    if _is_so(state, command.digest):
        return []
    state.workable(command.actor)
    remedy = state.underway(command.digest)
    _refuse_unready(remedy, command.actor.id)
    return [state.conclusion(remedy, command.at, command.actor.id)]


def _is_so(state: Resolution, digest: str) -> bool:
    remedy = state.remedy
    return state.concluded == "no_remedy" and remedy is not None and remedy.option.digest == digest


def _refuse_unready(remedy: Remedy, actor: str) -> None:
    if remedy.option.kind != "no_remedy":
        raise Refused("remedy_due", "A remedy is due here. It ends by being executed.")
    approval = remedy.approved()
    remedy.offered()
    if actor == approval.approver:
        raise Refused("own_approval", "You approved this decision. Somebody else must conclude.")
