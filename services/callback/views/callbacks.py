"""Which customers are to be called back, by when, and how the calls went."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Table, and_, not_

from shared.events.callback import (
    CallbackAttempted,
    CallbackDeadlinePassed,
    CallbackScheduled,
    CaseSummarised,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintReopened,
    CustomerDissatisfied,
    CustomerSatisfied,
)
from shared.events.intake import ComplaintClassified, ComplaintRegistered, CourtesyReplySent
from shared.events.resolution import ResolutionConcluded
from shared.events.vocabulary import AttemptOutcome, Severity
from shared.projections.scope import STAFF, unrestricted
from shared.projections.view import Add, At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    name="callbacks",
    version=2,
    columns=(
        text("complaint_id"),
        text("status"),
        moment("due_at"),
        flag("overdue"),
        number("missed"),
        number("attempts"),
        text("last_outcome"),
        moment("last_attempt_at"),
        text("severity"),
        flag("restricted"),
        text("department"),
        number("cycle"),
        texts("handled_by"),
    ),
    indexes=(("status", "due_at"), ("due_at",)),
)


class CallbackDue(BaseModel):
    """The callback of one complaint, in its current cycle."""

    complaint_id: UUID
    status: Literal[
        "due", "attempting", "reached", "satisfied", "dissatisfied", "reopened", "closed", "summarised", "archived"
    ]
    """`attempting` or `reached`: as the last call went."""
    due_at: datetime | None
    """Empty after a reopening, until the next cycle's callback is scheduled."""
    overdue: bool
    """This cycle's due instant went by without a result. A later result does not undo it (N12)."""
    missed: int | None
    """How many callbacks of this complaint were not made in time, in all cycles."""
    attempts: int
    """In this cycle."""
    last_outcome: AttemptOutcome | None
    last_attempt_at: datetime | None
    severity: Severity
    restricted: bool
    department: str | None
    """The responsible department; empty after a courtesy reply, since none was responsible."""
    cycle: int
    handled_by: list[str]
    """Who handled or investigated it, so that none of them makes the call (N8)."""


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert:
    """The row is laid out from the start, so that a restriction shows in it whenever it comes."""
    return Upsert(at.subject_id, severity="ordinary", restricted=False)


@VIEW.on(ComplaintClassified)
def classified(event: ComplaintClassified, at: At) -> Upsert:
    return Upsert(at.subject_id, **_graver(event))


@VIEW.on(ResolutionConcluded, CourtesyReplySent)
def handled(event: ResolutionConcluded | CourtesyReplySent, at: At) -> Upsert:
    department = event.department if isinstance(event, ResolutionConcluded) else None
    return Upsert(at.subject_id, department=department, **_graver(event))


def _graver(event: ComplaintClassified | ResolutionConcluded | CourtesyReplySent) -> dict[str, Any]:
    """Only upwards: what ended the handling may rest on an older classification than the one shown (N16, N22)."""
    special = {"severity": "special"} if event.severity == "special" else {}
    return special | ({"restricted": True} if event.restricted else {})


@VIEW.on(CallbackScheduled)
def scheduled(event: CallbackScheduled, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        status="due",
        due_at=event.due_at,
        overdue=False,
        attempts=0,
        last_outcome=None,
        last_attempt_at=None,
        cycle=event.cycle,
        handled_by=list(dict.fromkeys((*event.handled_by, *event.investigators))),
    )


@VIEW.on(CallbackDeadlinePassed)
def deadline_passed(event: CallbackDeadlinePassed, at: At) -> Upsert:
    """Written down only after a reopening, it counts, but it does not make the new cycle overdue."""
    if event.superseded:
        return Upsert(at.subject_id, missed=Add(1))
    return Upsert(at.subject_id, missed=Add(1), overdue=True)


@VIEW.on(CallbackAttempted)
def attempted(event: CallbackAttempted, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        status="reached" if event.outcome == "reached" else "attempting",
        attempts=Add(1),
        last_outcome=event.outcome,
        last_attempt_at=event.at,
    )


@VIEW.on(CustomerSatisfied)
def satisfied(event: CustomerSatisfied, at: At) -> Upsert:
    return Upsert(at.subject_id, status="satisfied")


@VIEW.on(CustomerDissatisfied)
def dissatisfied(event: CustomerDissatisfied, at: At) -> Upsert:
    return Upsert(at.subject_id, status="dissatisfied")


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    """Nothing of the earlier cycle's callback counts any more (N24)."""
    graver = {"severity": "special"} if event.special else {}
    return Upsert(
        at.subject_id,
        status="reopened",
        due_at=None,
        overdue=False,
        attempts=0,
        last_outcome=None,
        last_attempt_at=None,
        cycle=event.cycle,
        **graver,
    )


@VIEW.on(ComplaintClosed)
def closed(event: ComplaintClosed, at: At) -> Upsert:
    return Upsert(at.subject_id, status="closed")


@VIEW.on(CaseSummarised)
def summarised(event: CaseSummarised, at: At) -> Upsert:
    return Upsert(at.subject_id, status="summarised")


@VIEW.on(ComplaintArchived)
def archived(event: ComplaintArchived, at: At) -> Upsert:
    return Upsert(at.subject_id, status="archived")


def once_scheduled(table: Table, actor: Any) -> ColumnElement[bool]:
    """Until a callback is scheduled there is nothing to show."""
    begun = table.c.status.is_not(None)
    scope = unrestricted(table, actor)
    return begun if scope is None else and_(begun, scope)


def still_due(table: Table, actor: Any) -> ColumnElement[bool]:
    """A worklist has no place for a complaint that was reopened and is being handled again, or that is closed."""
    ended = table.c.status.in_(("closed", "summarised", "archived"))
    return and_(table.c.due_at.is_not(None), not_(ended), once_scheduled(table, actor))


VIEW.ask(
    Question(
        path="/callbacks/{complaint_id}",
        may=STAFF,
        model=CallbackDue,
        summary="The callback of one complaint",
        one=True,
        where=once_scheduled,
    )
)
VIEW.ask(
    Question(
        path="/worklists/callbacks",
        may=STAFF,
        model=CallbackDue,
        summary="Callbacks of complaints that are not closed, the earliest due first",
        filters=("status",),
        order="due_at",
        where=still_due,
    )
)
