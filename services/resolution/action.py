"""溯源整改 What the firm does so that it does not happen again. It outlives cycles and closing."""

from dataclasses import dataclass, replace
from typing import Any, assert_never

from shared.events.resolution import CorrectiveActionCompleted, CorrectiveActionOverdue, CorrectiveActionRaised
from shared.events.vocabulary import Instant

OfAction = CorrectiveActionRaised | CorrectiveActionCompleted | CorrectiveActionOverdue


@dataclass(frozen=True, slots=True)
class Action:
    id: str
    cause: str
    owner: str
    due_at: Instant
    department: str
    completed_at: Instant | None = None
    overdue: bool = False

    @property
    def completed(self) -> bool:
        return self.completed_at is not None


Actions = tuple[Action, ...]


def evolve_actions(actions: Actions, event: OfAction) -> Actions:
    match event:
        case CorrectiveActionRaised():
            return (*actions, Action(event.action, event.cause, event.owner, event.due_at, event.department))
        case CorrectiveActionCompleted():
            return _changed(actions, event.action, completed_at=event.at)
        case CorrectiveActionOverdue():
            return _changed(actions, event.action, overdue=True)
        case _:
            assert_never(event)


def _changed(actions: Actions, action_id: str, **changes: Any) -> Actions:
    return tuple(replace(each, **changes) if each.id == action_id else each for each in actions)
