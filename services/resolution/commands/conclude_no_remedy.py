"""End resolution with the approved decision that no remedy is due."""

from typing import Any, ClassVar

from services.resolution.remedy import Remedy
from services.resolution.rules import (
    acting_in,
    conclusion,
    must_be_approved,
    must_be_of_the_customer,
    must_be_offered,
    must_be_on_its_way,
    must_be_workable,
)
from services.resolution.state import Resolution
from shared.decide import Actor, ComplaintCommand, Refused
from shared.events.resolution import ResolutionEvent
from shared.events.vocabulary import Digest


class ConcludeWithoutRemedy(
    ComplaintCommand, path="/complaints/{complaint_id}/conclusion", may=("resolution_officer",)
):
    """No remedy is due: approved, and put to the customer by letter. By somebody who did not approve it (domain 4.2).

    It needs no acceptance; a customer who does not agree says so at the callback, which follows in any case.
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
    }

    digest: Digest


def decide(state: Resolution, command: ConcludeWithoutRemedy) -> list[ResolutionEvent]:
    if _is_so(state, command.digest):
        return []
    findings = must_be_workable(state, command.actor)
    remedy = must_be_on_its_way(state, command.digest)
    must_be_of_the_customer(state, remedy)
    if remedy.option.kind != "no_remedy":
        raise Refused("remedy_due", "A remedy is due here. It ends by being executed.")
    must_be_approved(state, remedy)
    must_be_offered(remedy)
    _refuse_same_hand(remedy, command.actor)
    return [conclusion(state, findings, "no_remedy", command.at, command.actor.id)]


def _is_so(state: Resolution, digest: str) -> bool:
    remedy = state.remedy
    return state.concluded == "no_remedy" and remedy is not None and remedy.option.digest == digest


def _refuse_same_hand(remedy: Remedy, actor: Actor) -> None:
    if acting_in(remedy.approvers, actor):
        raise Refused("own_approval", "You approved this decision. Somebody else must conclude.")
