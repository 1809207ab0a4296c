"""A staff member as the other services know them: what recusal and four eyes are decided by."""

from dataclasses import dataclass, replace
from typing import assert_never

from shared.events.directory import ReportingLineSet, StaffEvent, StaffJoined, StaffLeft, StaffMoved


@dataclass(frozen=True, slots=True)
class StaffMember:
    joined: bool = False
    left: bool = False
    department: str = ""
    roles: tuple[str, ...] = ()
    reports_to: str | None = None

    @property
    def active(self) -> bool:
        return self.joined and not self.left


def evolve_staff(state: StaffMember, event: StaffEvent) -> StaffMember:
    match event:
        case StaffJoined():
            return StaffMember(joined=True, department=event.department, roles=event.roles, reports_to=event.reports_to)
        case StaffMoved():
            return replace(state, department=event.department, roles=event.roles)
        case ReportingLineSet():
            return replace(state, reports_to=event.reports_to)
        case StaffLeft():
            return replace(state, left=True)
        case _:
            assert_never(event)
