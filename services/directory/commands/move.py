"""调岗 Give someone another department or other roles."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.directory.rules import must_be_known, must_be_on_the_staff, must_not_be_own
from shared.decide import Command
from shared.events.directory import StaffEvent, StaffMoved
from shared.events.vocabulary import Code, DepartmentId, StaffId
from shared.reference.staff import StaffMember


class MoveStaff(Command, path="/staff/{staff_id}/position", may=("administrator",), subject="staff:{staff_id}"):
    """Another department, or other roles, from now on. Nobody moves themself. Source: domain 4.2."""

    example: ClassVar[dict[str, Any]] = {"department": "cards", "roles": ["investigator"]}

    staff_id: StaffId
    department: DepartmentId
    roles: Annotated[tuple[Code, ...], Field(min_length=1, max_length=20)]


def decide(state: StaffMember, command: MoveStaff) -> list[StaffEvent]:
    must_be_on_the_staff(state)
    must_not_be_own(command.staff_id, command.actor)
    roles = tuple(dict.fromkeys(command.roles))
    must_be_known(roles)
    if (state.department, state.roles) == (command.department, roles):
        return []
    return [StaffMoved(at=command.at, by=command.actor.id, department=command.department, roles=roles)]
