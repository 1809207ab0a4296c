"""A small staff and its limits, told in facts."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.decide import Actor
from shared.events.base import Event
from shared.events.directory import (
    DeputyEnded,
    DeputyNamed,
    LimitsActivated,
    LimitsProposed,
    ReportingLineSet,
    StaffJoined,
    StaffLeft,
    StaffMoved,
)
from shared.events.vocabulary import LimitEntry, Money
from shared.privacy.personal import Personal
from shared.projections.folding import Row, changes_of, fold
from shared.projections.view import At, View
from shared.reference.staff import StaffMember
from shared.rooms import open_rooms
from tests.sentences import Given, given

ROOMS = open_rooms("services.directory")
SERVICE = ROOMS.service

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
TOMORROW = NOON + timedelta(days=1)

ADMIN = Actor("admin-1", "administrator", "it")
OTHER_ADMIN = Actor("admin-2", "administrator", "it")
HIGHER = Actor("higher-1", "higher_approver", "operations")
LEAD = StaffMember(joined=True, department="cards", roles=("department_lead",))
HERE: Mapping[str, StaffMember] = {
    **{
        f"staff:{actor.id}": StaffMember(joined=True, department=actor.department, roles=(actor.role,))
        for actor in (ADMIN, OTHER_ADMIN, HIGHER)
    },
    "staff:lead-1": LEAD,
    "staff:lead-2": LEAD,
}


def staff(*events: Event) -> Given:
    """The member `li.na` so far, with `lead-1`, `lead-2` and those who set limits already on the staff."""
    return given(SERVICE, *events, category="staff").with_references(HERE)


def limits(*events: Event) -> Given:
    """The house's limits so far, with those who set them on the staff."""
    return given(SERVICE, *events, category="limits").with_references(HERE)


def joined(**fields: Any) -> StaffJoined:
    usual: dict[str, Any] = {
        "name": Personal.of("staff:li.na", "李娜"),
        "department": "cards",
        "roles": ("agent",),
        "reports_to": "lead-1",
    }
    return StaffJoined(at=NOON, by=ADMIN.id, **{**usual, **fields})


def moved(department: str = "loans", roles: tuple[str, ...] = ("agent",)) -> StaffMoved:
    return StaffMoved(at=NOON, by=ADMIN.id, department=department, roles=roles)


def line_set(reports_to: str | None = "lead-2") -> ReportingLineSet:
    return ReportingLineSet(at=NOON, by=ADMIN.id, reports_to=reports_to)


def left() -> StaffLeft:
    return StaffLeft(at=TOMORROW, by=ADMIN.id)


def deputy_named(
    deputy: str = "emma", begins: datetime = NOON, ends: datetime = TOMORROW, by: str = "li.na"
) -> DeputyNamed:
    return DeputyNamed(at=NOON, by=by, deputy=deputy, begins=begins, ends=ends)


def deputy_ended(deputy: str = "emma", by: str = "lead-1") -> DeputyEnded:
    return DeputyEnded(at=NOON, by=by, deputy=deputy)


def limit(role: str = "approver", department: str = "*", minor: int = 100, currency: str = "CNY") -> LimitEntry:
    return LimitEntry(role=role, department=department, limit=Money(minor=minor, currency=currency))


def proposed(
    table: str = "house-2", by: str = ADMIN.id, entries: tuple[LimitEntry, ...] = (limit(),)
) -> LimitsProposed:
    return LimitsProposed(at=NOON, by=by, table=table, entries=entries)


def activated(table: str = "house-2") -> LimitsActivated:
    return LimitsActivated(
        at=NOON, by=HIGHER.id, table=table, entries=(limit(),), effective_from=TOMORROW, proposed_by=ADMIN.id
    )


def rows_of(view: View, subject: str, *events: Event) -> dict[str, Row]:
    """The rows that a view makes of these facts of one subject, written down a minute apart."""
    rows: dict[str, Row] = {}
    for minute, event in enumerate(events):
        at = At(UUID(int=minute), subject, event.source, minute + 1, NOON + timedelta(minutes=minute), None)
        for change in changes_of(view, event, at):
            row = fold(view, rows.pop(change.key, None), change, subject, 0)
            if row is not None:
                rows[change.key] = row
    return rows
