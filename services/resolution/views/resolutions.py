"""How far is the resolution of a complaint?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import ColumnElement, Table, and_

from services.resolution.views import SCOPE, Restricted, classified, open_to, restriction
from shared.events.callback import ComplaintReopened
from shared.events.intake import ComplaintClassified, ComplaintReclassified
from shared.events.investigation import ConflictDeclared, FindingsAccepted
from shared.events.resolution import (
    OfferLapsed,
    PaymentOutcomeUnknown,
    RemedyAccepted,
    RemedyApproved,
    RemedyDeclined,
    RemedyExecutionFailed,
    RemedyExecutionStarted,
    RemedyOffered,
    RemedyRejected,
    RemedyReturned,
    RemedyReversed,
    RemedySubmitted,
    ResolutionConcluded,
    WithdrawalGranted,
)
from shared.events.vocabulary import Outcome
from shared.projections.scope import STAFF, conflict_declared
from shared.projections.view import Add, At, Change, Question, Upsert, View, minor_units, moment, number, text

VIEW = View(
    "resolutions",
    version=2,
    columns=[
        text("complaint_id"),
        number("cycle"),
        text("status"),
        text("outcome"),
        minor_units("total"),
        text("currency"),
        number("rounds"),
        moment("updated_at"),
        *SCOPE,
    ],
    indexes=(("status", "updated_at"), ("department", "updated_at")),
)
VIEW.on(ComplaintClassified, ComplaintReclassified)(classified)
VIEW.on(ConflictDeclared)(conflict_declared)

Step = (
    RemedySubmitted
    | RemedyReturned
    | RemedyRejected
    | RemedyOffered
    | RemedyAccepted
    | RemedyExecutionStarted
    | PaymentOutcomeUnknown
    | RemedyExecutionFailed
    | RemedyReversed
)
_STATUS: dict[type[Step], str] = {
    RemedySubmitted: "submitted",
    RemedyReturned: "returned",
    RemedyRejected: "rejected",
    RemedyOffered: "offered",
    RemedyAccepted: "accepted",
    RemedyExecutionStarted: "executing",
    PaymentOutcomeUnknown: "outcome_unknown",
    RemedyExecutionFailed: "failed",
    RemedyReversed: "reversed",
}


@VIEW.on(FindingsAccepted)
def taken_over(event: FindingsAccepted, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        cycle=event.cycle,
        status="open",
        outcome=None,
        total=None,
        currency=None,
        rounds=0,
        department=event.department,
        updated_at=event.at,
        **restriction(event),
    )


@VIEW.on(*_STATUS)
def went_on(event: Step, at: At) -> Upsert:
    return Upsert(at.subject_id, status=_STATUS[type(event)], updated_at=event.at)


@VIEW.on(RemedyApproved)
def approved(event: RemedyApproved, at: At) -> Upsert:
    status = "approved" if event.step == event.of else "escalated"
    return Upsert(at.subject_id, status=status, updated_at=event.at)


@VIEW.on(RemedyDeclined, OfferLapsed)
def round_lost(event: RemedyDeclined | OfferLapsed, at: At) -> Upsert:
    status = "declined" if isinstance(event, RemedyDeclined) else "lapsed"
    return Upsert(at.subject_id, status=status, rounds=Add(1), updated_at=event.at)


@VIEW.on(WithdrawalGranted)
def withdrawn(event: WithdrawalGranted, at: At) -> Upsert:
    """Of a complaint that had not come here yet nothing is to be seen but that."""
    return Upsert(at.subject_id, status="withdrawn", cycle=event.cycle, complaint_id=at.subject_id, updated_at=event.at)


@VIEW.on(ResolutionConcluded)
def concluded(event: ResolutionConcluded, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        status="concluded",
        outcome=event.outcome,
        total=event.total.minor,
        currency=event.total.currency,
        updated_at=event.at,
    )


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Sequence[Change]:
    """Not where it is judged anew: it may never have been here at all."""
    if event.stage == "judgement":
        return ()
    return (
        Upsert(
            at.subject_id,
            complaint_id=at.subject_id,
            cycle=event.cycle,
            status="open" if event.stage == "resolution" else "reopened",
            outcome=None,
            total=None,
            currency=None,
            rounds=0,
            updated_at=event.at,
        ),
    )


Status = Literal[
    "open", "submitted", "escalated", "approved", "returned", "rejected", "offered", "accepted", "declined", "lapsed",
    "executing", "outcome_unknown", "failed", "concluded", "withdrawn", "reversed", "reopened",
]  # fmt: skip


class ResolutionState(BaseModel):
    """How far the resolution of one complaint is, in its current cycle."""

    complaint_id: str
    cycle: int
    status: Status = Field(
        description="escalated: a further approval is needed; reopened: until findings are accepted anew."
    )
    outcome: Outcome | None = Field(description="Null until concluded.")
    total: int | None = Field(description="What this cycle cost, in the currency's minor unit; null until concluded.")
    currency: str | None
    rounds: Annotated[int, BeforeValidator(lambda rounds: rounds or 0)] = Field(
        description="How many offers of this cycle the customer declined or let lapse."
    )
    department: str | None = Field(description="The responsible department.")
    restricted: Restricted
    updated_at: datetime


def begun(table: Table, actor: Any) -> ColumnElement[bool]:
    """Cases that came here, as far as they are open to this actor."""
    return and_(table.c.status.is_not(None), open_to(table, actor))


VIEW.ask(
    Question(
        "/resolutions/{complaint_id}",
        may=STAFF,
        model=ResolutionState,
        summary="How far the resolution of a complaint is.",
        one=True,
        where=begun,
    )
)
VIEW.ask(
    Question(
        "/resolutions",
        may=STAFF,
        model=ResolutionState,
        summary="Resolutions, last changed first.",
        filters=("status", "department"),
        order="updated_at",
        descending=True,
        where=begun,
    )
)
