"""What was asked for about a complaint, of whom, and what came."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator
from sqlalchemy import ColumnElement, Table, and_

from services.investigation.views import SCOPE, keep_scope, of_cases_open_to
from shared.events.investigation import InformationOverdue, InformationReceived, InformationRequested
from shared.projections.scope import STAFF
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    name="information",
    version=1,
    columns=(
        text("complaint_id"),
        text("code"),
        text("of"),
        text("asked_department"),
        text("what"),
        moment("due_at"),
        flag("overdue"),
        text("status"),
        text("asked_by"),
        moment("asked_at"),
        flag("complete"),
        flag("given_up"),
        text("content"),
        texts("evidence"),
        text("received_by"),
        moment("received_at"),
        number("cycle"),
        *SCOPE,
    ),
    personal=frozenset({"what", "content"}),
    indexes=(("complaint_id", "asked_at"), ("complaint_id", "received_at")),
)
keep_scope(VIEW)

Of = Literal["customer", "department", "third_party"]


class AskedFor(BaseModel):
    """Something that somebody was asked for."""

    complaint_id: UUID
    code: str
    """What it is known by on this case."""
    of: Of
    asked_department: str | None
    """Which department of the firm, if one was asked."""
    what: str | None
    """Empty once the person is erased."""
    due_at: datetime
    overdue: Annotated[bool, BeforeValidator(bool)]
    """No complete answer had come by then; that stays so, whatever came later."""
    status: Literal["open", "partly_answered", "answered", "given_up"]
    asked_by: str
    asked_at: datetime
    cycle: int


class Answer(BaseModel):
    """One answer to what was asked for, or why nobody waits for it any more."""

    complaint_id: UUID
    code: str
    """Of the request."""
    complete: bool
    given_up: bool
    """Nothing came: `content` says why the investigation goes on without it."""
    content: str | None
    """Empty once the person is erased."""
    evidence: list[str]
    """The pieces of evidence that came with it."""
    received_by: str
    received_at: datetime
    cycle: int


@VIEW.on(InformationRequested)
def requested(event: InformationRequested, at: At) -> Upsert:
    return Upsert(
        f"{at.subject_id}/{event.request}",
        complaint_id=at.subject_id,
        code=event.request,
        of=event.of,
        asked_department=event.department,
        what=event.what,
        due_at=event.due_at,
        status="open",
        asked_by=event.by,
        asked_at=event.at,
        cycle=event.cycle,
    )


@VIEW.on(InformationReceived)
def received(event: InformationReceived, at: At) -> list[Upsert]:
    """A row of its own each: what a later answer adds must not hide what an earlier one said."""
    status = "given_up" if event.given_up else "answered" if event.complete else "partly_answered"
    answer = Upsert(
        # No code has a # in it, so that no request is ever named like this.
        f"{at.subject_id}/{event.request}#{at.version}",
        complaint_id=at.subject_id,
        code=event.request,
        complete=event.complete,
        given_up=event.given_up,
        content=event.content,
        evidence=list(event.evidence),
        received_by=event.by,
        received_at=event.at,
        cycle=event.cycle,
    )
    return [Upsert(f"{at.subject_id}/{event.request}", status=status), answer]


@VIEW.on(InformationOverdue)
def overdue(event: InformationOverdue, at: At) -> Upsert:
    return Upsert(f"{at.subject_id}/{event.request}", overdue=True)


def asked(table: Table, actor: Any) -> ColumnElement[bool]:
    return and_(table.c.asked_at.is_not(None), of_cases_open_to(table, actor))


def answers(table: Table, actor: Any) -> ColumnElement[bool]:
    return and_(table.c.received_at.is_not(None), of_cases_open_to(table, actor))


VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/information-requests",
        may=STAFF,
        model=AskedFor,
        summary="What was asked for about one complaint, in the order in which it was asked",
        filters=("status", "of"),
        order="asked_at",
        where=asked,
    )
)
VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/information",
        may=STAFF,
        model=Answer,
        summary="What came in answer, in the order in which it came",
        filters=("code",),
        order="received_at",
        where=answers,
    )
)
