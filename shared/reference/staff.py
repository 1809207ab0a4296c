"""A staff member as the other services know them: what recusal and four eyes are decided by."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from shared.events.directory import (
    DeputyEnded,
    DeputyNamed,
    ReportingLineSet,
    StaffEvent,
    StaffJoined,
    StaffLeft,
    StaffMoved,
)

MOST_LEVELS = 30
"""A longer line of superiors is a ring in the directory's records: nobody may hang on walking it."""


@dataclass(frozen=True, slots=True)
class Deputy:
    """代理人 Who acts for somebody absent, from `begins` on and before `ends`."""

    id: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class StaffMember:
    joined: bool = False
    left: bool = False
    department: str = ""
    roles: tuple[str, ...] = ()
    reports_to: str | None = None
    deputies: tuple[Deputy, ...] = ()

    @property
    def active(self) -> bool:
        return self.joined and not self.left

    def is_represented_by(self, staff_id: str, at: datetime) -> bool:
        """Whether this person, still on the staff, named them as deputy for this instant."""
        named = (deputy for deputy in self.deputies if deputy.id == staff_id)
        return self.active and any(deputy.begins <= at < deputy.ends for deputy in named)


def evolve_staff(state: StaffMember, event: StaffEvent) -> StaffMember:
    match event:
        case StaffJoined():
            return StaffMember(joined=True, department=event.department, roles=event.roles, reports_to=event.reports_to)
        case StaffMoved():
            return replace(state, department=event.department, roles=event.roles)
        case ReportingLineSet():
            return replace(state, reports_to=event.reports_to)
        case StaffLeft():
            return replace(state, left=True, deputies=())
        case DeputyNamed():
            named = Deputy(event.deputy, event.begins, event.ends)
            return replace(state, deputies=(*_without(state, event.deputy), named))
        case DeputyEnded():
            return replace(state, deputies=_without(state, event.deputy))
        case _:
            assert_never(event)


def _without(state: StaffMember, deputy: str) -> tuple[Deputy, ...]:
    return tuple(each for each in state.deputies if each.id != deputy)


def superiors(staff_id: str, states: Mapping[str, Any]) -> Iterator[str]:
    """Everybody above them, nearest first, as far as the records that are at hand go."""
    member = states.get(f"staff:{staff_id}")
    for _ in range(MOST_LEVELS):
        if not isinstance(member, StaffMember) or member.reports_to is None:
            return
        yield member.reports_to
        member = states.get(f"staff:{member.reports_to}")


def line_subjects(staff_ids: Iterable[str], states: Mapping[str, Any]) -> tuple[str, ...]:
    """The records still missing to know these people and everybody above them: what a command names as needed."""
    wanted = (f"staff:{each}" for staff_id in staff_ids for each in (staff_id, *superiors(staff_id, states)))
    return tuple(dict.fromkeys(subject for subject in wanted if subject not in states))
