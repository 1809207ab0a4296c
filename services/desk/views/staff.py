"""Whom does everybody on the staff report to?"""

from shared.events.directory import ReportingLineSet, StaffJoined
from shared.projections.view import At, Upsert, View, text

VIEW = View(name="staff", version=1, columns=(text("reports_to"),))


@VIEW.on(StaffJoined, ReportingLineSet)
def reports_to(event: StaffJoined | ReportingLineSet, at: At) -> Upsert:
    return Upsert(at.subject_id, reports_to=event.reports_to)
