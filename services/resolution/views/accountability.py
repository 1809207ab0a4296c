"""How were those dealt with who answer for a complaint? For HR and the department's lead alone (N16)."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, true

from shared.events.accountability import AccountabilityMeasureRecorded, AccountabilityMeasureRevoked
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text

VIEW = View(
    "accountability",
    version=1,
    columns=[
        text("complaint_id"),
        text("measure"),
        number("cycle"),
        text("department"),
        text("person"),
        text("head"),
        text("decision"),
        text("recorded_by"),
        moment("recorded_at"),
        flag("revoked"),
        text("revoked_by"),
        text("revocation_reasons"),
    ],
    personal=frozenset({"person", "head", "decision", "revocation_reasons"}),
    indexes=(("complaint_id", "recorded_at"), ("department", "recorded_at")),
)


@VIEW.on(AccountabilityMeasureRecorded)
def recorded(event: AccountabilityMeasureRecorded, at: At) -> Upsert:
    return Upsert(
        f"{at.subject_id}/{event.measure}",
        complaint_id=at.subject_id,
        measure=event.measure,
        cycle=event.in_cycle,
        department=event.department,
        person=event.person,
        head=event.head,
        decision=event.decision,
        recorded_by=event.by,
        recorded_at=event.at,
        revoked=False,
    )


@VIEW.on(AccountabilityMeasureRevoked)
def revoked(event: AccountabilityMeasureRevoked, at: At) -> Upsert:
    key = f"{at.subject_id}/{event.measure}"
    return Upsert(key, revoked=True, revoked_by=event.by, revocation_reasons=event.reasons)


class Measure(BaseModel):
    """One measure against staff who answer for a complaint. Personnel data: not for the case, nor for any letter."""

    complaint_id: str
    measure: str
    cycle: int
    department: str = Field(description="The responsible department.")
    person: str | None = Field(description="Staff id of who is directly responsible.")
    head: str | None = Field(description="Staff id of the department's head, if held responsible too.")
    decision: str | None
    recorded_by: str
    recorded_at: datetime
    revoked: bool
    revoked_by: str | None
    revocation_reasons: str | None


def of_their_department(table: Table, actor: Any) -> ColumnElement[bool]:
    """HR sees all, a lead what concerns their own department. In no other role anything is seen."""
    return true() if actor.role == "hr" else table.c.department == actor.department


for _path, _summary in (
    ("/complaints/{complaint_id}/accountability", "How those were dealt with who answer for a complaint."),
    ("/accountability", "Measures against staff who answer for a complaint, the latest last."),
):
    VIEW.ask(
        Question(
            _path,
            may=("hr", "department_lead"),
            model=Measure,
            summary=_summary,
            order="recorded_at",
            purpose=True,
            where=of_their_department,
        )
    )
