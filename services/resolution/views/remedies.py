"""Which options does a complaint have, and what became of each?"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.resolution.views import SCOPE, Restricted, keep_scope, of_cases_open_to
from shared.events.resolution import (
    OfferLapsed,
    PaymentOutcomeUnknown,
    RemedyAccepted,
    RemedyApproved,
    RemedyDeclined,
    RemedyExecuted,
    RemedyExecutionFailed,
    RemedyExecutionStarted,
    RemedyOffered,
    RemedyOptionProposed,
    RemedyOptionWithdrawn,
    RemedyRejected,
    RemedyReturned,
    RemedyReversed,
    RemedySubmitted,
)
from shared.events.vocabulary import RemedyKind
from shared.projections.scope import STAFF
from shared.projections.view import Append, At, Question, Upsert, View, flag, minor_units, moment, number, text, texts

VIEW = View(
    "remedies",
    version=2,
    columns=[
        text("complaint_id"),
        number("cycle"),
        text("option"),
        text("kind"),
        minor_units("amount"),
        text("currency"),
        number("instalments"),
        flag("settlement"),
        text("status"),
        text("proposer"),
        text("approver"),
        texts("approvers"),
        text("description"),
        text("digest"),
        moment("execute_by"),
        moment("proposed_at"),
        moment("updated_at"),
        *SCOPE,
    ],
    personal=frozenset({"description"}),
    indexes=(("complaint_id", "proposed_at"),),
)
keep_scope(VIEW)

Later = (
    RemedyOptionWithdrawn
    | RemedySubmitted
    | RemedyReturned
    | RemedyRejected
    | RemedyOffered
    | RemedyAccepted
    | RemedyDeclined
    | OfferLapsed
    | RemedyExecutionStarted
    | PaymentOutcomeUnknown
    | RemedyExecuted
    | RemedyExecutionFailed
    | RemedyReversed
)
_STATUS: dict[type[Later], str] = {
    RemedyOptionWithdrawn: "withdrawn",
    RemedySubmitted: "submitted",
    RemedyReturned: "returned",
    RemedyRejected: "rejected",
    RemedyOffered: "offered",
    RemedyAccepted: "accepted",
    RemedyDeclined: "declined",
    OfferLapsed: "lapsed",
    RemedyExecutionStarted: "executing",
    PaymentOutcomeUnknown: "outcome_unknown",
    RemedyExecuted: "executed",
    RemedyExecutionFailed: "failed",
    RemedyReversed: "reversed",
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
        instalments=max(len(event.instalments), 1),
        settlement=event.settlement,
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
    """Whoever took the last step approved it. A step that a special complaint adds later changes nothing but that."""
    taken: dict[str, Any] = {"approvers": Append(event.by), "updated_at": event.at}
    if event.step < event.of:
        return Upsert(_key(event, at), status="escalated", **taken)
    return Upsert(_key(event, at), status="approved", approver=event.by, **taken)


@VIEW.on(*_STATUS)
def went_on(event: Later, at: At) -> Upsert:
    return Upsert(_key(event, at), status=_STATUS[type(event)], updated_at=event.at)


Status = Literal[
    "proposed", "withdrawn", "submitted", "escalated", "approved", "returned", "rejected", "offered", "accepted",
    "declined", "lapsed", "executing", "outcome_unknown", "failed", "executed", "reversed",
]  # fmt: skip


class Remedy(BaseModel):
    """One option of a complaint."""

    complaint_id: str
    cycle: int
    option: str = Field(description="The id its proposer gave it; unique in its cycle.")
    kind: RemedyKind
    amount: int = Field(description="In the currency's minor unit; 0 without money.")
    currency: str
    instalments: int = Field(description="In how many payments; 1 if in one, or if nothing is paid.")
    settlement: bool = Field(description="The customer gives something up for it.")
    status: Status = Field(description="escalated: a further approval is needed.")
    proposer: str = Field(description="Staff id.")
    approver: str | None = Field(description="Staff id of whoever approved it last; null before.")
    approvers: list[str] | None = Field(description="Staff ids of everybody who approved a step of it.")
    description: str | None = Field(description="Null when the customer's data has been erased.")
    digest: str = Field(description="SHA-256 of the terms: what approval, acceptance and execution name.")
    execute_by: datetime
    proposed_at: datetime
    updated_at: datetime
    department: str = Field(description="The responsible department.")
    restricted: Restricted


VIEW.ask(
    Question(
        "/complaints/{complaint_id}/remedies",
        may=STAFF,
        model=Remedy,
        summary="The options of a complaint, in the order they were proposed.",
        order="proposed_at",
        where=of_cases_open_to,
    )
)
