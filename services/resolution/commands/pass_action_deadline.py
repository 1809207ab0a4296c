"""整改逾期 The day by which a corrective action was to be done goes by."""

from typing import Any, ClassVar

from services.resolution.commands.raise_action import ActionId
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, NotFound, Refused
from shared.events.resolution import CorrectiveActionOverdue, ResolutionEvent
from shared.events.vocabulary import SYSTEM, Instant


class PassActionDeadline(ComplaintCommand, path="/complaints/{complaint_id}/action-deadlines", may=(SYSTEM,)):
    """Write down, once, that it was not done by `due_at` (N12).

    Decided by the recorded times: done before is no failure however late this is asked, and done after heals none.
    """

    example: ClassVar[dict[str, Any]] = {"action": "a1", "due_at": "2026-06-30T10:00:00Z"}

    action: ActionId
    due_at: Instant


def decide(state: Resolution, command: PassActionDeadline) -> list[ResolutionEvent]:
    action = state.action(command.action)
    if action is None:
        raise NotFound("no_such_action", "There is no action of this id. Raise it first.")
    if command.at < command.due_at:
        raise Refused("not_due", "It is not due yet. Ask again when it is.")
    if action.overdue or (action.completed_at is not None and action.completed_at <= action.due_at):
        return []
    return [
        CorrectiveActionOverdue(
            at=command.at, by=command.actor.id, cycle=state.cycle, action=action.id, due_at=action.due_at
        )
    ]
