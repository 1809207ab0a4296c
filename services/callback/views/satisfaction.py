"""What the customer said of the handling, cycle by cycle."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_

from shared.events.callback import CustomerDissatisfied, CustomerSatisfied
from shared.events.intake import CourtesyReplySent
from shared.events.resolution import ResolutionConcluded
from shared.projections.scope import STAFF, unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text

VIEW = View(
    name="satisfaction",
    version=1,
    columns=(
        text("complaint_id"),
        number("cycle"),
        flag("satisfied"),
        number("timeliness"),
        number("professionalism"),
        number("effectiveness"),
        number("attitude"),
        text("words"),
        text("recorded_by"),
        moment("recorded_at"),
        text("department"),
        flag("restricted"),
    ),
    personal=frozenset({"words"}),
    indexes=(("complaint_id", "cycle"), ("recorded_at",)),
)

Score = Field(ge=1, le=5)


class Satisfaction(BaseModel):
    """回访评价 The customer's word in one cycle (F43): each score from 1 (worst) to 5 (best)."""

    complaint_id: UUID
    cycle: int
    satisfied: bool
    timeliness: int = Score
    professionalism: int = Score
    effectiveness: int = Score
    attitude: int = Score
    words: str | None
    """Their own words; empty once the person is erased."""
    recorded_by: str
    recorded_at: datetime
    department: str | None
    restricted: bool


@VIEW.on(ResolutionConcluded, CourtesyReplySent)
def handled(event: ResolutionConcluded | CourtesyReplySent, at: At) -> Upsert:
    """The row is laid out before the call, since only these facts say who may see it."""
    department = event.department if isinstance(event, ResolutionConcluded) else None
    return Upsert(
        f"{at.subject_id}/{event.cycle}",
        complaint_id=at.subject_id,
        cycle=event.cycle,
        department=department,
        restricted=event.restricted,
    )


@VIEW.on(CustomerSatisfied, CustomerDissatisfied)
def said(event: CustomerSatisfied | CustomerDissatisfied, at: At) -> Upsert:
    return Upsert(
        f"{at.subject_id}/{event.cycle}",
        satisfied=isinstance(event, CustomerSatisfied),
        timeliness=event.scores.timeliness,
        professionalism=event.scores.professionalism,
        effectiveness=event.scores.effectiveness,
        attitude=event.scores.attitude,
        words=event.words,
        recorded_by=event.by,
        recorded_at=event.at,
    )


def once_said(table: Table, actor: Any) -> ColumnElement[bool]:
    """Until the customer was reached there is nothing to read."""
    answered = table.c.satisfied.is_not(None)
    scope = unrestricted(table, actor)
    return answered if scope is None else and_(answered, scope)


VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/satisfaction",
        may=STAFF,
        model=Satisfaction,
        summary="What the customer said, cycle by cycle",
        order="cycle",
        where=once_said,
    )
)
