"""离职 Record that someone works here no more."""

from typing import Any, ClassVar

from services.directory.rules import must_be_on_the_staff, must_not_be_own
from shared.decide import Command
from shared.events.directory import StaffEvent, StaffLeft
from shared.events.vocabulary import StaffId
from shared.reference.staff import StaffMember


class LeaveStaff(Command, path="/staff/{staff_id}/departure", may=("administrator",), subject="staff:{staff_id}"):
    """They act no more from now on. Their id is never given to another. Source: domain 4.2."""

    example: ClassVar[dict[str, Any]] = {}

    staff_id: StaffId


def decide(state: StaffMember, command: LeaveStaff) -> list[StaffEvent]:
    if state.left:
        return []
    must_be_on_the_staff(state)
    must_not_be_own(command.staff_id, command.actor)
    return [StaffLeft(at=command.at, by=command.actor.id)]
