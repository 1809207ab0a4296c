"""What does the firm do so that it does not happen again, who sees to it, and by when?"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_, or_

from services.resolution.views import SCOPE, keep_scope, of_cases_open_to
from shared.events.resolution import CorrectiveActionCompleted, CorrectiveActionOverdue, CorrectiveActionRaised
from shared.projections.scope import STAFF
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text

VIEW = View(
    "actions",
    version=1,
    columns=[
        text("complaint_id"),
        number("cycle"),
        text("action"),
        text("cause"),
        text("what"),
        text("owner"),
        text("owner_department"),
        moment("due_at"),
        text("status"),
        flag("overdue"),
        text("raised_by"),
        moment("raised_at"),
        text("result"),
        text("proof"),
        moment("completed_at"),
        *SCOPE,
    ],
    personal=frozenset({"what", "result"}),
    indexes=(("owner", "due_at"), ("complaint_id", "due_at"), ("cause",)),
)
keep_scope(VIEW)


def _key(event: CorrectiveActionRaised | CorrectiveActionCompleted | CorrectiveActionOverdue, at: At) -> str:
    return f"{at.subject_id}/{event.action}"


@VIEW.on(CorrectiveActionRaised)
def raised(event: CorrectiveActionRaised, at: At) -> Upsert:
    return Upsert(
        _key(event, at),
        complaint_id=at.subject_id,
        cycle=event.cycle,
        action=event.action,
        cause=event.cause,
        what=event.what,
        owner=event.owner,
        owner_department=event.department,
        due_at=event.due_at,
        status="raised",
        overdue=False,
        raised_by=event.by,
        raised_at=event.at,
    )


@VIEW.on(CorrectiveActionCompleted)
def completed(event: CorrectiveActionCompleted, at: At) -> Upsert:
    return Upsert(_key(event, at), status="completed", result=event.result, proof=event.proof, completed_at=event.at)


@VIEW.on(CorrectiveActionOverdue)
def overdue(event: CorrectiveActionOverdue, at: At) -> Upsert:
    return Upsert(_key(event, at), overdue=True)


class CorrectiveAction(BaseModel):
    """溯源整改 One corrective action."""

    complaint_id: str
    cycle: int
    action: str = Field(description="The id that whoever raised it gave it.")
    cause: str = Field(description="The cause that it is against, a code of the rule pack.")
    what: str | None = Field(description="Null when the customer's data has been erased.")
    owner: str = Field(description="Staff id of who sees to it.")
    owner_department: str
    due_at: datetime
    status: Literal["raised", "completed"]
    overdue: bool = Field(description="It was not done in time; that stays so.")
    raised_by: str
    raised_at: datetime
    result: str | None
    proof: str | None = Field(description="Where it can be seen.")
    completed_at: datetime | None


def open_actions(table: Table, actor: Any) -> ColumnElement[bool]:
    """Not completed; of cases open to this actor, or their own to see to: whoever was named must be able to read it."""
    return and_(table.c.status == "raised", seen_by(table, actor))


def seen_by(table: Table, actor: Any) -> ColumnElement[bool]:
    return or_(table.c.owner == actor.id, of_cases_open_to(table, actor))


VIEW.ask(
    Question(
        "/worklists/actions",
        may=STAFF,
        model=CorrectiveAction,
        summary="Corrective actions that are not done, the earliest due first.",
        filters=("owner", "owner_department", "cause", "overdue"),
        ranges=("due_at",),
        order="due_at",
        where=open_actions,
    )
)
VIEW.ask(
    Question(
        "/complaints/{complaint_id}/actions",
        may=STAFF,
        model=CorrectiveAction,
        summary="The corrective actions of a complaint, the earliest due first.",
        order="due_at",
        where=seen_by,
    )
)
