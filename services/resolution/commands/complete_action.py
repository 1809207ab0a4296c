"""整改完成 Whoever saw to a corrective action says what was done."""

from typing import Any, ClassVar

from services.resolution.action import Action
from services.resolution.commands.raise_action import OWNING, ActionId
from services.resolution.rules import acting_in
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, NotFound, Refused
from shared.decide.wording import Reasoning
from shared.events.resolution import CorrectiveActionCompleted, ResolutionEvent
from shared.events.vocabulary import Reference
from shared.privacy.personal import Personal


class CompleteAction(ComplaintCommand, path="/complaints/{complaint_id}/actions/{action}/completion", may=OWNING):
    """What was done, and where it can be seen; by its owner (F26). Also late: that it was late stays on record."""

    example: ClassVar[dict[str, Any]] = {
        "result": "The check is live since Monday.",
        "proof": "change-20260420-0012",
    }

    action: ActionId
    result: Reasoning
    proof: Reference


def decide(state: Resolution, command: CompleteAction) -> list[ResolutionEvent]:
    action = _owned(state, command)
    if action.completed:
        return []
    return [
        CorrectiveActionCompleted(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            action=command.action,
            result=Personal.of(state.person, command.result),
            proof=command.proof,
        )
    ]


def _owned(state: Resolution, command: CompleteAction) -> Action:
    action = state.action(command.action)
    if action is None:
        raise NotFound("no_such_action", "There is no action of this id. Raise it first.")
    if not acting_in({action.owner}, command.actor):
        raise Refused("not_the_owner", "Only who was named to see to it says that it is done. Ask them.")
    return action
