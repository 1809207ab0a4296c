"""撤诉确认逾期 The instant by which a withdrawal was to be confirmed goes by."""

from typing import Any, ClassVar

from pydantic import Field

from services.intake.rules import must_be_registered
from services.intake.state import Intake
from shared.decide import ComplaintCommand, Refused
from shared.events.intake import ConfirmationDeadlinePassed, IntakeEvent
from shared.events.vocabulary import SYSTEM, Instant


class PassConfirmationDeadline(ComplaintCommand, path="/complaints/{complaint_id}/withdrawal-deadline", may=(SYSTEM,)):
    """Write down that nobody confirmed a withdrawal by `due_at`, once a cycle (N12; loop 5).

    Decided by the recorded times: a word of before is no breach however late this is asked, and one of after heals
    none. A reopening of before makes it moot.
    """

    example: ClassVar[dict[str, Any]] = {"cycle": 1, "due_at": "2026-03-07T09:00:00Z"}

    cycle: int = Field(ge=1, le=1_000)
    due_at: Instant


def decide(state: Intake, command: PassConfirmationDeadline) -> list[IntakeEvent]:
    must_be_registered(state)
    granted = [each for each in state.withdrawals if each.cycle == command.cycle and each.answer == "granted"]
    if not granted:
        raise Refused("not_withdrawn", "No withdrawal of this cycle was granted, so none can be confirmed too late.")
    if command.at < command.due_at:
        raise Refused("not_due", "The confirmation is not due yet. Ask again when it is.")
    settled_at = granted[-1].settled_at
    if granted[-1].overdue or (settled_at is not None and settled_at <= command.due_at):
        return []
    return [ConfirmationDeadlinePassed(at=command.at, by=command.actor.id, cycle=command.cycle, due_at=command.due_at)]
