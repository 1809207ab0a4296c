"""How complaints ended, and what was learned from them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Table, and_

from services.callback.views import SCOPE, scope_row
from shared.events.callback import CaseSummarised, ComplaintArchived, ComplaintClosed, ComplaintReopened
from shared.events.intake import ComplaintReferred, ComplaintWithdrawn, RegisteredInError
from shared.projections.scope import STAFF, unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    name="closures",
    version=4,
    columns=(
        text("complaint_id"),
        text("outcome"),
        moment("closed_at"),
        text("closed_by"),
        number("cycles"),
        text("cause"),
        moment("summarised_at"),
        moment("archived_at"),
        text("department"),
        flag("restricted"),
        texts("conflicted"),
    ),
    indexes=(("outcome", "closed_at"), ("closed_at",)),
)


class Closure(BaseModel):
    """The end of one complaint; gone from here while it is reopened."""

    complaint_id: UUID
    outcome: Literal["satisfied", "unreachable", "dissatisfied_final", "withdrawn", "referred", "in_error"]
    """Closed in one of the first three ways; or ended by intake."""
    closed_at: datetime
    closed_by: str
    cycles: int
    """How many it took."""
    cause: str | None
    """As summed up; empty until then, and for what was never handled."""
    summarised_at: datetime | None
    archived_at: datetime | None
    department: str | None
    restricted: bool


VIEW.on(*SCOPE)(scope_row)


@VIEW.on(ComplaintClosed)
def closed(event: ComplaintClosed, at: At) -> Upsert:
    return _ended(event, at, event.outcome)


@VIEW.on(ComplaintWithdrawn)
def withdrawn(event: ComplaintWithdrawn, at: At) -> Upsert:
    return _ended(event, at, "withdrawn")


@VIEW.on(ComplaintReferred)
def referred(event: ComplaintReferred, at: At) -> Upsert:
    return _ended(event, at, "referred")


@VIEW.on(RegisteredInError)
def in_error(event: RegisteredInError, at: At) -> Upsert:
    return _ended(event, at, "in_error")


def _ended(
    event: ComplaintClosed | ComplaintWithdrawn | ComplaintReferred | RegisteredInError, at: At, outcome: str
) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        outcome=outcome,
        closed_at=event.at,
        closed_by=event.by,
        cycles=event.cycle,
    )


@VIEW.on(CaseSummarised)
def summarised(event: CaseSummarised, at: At) -> Upsert:
    return Upsert(at.subject_id, cause=event.cause, summarised_at=event.at)


@VIEW.on(ComplaintArchived)
def archived(event: ComplaintArchived, at: At) -> Upsert:
    return Upsert(at.subject_id, archived_at=event.at)


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    """Emptied, not deleted: who may see it stays known until the next cycle says it anew."""
    ended = ("outcome", "closed_at", "closed_by", "cycles", "cause", "summarised_at", "archived_at")
    return Upsert(at.subject_id, **dict.fromkeys(ended))


def once_closed(table: Table, actor: Any) -> ColumnElement[bool]:
    """A complaint that is still being handled, or is again, is no closure."""
    ended = table.c.closed_at.is_not(None)
    scope = unrestricted(table, actor)
    return ended if scope is None else and_(ended, scope)


VIEW.ask(
    Question(
        path="/closures",
        may=STAFF,
        model=Closure,
        summary="How complaints ended, the latest first",
        filters=("outcome", "department", "cause"),
        ranges=("closed_at",),
        order="closed_at",
        descending=True,
        where=once_closed,
    )
)
