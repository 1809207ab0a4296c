"""责任追究 What resolution must know of who answers for a complaint, folded from its own facts (subject
`accountability:<complaint uuid>`). Who it was stands sealed in the events alone (N16).
"""

from dataclasses import dataclass, replace
from typing import assert_never

from shared.events.accountability import (
    AccountabilityEvent,
    AccountabilityMeasureRecorded,
    AccountabilityMeasureRevoked,
)


@dataclass(frozen=True, slots=True)
class Measure:
    id: str
    department: str
    recorded_by: str
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Accountability:
    """The measures of one complaint, in any cycle."""

    measures: tuple[Measure, ...] = ()

    def measure(self, measure_id: str) -> Measure | None:
        return next((each for each in self.measures if each.id == measure_id), None)


def evolve_accountability(state: Accountability, event: AccountabilityEvent) -> Accountability:
    match event:
        case AccountabilityMeasureRecorded():
            return Accountability((*state.measures, Measure(event.measure, event.department, event.by)))
        case AccountabilityMeasureRevoked():
            return Accountability(
                tuple(replace(each, revoked=True) if each.id == event.measure else each for each in state.measures)
            )
        case _:
            assert_never(event)
