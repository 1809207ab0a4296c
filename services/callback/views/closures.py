"""How complaints ended, and what was learned from them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Table, and_

from shared.events.callback import CaseSummarised, ComplaintArchived, ComplaintClosed, ComplaintReopened
from shared.events.intake import ComplaintClassified, ComplaintRegistered, CourtesyReplySent
from shared.events.resolution import ResolutionConcluded
from shared.projections.scope import STAFF, unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text

VIEW = View(
    name="closures",
    version=2,
    columns=(
        text("complaint_id"),
        text("outcome"),
        moment("closed_at"),
        number("cycles"),
        text("cause"),
        moment("archived_at"),
        text("department"),
        flag("restricted"),
    ),
    indexes=(("outcome", "closed_at"), ("closed_at",)),
)


class Closure(BaseModel):
    """The end of one complaint; gone from here while it is reopened."""

    complaint_id: UUID
    outcome: Literal["satisfied", "unreachable", "dissatisfied_final"]
    closed_at: datetime
    cycles: int
    """How many it took."""
    cause: str | None
    """As summed up; empty until then."""
    archived_at: datetime | None
    department: str | None
    restricted: bool


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert:
    """The row is laid out before the end, since the facts before it say who may see it."""
    return Upsert(at.subject_id, restricted=False)


@VIEW.on(ComplaintClassified)
def classified(event: ComplaintClassified, at: At) -> Upsert | None:
    return Upsert(at.subject_id, restricted=True) if event.restricted else None


@VIEW.on(ResolutionConcluded, CourtesyReplySent)
def handled(event: ResolutionConcluded | CourtesyReplySent, at: At) -> Upsert:
    """A restriction is never lifted: the conclusion may rest on an older classification (N16)."""
    department = event.department if isinstance(event, ResolutionConcluded) else None
    narrower = {"restricted": True} if event.restricted else {}
    return Upsert(at.subject_id, department=department, **narrower)


@VIEW.on(ComplaintClosed)
def closed(event: ComplaintClosed, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        outcome=event.outcome,
        closed_at=event.at,
        cycles=event.cycle,
    )


@VIEW.on(CaseSummarised)
def summarised(event: CaseSummarised, at: At) -> Upsert:
    return Upsert(at.subject_id, cause=event.cause)


@VIEW.on(ComplaintArchived)
def archived(event: ComplaintArchived, at: At) -> Upsert:
    return Upsert(at.subject_id, archived_at=event.at)


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    """Emptied, not deleted: who may see it stays known until the next cycle says it anew."""
    return Upsert(at.subject_id, outcome=None, closed_at=None, cycles=None, cause=None, archived_at=None)


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
        filters=("outcome",),
        order="closed_at",
        descending=True,
        where=once_closed,
    )
)
