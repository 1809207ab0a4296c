"""How far is the resolution of a complaint?"""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from shared.events.callback import ComplaintReopened
from shared.events.investigation import FindingsAccepted
from shared.events.resolution import (
    RemedyAccepted,
    RemedyApproved,
    RemedyDeclined,
    RemedyExecutionFailed,
    RemedyExecutionStarted,
    RemedyOffered,
    RemedyReturned,
    RemedySubmitted,
    ResolutionConcluded,
)
from shared.projections.scope import STAFF, unrestricted
from shared.projections.view import At, Change, Question, Upsert, View, flag, minor_units, moment, number, text

VIEW = View(
    "resolutions",
    version=1,
    columns=[
        text("complaint_id"),
        number("cycle"),
        text("status"),
        text("outcome"),
        minor_units("total"),
        text("currency"),
        text("department"),
        flag("restricted"),
        moment("updated_at"),
    ],
    indexes=(("status", "updated_at"), ("department", "updated_at")),
)

Step = (
    RemedySubmitted
    | RemedyApproved
    | RemedyReturned
    | RemedyOffered
    | RemedyAccepted
    | RemedyDeclined
    | RemedyExecutionStarted
    | RemedyExecutionFailed
)
_STATUS: dict[type[Step], str] = {
    RemedySubmitted: "submitted",
    RemedyApproved: "approved",
    RemedyReturned: "returned",
    RemedyOffered: "offered",
    RemedyAccepted: "accepted",
    RemedyDeclined: "declined",
    RemedyExecutionStarted: "executing",
    RemedyExecutionFailed: "failed",
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
        department=event.department,
        restricted=event.restricted,
        updated_at=event.at,
    )


@VIEW.on(*_STATUS)
def went_on(event: Step, at: At) -> Upsert:
    return Upsert(at.subject_id, status=_STATUS[type(event)], updated_at=event.at)


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
    """Only where it begins again at investigation: judged anew, it may never have been here at all."""
    if event.stage != "investigation":
        return ()
    return (
        Upsert(
            at.subject_id,
            complaint_id=at.subject_id,
            cycle=event.cycle,
            status="reopened",
            outcome=None,
            total=None,
            currency=None,
            updated_at=event.at,
        ),
    )


class ResolutionState(BaseModel):
    """How far the resolution of one complaint is, in its current cycle."""

    complaint_id: str
    cycle: int
    status: str = Field(
        description="open, submitted, approved, returned, offered, accepted, declined, executing, failed, concluded "
        "or reopened (until findings are accepted anew)."
    )
    outcome: str | None = Field(description="executed, no_remedy or final_position; null until concluded.")
    total: int | None = Field(description="What this cycle cost, in the currency's minor unit; null until concluded.")
    currency: str | None
    department: str | None = Field(description="The responsible department.")
    restricted: bool | None
    updated_at: datetime


VIEW.ask(
    Question(
        "/resolutions/{complaint_id}",
        may=STAFF,
        model=ResolutionState,
        summary="How far the resolution of a complaint is.",
        one=True,
        where=unrestricted,
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
        where=unrestricted,
    )
)
