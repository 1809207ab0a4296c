"""上报 Which complaints were brought before a role above, by whom and why?"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_, exists

from shared.events.callback import ComplaintReopened
from shared.events.intake import (
    Classified,
    ComplaintClassified,
    ComplaintEstablished,
    ComplaintReclassified,
    ComplaintRegistered,
    ComplaintReportedUpward,
    ComplaintTakenOver,
    JudgementOverturned,
    ResponsibleDepartmentAssigned,
)
from shared.events.investigation import ConflictDeclared
from shared.projections.scope import STAFF, conflict_declared, unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    "upward_reports",
    version=2,
    columns=(
        text("complaint_id"),
        text("number"),
        text("to_role"),
        text("reasons"),
        flag("emergency"),
        text("reported_by"),
        moment("reported_at"),
        number("cycle"),
        text("department"),
        flag("restricted"),
        texts("conflicted"),
    ),
    personal=frozenset({"reasons"}),
    indexes=(("to_role", "reported_at"), ("complaint_id", "reported_at")),
)


class Report(BaseModel):
    """A report upward. Whoever it is for can't refuse to hear it (F20, F27)."""

    complaint_id: str
    to_role: str = Field(description="The role above that it is for.")
    reasons: str | None = Field(description="Null once the person is erased.")
    emergency: bool = Field(description="An emergency or important matter.")
    reported_by: str
    reported_at: datetime
    cycle: int


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert:
    """One row more than there are reports: the complaint's own, which says who may see all of them (N16)."""
    return Upsert(at.subject_id, number=event.number, restricted=False)


@VIEW.on(ComplaintReportedUpward)
def reported(event: ComplaintReportedUpward, at: At) -> Upsert:
    return Upsert(
        f"{at.subject_id}/{at.version:07d}",
        complaint_id=at.subject_id,
        to_role=event.to,
        reasons=event.reasons,
        emergency=event.emergency,
        reported_by=event.by,
        reported_at=event.at,
        cycle=event.cycle,
    )


@VIEW.on(ComplaintClassified, ComplaintReclassified)
def classified(event: Classified, at: At) -> Upsert:
    return Upsert(at.subject_id, restricted=event.restricted)


@VIEW.on(ComplaintTakenOver, ComplaintEstablished, JudgementOverturned, ResponsibleDepartmentAssigned)
def of_department(
    event: ComplaintTakenOver | ComplaintEstablished | JudgementOverturned | ResponsibleDepartmentAssigned, at: At
) -> Upsert:
    return Upsert(at.subject_id, department=event.department)


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert | None:
    return Upsert(at.subject_id, department=None) if event.stage == "judgement" else None


def of_cases_open_to(table: Table, actor: Any) -> ColumnElement[bool]:
    """The reports, without the complaint's own row, and without those of a restricted case of others."""
    report = table.c.to_role.is_not(None)
    case: Any = table.alias()
    scope = unrestricted(case, actor)
    return report if scope is None else and_(report, exists().where(case.c.key == table.c.complaint_id, scope))


def for_the_role_of(table: Table, actor: Any) -> ColumnElement[bool]:
    """What was reported to the role in which the actor asks."""
    return and_(table.c.to_role == actor.role, of_cases_open_to(table, actor))


VIEW.on(ConflictDeclared)(conflict_declared)

VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/upward-reports",
        may=STAFF,
        model=Report,
        summary="To whom one complaint was reported upward, and why, in order.",
        order="reported_at",
        where=of_cases_open_to,
    )
)
VIEW.ask(
    Question(
        path="/worklists/upward-reports",
        may=("triage_lead", "department_lead", "approver", "higher_approver", "risk_control", "compliance_officer"),
        model=Report,
        summary="What was reported to one's role, the latest first.",
        filters=("emergency", "complaint_id"),
        ranges=("reported_at",),
        order="reported_at",
        descending=True,
        where=for_the_role_of,
    )
)
