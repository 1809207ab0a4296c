"""回访率 Every callback that was to be made, one row a cycle: made within three days, made late, missed, or moot.

A reopening changes no earlier row, so a period counts the same whenever it is asked for (F44).
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, computed_field
from sqlalchemy import ColumnElement, Table

from services.callback.views import SCOPE, scope_of, scope_row, visible
from shared.events.callback import (
    CallbackDeadlinePassed,
    CallbackRecordAudited,
    CallbackRescheduled,
    CallbackScheduled,
    ComplaintReopened,
    CustomerDissatisfied,
    CustomerSatisfied,
    UnreachableConcluded,
)
from shared.events.resolution import ResolutionConcluded
from shared.projections.scope import STAFF
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    name="coverage",
    version=2,
    columns=(
        text("complaint_id"),
        number("cycle"),
        text("trigger_kind"),
        moment("scheduled_at"),
        moment("due_at"),
        moment("postponed_to"),
        text("result"),
        moment("done_at"),
        flag("missed"),
        moment("reopened_at"),
        text("department"),
        flag("restricted"),
        texts("conflicted"),
    ),
    indexes=(("due_at",), ("department", "due_at")),
)


class Coverage(BaseModel):
    """The callback of one cycle, as statistics count it (F44, F50)."""

    complaint_id: UUID
    cycle: int
    trigger_kind: Literal["resolution_concluded", "courtesy_reply", "taken_over"]
    scheduled_at: datetime
    due_at: datetime
    postponed_to: datetime | None
    """Until when the customer themself asked to be called later."""
    result: Literal["satisfied", "dissatisfied", "unreachable"] | None
    done_at: datetime | None
    missed: bool
    """Its deadline passed without a result; a fact that nothing removes (N12)."""
    reopened_at: datetime | None
    """Without a result before it, the callback became moot."""
    department: str | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def in_time(self) -> bool | None:
        """Whether there was a result by the due instant, or by that to which the customer postponed it. What was missed
        stays missed, whatever is agreed on afterwards (N12).
        """
        if self.done_at is None:
            return None
        return not self.missed and self.done_at <= (self.postponed_to or self.due_at)


def _row(cycle: int, at: At, **values: Any) -> Upsert:
    return Upsert(f"{at.subject_id}/{cycle}", complaint_id=at.subject_id, cycle=cycle, **values)


VIEW.on(*(each for each in SCOPE if each is not ResolutionConcluded))(scope_row)


@VIEW.on(ResolutionConcluded)
def concluded(event: ResolutionConcluded, at: At) -> list[Upsert]:
    """The department that was responsible then, whatever it is later."""
    return [Upsert(at.subject_id, **scope_of(event)), _row(event.cycle, at, department=event.department)]


@VIEW.on(CallbackScheduled)
def scheduled(event: CallbackScheduled, at: At) -> Upsert:
    return _row(
        event.cycle,
        at,
        trigger_kind=event.trigger_kind,
        scheduled_at=event.at,
        due_at=event.due_at,
        missed=False,
    )


@VIEW.on(CallbackRescheduled)
def rescheduled(event: CallbackRescheduled, at: At) -> Upsert | None:
    return _row(event.cycle, at, postponed_to=event.end) if event.past_due else None


@VIEW.on(CustomerSatisfied, CustomerDissatisfied, UnreachableConcluded)
def done(event: CustomerSatisfied | CustomerDissatisfied | UnreachableConcluded, at: At) -> Upsert:
    results = {CustomerSatisfied: "satisfied", CustomerDissatisfied: "dissatisfied"}
    return _row(event.cycle, at, result=results.get(type(event), "unreachable"), done_at=event.at)


@VIEW.on(CallbackRecordAudited)
def audited(event: CallbackRecordAudited, at: At) -> Upsert | None:
    """An untrue record is no callback (F49)."""
    return _row(event.cycle, at, result=None, done_at=None) if event.result_void else None


@VIEW.on(CallbackDeadlinePassed)
def deadline_passed(event: CallbackDeadlinePassed, at: At) -> Upsert:
    return _row(event.cycle, at, missed=True)


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    return _row(event.cycle - 1, at, reopened_at=event.at)


def every_callback(table: Table, actor: Any) -> ColumnElement[bool]:
    """The callbacks of complaints that one may see."""
    return visible(table, actor, table.c.due_at.is_not(None))


VIEW.ask(
    Question(
        path="/callback-coverage",
        may=STAFF,
        model=Coverage,
        summary="Every callback that was to be made, by its due instant: in time, late, missed or moot",
        filters=("department", "missed", "result", "trigger_kind"),
        ranges=("due_at",),
        order="due_at",
        where=every_callback,
    )
)
