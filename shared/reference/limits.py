"""审批权限 Authority limits: up to which amount a role of a department may approve, at an instant."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from shared.events.directory import LimitsActivated, LimitsEvent, LimitsProposed
from shared.events.vocabulary import LimitEntry, Money

ANY_DEPARTMENT = "*"


@dataclass(frozen=True, slots=True)
class Table:
    """One whole table of limits and when it takes effect."""

    name: str
    effective_from: datetime
    entries: tuple[LimitEntry, ...]

    def limit(self, role: str, department: str, currency: str) -> Money:
        """The highest amount this role of this department may approve; zero when the table is silent."""
        amounts = [
            entry.limit.minor
            for entry in self.entries
            if entry.role == role and entry.department in (ANY_DEPARTMENT, department)
            if entry.limit.currency == currency
        ]
        return Money(minor=max(amounts, default=0), currency=currency)


@dataclass(frozen=True, slots=True)
class LimitsTable:
    """Every table ever activated, in order of activation; and the one that waits for its second person."""

    activated: tuple[Table, ...] = ()
    proposed: LimitsProposed | None = None

    def at(self, instant: datetime) -> Table:
        """The table in force at an instant: the last activated of those already effective."""
        in_force = [table for table in self.activated if table.effective_from <= instant]
        return in_force[-1]


def evolve_limits(state: LimitsTable, event: LimitsEvent) -> LimitsTable:
    match event:
        case LimitsProposed():
            return replace(state, proposed=event)
        case LimitsActivated():
            table = Table(event.table, event.effective_from, event.entries)
            return replace(state, activated=(*state.activated, table), proposed=None)
        case _:
            assert_never(event)
