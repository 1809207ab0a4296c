"""What the customer said of the handling, cycle by cycle."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table

from services.callback.views import SCOPE, scope_row, visible
from shared.events.callback import CallbackRecordAudited, CustomerDissatisfied, CustomerSatisfied
from shared.events.vocabulary import Feedback
from shared.projections.scope import STAFF
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text, texts

FEEDBACK = tuple(Feedback.model_fields)
WORDS = ("words", *FEEDBACK)

VIEW = View(
    name="satisfaction",
    version=4,
    columns=(
        text("complaint_id"),
        number("cycle"),
        flag("satisfied"),
        number("timeliness"),
        number("professionalism"),
        number("effectiveness"),
        number("attitude"),
        *(text(name) for name in WORDS),
        text("recorded_by"),
        moment("recorded_at"),
        flag("void"),
        text("department"),
        flag("restricted"),
        texts("conflicted"),
    ),
    personal=frozenset(WORDS),
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
    recorded_by: str
    recorded_at: datetime
    void: bool
    """The record was found untrue: the customer never said so (F49)."""


class CustomerFeedback(Satisfaction):
    """With what they said in their own words, and by subject (F52); each empty once the person is erased."""

    words: str | None
    customer: str | None
    product: str | None
    service: str | None
    fee: str | None
    value_added: str | None
    opinion: str | None


VIEW.on(*SCOPE)(scope_row)


@VIEW.on(CustomerSatisfied, CustomerDissatisfied)
def said(event: CustomerSatisfied | CustomerDissatisfied, at: At) -> Upsert:
    return Upsert(
        f"{at.subject_id}/{event.cycle}",
        complaint_id=at.subject_id,
        cycle=event.cycle,
        satisfied=isinstance(event, CustomerSatisfied),
        timeliness=event.scores.timeliness,
        professionalism=event.scores.professionalism,
        effectiveness=event.scores.effectiveness,
        attitude=event.scores.attitude,
        recorded_by=event.by,
        recorded_at=event.at,
        void=False,
        **dict.fromkeys(WORDS) | {"words": event.words} | _by_subject(event.feedback),
    )


def _by_subject(feedback: Feedback | None) -> dict[str, Any]:
    return {} if feedback is None else {name: getattr(feedback, name) for name in FEEDBACK}


@VIEW.on(CallbackRecordAudited)
def audited(event: CallbackRecordAudited, at: At) -> Upsert | None:
    """It stays to be seen, marked as what it is; another caller's record in this cycle takes its place."""
    return Upsert(f"{at.subject_id}/{event.cycle}", void=True) if event.result_void else None


def once_said(table: Table, actor: Any) -> ColumnElement[bool]:
    """Until the customer was reached there is nothing to read."""
    return visible(table, actor, table.c.satisfied.is_not(None))


VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/satisfaction",
        may=STAFF,
        model=Satisfaction,
        summary="How the customer rated the handling, cycle by cycle",
        order="cycle",
        where=once_said,
    )
)
VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/feedback",
        may=STAFF,
        model=CustomerFeedback,
        summary="What the customer said, in their own words and by subject, cycle by cycle",
        order="cycle",
        where=once_said,
        purpose=True,
    )
)
