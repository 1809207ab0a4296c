"""核查 Which decisions were asked to be reviewed, by when that is to be decided, and what came of it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Table, and_

from services.callback.views import SCOPE, scope_row, visible
from shared.events.callback import ReviewDeadlinePassed, ReviewDecided, ReviewRequested
from shared.events.vocabulary import Channel
from shared.projections.scope import STAFF
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    name="reviews",
    version=2,
    columns=(
        text("complaint_id"),
        text("review"),
        number("cycle"),
        text("asked_by"),
        text("channel"),
        text("proof"),
        moment("requested_at"),
        moment("decide_by"),
        flag("overdue"),
        text("result"),
        moment("decided_at"),
        text("decided_by"),
        text("unit"),
        text("grounds"),
        text("reasons"),
        text("letter"),
        text("department"),
        flag("restricted"),
        texts("conflicted"),
    ),
    personal=frozenset({"grounds", "reasons", "letter"}),
    indexes=(("complaint_id", "requested_at"), ("decide_by",)),
)


class Review(BaseModel):
    """One review of a decision (No.3 Art. 20)."""

    complaint_id: UUID
    review: str
    cycle: int
    """In which it was asked for."""
    asked_by: Literal["customer", "superior_institution"]
    channel: Channel
    proof: str
    requested_at: datetime
    decide_by: datetime
    overdue: bool
    """It was not decided by then. A later decision does not undo it (N12)."""
    result: Literal["upheld", "changed"] | None
    decided_at: datetime | None
    decided_by: str | None
    unit: str | None
    """The department of who decided."""


class ReviewWithReasons(Review):
    """With what was asked, and what the customer was told; each empty once the person is erased."""

    grounds: str | None
    reasons: str | None
    letter: str | None


VIEW.on(*SCOPE)(scope_row)


def _key(review: str, at: At) -> str:
    return f"{at.subject_id}/{review}"


@VIEW.on(ReviewRequested)
def requested(event: ReviewRequested, at: At) -> Upsert:
    return Upsert(
        _key(event.review, at),
        complaint_id=at.subject_id,
        review=event.review,
        cycle=event.cycle,
        asked_by=event.asked_by,
        channel=event.channel,
        proof=event.proof,
        requested_at=event.at,
        decide_by=event.decide_by,
        overdue=False,
        grounds=event.grounds,
    )


@VIEW.on(ReviewDecided)
def decided(event: ReviewDecided, at: At) -> Upsert:
    return Upsert(
        _key(event.review, at),
        result=event.result,
        decided_at=event.at,
        decided_by=event.by,
        unit=event.department,
        reasons=event.reasons,
        letter=event.letter,
    )


@VIEW.on(ReviewDeadlinePassed)
def deadline_passed(event: ReviewDeadlinePassed, at: At) -> Upsert:
    return Upsert(_key(event.review, at), overdue=True)


def every_review(table: Table, actor: Any) -> ColumnElement[bool]:
    """The reviews of complaints that one may see."""
    return visible(table, actor, table.c.requested_at.is_not(None))


def still_open(table: Table, actor: Any) -> ColumnElement[bool]:
    """Those that nobody has decided yet."""
    return visible(table, actor, and_(table.c.requested_at.is_not(None), table.c.decided_at.is_(None)))


VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/reviews",
        may=(*STAFF, "regulator_desk"),
        model=ReviewWithReasons,
        summary="The reviews of one complaint, with what was asked and answered",
        order="requested_at",
        where=every_review,
        purpose=True,
    )
)
VIEW.ask(
    Question(
        path="/worklists/reviews",
        may=(*STAFF, "regulator_desk"),
        model=Review,
        summary="Reviews to be decided, the most urgent first",
        filters=("asked_by", "overdue"),
        ranges=("decide_by",),
        order="decide_by",
        where=still_open,
    )
)
