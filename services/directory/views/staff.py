"""Who works here: department, roles, and whom they report to."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.directory.rules import ROLES
from shared.events.directory import ReportingLineSet, StaffJoined, StaffLeft, StaffMoved
from shared.projections.view import At, Question, Upsert, View, flag, moment, text, texts

VIEW = View(
    "staff",
    version=1,
    columns=(
        text("staff_id"),
        text("name"),
        text("department"),
        texts("roles"),
        text("reports_to"),
        flag("active"),
        moment("joined_at"),
        moment("left_at"),
    ),
    personal=frozenset({"name"}),
    indexes=(("department",), ("reports_to",)),
)


class Member(BaseModel):
    """A member of the staff. The name is null once the person is erased."""

    staff_id: str
    name: str | None
    department: str
    roles: list[str]
    reports_to: str | None = Field(description="Their lead; null for the head of the firm.")
    active: bool = Field(description="False once they have left.")
    joined_at: datetime
    left_at: datetime | None


@VIEW.on(StaffJoined)
def joined(event: StaffJoined, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        staff_id=at.subject_id,
        name=event.name,
        department=event.department,
        roles=list(event.roles),
        reports_to=event.reports_to,
        active=True,
        joined_at=event.at,
    )


@VIEW.on(StaffMoved)
def moved(event: StaffMoved, at: At) -> Upsert:
    return Upsert(at.subject_id, department=event.department, roles=list(event.roles))


@VIEW.on(ReportingLineSet)
def led(event: ReportingLineSet, at: At) -> Upsert:
    return Upsert(at.subject_id, reports_to=event.reports_to)


@VIEW.on(StaffLeft)
def left(event: StaffLeft, at: At) -> Upsert:
    return Upsert(at.subject_id, active=False, left_at=event.at)


VIEW.ask(Question(path="/staff/{staff_id}", may=ROLES, model=Member, summary="One member of the staff.", one=True))
VIEW.ask(
    Question(
        path="/staff",
        may=ROLES,
        model=Member,
        summary="The staff, by id; whoever left included.",
        filters=("department", "reports_to", "active"),
    )
)
VIEW.ask(
    Question(
        path="/staff/{reports_to}/subordinates",
        may=ROLES,
        model=Member,
        summary="Whom one member of the staff leads directly; whoever left included.",
        filters=("active",),
    )
)
