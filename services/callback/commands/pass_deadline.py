"""回访逾期 The instant by which the customer was to be called back goes by."""

from typing import Any, ClassVar

from pydantic import Field

from services.callback.rules import must_be_registered
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.events.callback import CallbackDeadlinePassed, CallbackEvent
from shared.events.vocabulary import SYSTEM, Instant


class PassCallbackDeadline(ComplaintCommand, path="/complaints/{complaint_id}/callback-deadline", may=(SYSTEM,)):
    """Write down that no result was recorded by `due_at`, once a cycle (N8, N12).

    Decided by the recorded times, never by the order of arrival: a result of before is no breach however late this is
    asked, and a result of after heals none. A reopening of before makes it moot, since the next cycle has its own.
    A later call that the customer themself asked for in time moves it.
    """

    example: ClassVar[dict[str, Any]] = {"cycle": 1, "due_at": "2026-03-05T09:00:00Z"}

    cycle: int = Field(ge=1, le=1_000)
    due_at: Instant


def decide(state: Callback, command: PassCallbackDeadline) -> list[CallbackEvent]:
    must_be_registered(state)
    if command.cycle > state.cycle:
        raise Refused("no_such_callback", "There is no such cycle yet. Only a scheduled callback can be missed.")
    if command.at < command.due_at:
        raise Refused("not_due", "The callback is not due yet. Ask again when it is.")
    if command.due_at != state.deadlines.get(command.cycle, command.due_at):
        return []  # another instant counts: it asks by itself
    settled = state.settled.get(command.cycle)
    if command.cycle in state.overdue or (settled is not None and settled <= command.due_at):
        return []
    passed = CallbackDeadlinePassed(
        at=command.at,
        by=command.actor.id,
        cycle=command.cycle,
        due_at=command.due_at,
        superseded=command.cycle < state.cycle,
    )
    return [passed]
