"""Which options does a complaint have, and what became of each?"""

from datetime import datetime

from pydantic import BaseModel, Field

from shared.events.resolution import (
    RemedyAccepted,
    RemedyApproved,
    RemedyDeclined,
    RemedyExecuted,
    RemedyExecutionFailed,
    RemedyExecutionStarted,
    RemedyOffered,
    RemedyOptionProposed,
    RemedyReturned,
    RemedySubmitted,
)
from shared.projections.scope import STAFF, unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, minor_units, moment, number, text

VIEW = View(
    "remedies",
    version=1,
    columns=[
        text("complaint_id"),
        number("cycle"),
        text("option"),
        text("kind"),
        minor_units("amount"),
        text("currency"),
        text("status"),
        text("proposer"),
        text("approver"),
        text("description"),
        text("digest"),
        moment("execute_by"),
        moment("proposed_at"),
        moment("updated_at"),
        text("department"),
        flag("restricted"),
    ],
    personal=frozenset({"description"}),
    indexes=(("complaint_id", "proposed_at"),),
)

Later = (
    RemedySubmitted
    | RemedyReturned
    | RemedyOffered
    | RemedyAccepted
    | RemedyDeclined
    | RemedyExecutionStarted
    | RemedyExecuted
    | RemedyExecutionFailed
)
_STATUS: dict[type[Later], str] = {
    RemedySubmitted: "submitted",
    RemedyReturned: "returned",
    RemedyOffered: "offered",
    RemedyAccepted: "accepted",
    RemedyDeclined: "declined",
    RemedyExecutionStarted: "executing",
    RemedyExecuted: "executed",
    RemedyExecutionFailed: "failed",
}


def _key(event: RemedyOptionProposed | RemedyApproved | Later, at: At) -> str:
    return f"{at.subject_id}/{event.cycle}/{event.option}"


@VIEW.on(RemedyOptionProposed)
def proposed(event: RemedyOptionProposed, at: At) -> Upsert:
    return Upsert(
        _key(event, at),
        complaint_id=at.subject_id,
        cycle=event.cycle,
        option=event.option,
        kind=event.kind,
        amount=event.amount.minor,
        currency=event.amount.currency,
        status="proposed",
        proposer=event.by,
        description=event.description,
        digest=event.digest,
        execute_by=event.execute_by,
        proposed_at=event.at,
        updated_at=event.at,
        department=event.department,
        restricted=event.restricted,
    )


@VIEW.on(RemedyApproved)
def approved(event: RemedyApproved, at: At) -> Upsert:
    return Upsert(_key(event, at), status="approved", approver=event.by, updated_at=event.at)


@VIEW.on(*_STATUS)
def went_on(event: Later, at: At) -> Upsert:
    return Upsert(_key(event, at), status=_STATUS[type(event)], updated_at=event.at)


class Remedy(BaseModel):
    """One option of a complaint."""

    complaint_id: str
    cycle: int
    option: str = Field(description="The id its proposer gave it; unique in its cycle.")
    kind: str = Field(description="compensation, refund, correction, apology or no_remedy.")
    amount: int = Field(description="In the currency's minor unit; 0 without money.")
    currency: str
    status: str = Field(
        description="proposed, submitted, approved, returned, offered, accepted, declined, executing, executed, failed."
    )
    proposer: str = Field(description="Staff id.")
    approver: str | None = Field(description="Staff id of whoever approved it last; null before.")
    description: str | None = Field(description="Null when the customer's data has been erased.")
    digest: str = Field(description="SHA-256 of the terms: what approval, acceptance and execution name.")
    execute_by: datetime
    proposed_at: datetime
    updated_at: datetime
    department: str = Field(description="The responsible department.")
    restricted: bool


VIEW.ask(
    Question(
        "/complaints/{complaint_id}/remedies",
        may=STAFF,
        model=Remedy,
        summary="The options of a complaint, in the order they were proposed.",
        order="proposed_at",
        where=unrestricted,
    )
)
