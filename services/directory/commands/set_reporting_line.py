"""汇报关系 Say who leads someone from now on."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from services.directory.limits import LineCommand
from services.directory.rules import must_be_a_possible_lead, must_be_on_the_staff, must_not_be_own
from shared.decide import Known
from shared.events.directory import ReportingLineSet, StaffEvent
from shared.events.vocabulary import StaffId
from shared.reference.staff import StaffMember, line_subjects


class SetReportingLine(
    LineCommand,
    path="/staff/{staff_id}/reporting-line",
    may=("administrator",),
    subject="staff:{staff_id}",
    needs=("staff:{reports_to}",),
):
    """Who leads them: nobody approves for their own lead, so it decides four eyes (N3). Source: domain 4.2."""

    example: ClassVar[dict[str, Any]] = {"reports_to": "zhang.wei"}

    staff_id: StaffId
    reports_to: StaffId | None
    """None for the head of the firm."""

    def needed(self) -> tuple[str, ...]:
        return super().needed() if self.reports_to else ()

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        return line_subjects((self.reports_to,), states) if self.reports_to else ()


def decide(state: StaffMember, command: SetReportingLine, known: Known) -> list[StaffEvent]:
    must_be_on_the_staff(state)
    must_not_be_own(command.staff_id, command.actor)
    if state.reports_to == command.reports_to:
        return []
    must_be_a_possible_lead(command.staff_id, command.reports_to, known)
    return [ReportingLineSet(at=command.at, by=command.actor.id, reports_to=command.reports_to)]
