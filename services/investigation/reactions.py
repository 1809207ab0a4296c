"""What investigation does of itself when intake or callback has spoken."""

from services.investigation.state import Investigation
from shared.events.callback import ComplaintReopened
from shared.events.intake import ComplaintTakenOver, ResponsibleDepartmentAssigned
from shared.events.investigation import InvestigationEvent, InvestigationOpened, InvestigationReopened
from shared.events.vocabulary import SYSTEM


def when_department_assigned_open_investigation(
    state: Investigation, event: ResponsibleDepartmentAssigned
) -> list[InvestigationEvent]:
    """Once a cycle. A second assignment in the same cycle moves nothing: the department that has the case keeps it,
    since evidence and investigators are already its own.
    """
    if state.opened or state.ending or event.cycle != state.cycle:
        return []
    opened = InvestigationOpened(
        at=event.at, by=SYSTEM, cycle=state.cycle, department=event.department, recused=state.recused
    )
    return [opened]


def when_complaint_taken_over_open_investigation(
    state: Investigation, event: ComplaintTakenOver
) -> list[InvestigationEvent]:
    """One that was established in an old system is investigated here, since somebody there had judged it."""
    if event.stage != "established" or event.department is None or state.opened or event.cycle != state.cycle:
        return []
    opened = InvestigationOpened(
        at=event.at, by=SYSTEM, cycle=state.cycle, department=event.department, recused=state.recused
    )
    return [opened]


def when_complaint_reopened_reopen_investigation(
    state: Investigation, event: ComplaintReopened
) -> list[InvestigationEvent]:
    """With the department that had it before, unless the reopening took it away: a case reopened at judgement waits
    for a department to be assigned. One reopened for another remedy, whose findings stand, is open as it was.
    """
    if state.opened or not state.department:
        return []
    reopened = InvestigationReopened(
        at=event.at,
        by=SYSTEM,
        cycle=event.cycle,
        department=state.department,
        recused=state.recused,
        excluded=state.excluded,
    )
    return [reopened]
