"""What the customer said of the handling, cycle by cycle."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_, exists

from shared.events.callback import CustomerDissatisfied, CustomerSatisfied
from shared.events.intake import ComplaintClassified, ComplaintRegistered, CourtesyReplySent
from shared.events.resolution import ResolutionConcluded
from shared.projections.scope import STAFF, unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text

VIEW = View(
    name="satisfaction",
    version=2,
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


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert:
    """One row more than there are cycles: the complaint's own, which says who may see all the others (N16)."""
    return Upsert(at.subject_id, restricted=False)


@VIEW.on(ComplaintClassified)
def classified(event: ComplaintClassified, at: At) -> Upsert | None:
    return Upsert(at.subject_id, restricted=True) if event.restricted else None


@VIEW.on(ResolutionConcluded, CourtesyReplySent)
def handled(event: ResolutionConcluded | CourtesyReplySent, at: At) -> list[Upsert]:
    """A restriction is never lifted: the conclusion may rest on an older classification."""
    department = event.department if isinstance(event, ResolutionConcluded) else None
    narrower = {"restricted": True} if event.restricted else {}
    return [
        Upsert(at.subject_id, department=department, **narrower),
        Upsert(f"{at.subject_id}/{event.cycle}", complaint_id=at.subject_id, cycle=event.cycle),
    ]


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
    complaint: Any = table.alias()
    scope = unrestricted(complaint, actor)
    if scope is None:
        return answered
    return and_(answered, exists().where(complaint.c.key == table.c.complaint_id, scope))


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
