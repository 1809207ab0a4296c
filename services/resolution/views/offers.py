"""Which offers wait for the customer's answer, and until when?"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_

from services.resolution.views import SCOPE, Restricted, keep_scope, open_to
from shared.events.callback import ComplaintReopened
from shared.events.resolution import (
    OfferLapsed,
    RemedyAccepted,
    RemedyDeclined,
    RemedyExecutionStarted,
    RemedyOffered,
    RemedyRejected,
    RemedyReturned,
    RemedySubmitted,
    ResolutionConcluded,
    WithdrawalGranted,
)
from shared.events.vocabulary import Channel, RemedyKind
from shared.projections.scope import STAFF
from shared.projections.view import At, Question, Upsert, View, flag, minor_units, moment, number, text

VIEW = View(
    "offers",
    version=1,
    columns=[
        text("complaint_id"),
        number("cycle"),
        text("option"),
        text("kind"),
        minor_units("amount"),
        text("currency"),
        text("digest"),
        text("channel"),
        text("proof"),
        moment("offered_at"),
        moment("lapses_at"),
        flag("stands"),
        *SCOPE,
    ],
    indexes=(("lapses_at",),),
)
keep_scope(VIEW)


@VIEW.on(RemedySubmitted)
def submitted(event: RemedySubmitted, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        cycle=event.cycle,
        option=event.option,
        kind=event.kind,
        amount=event.amount.minor,
        currency=event.amount.currency,
        digest=event.digest,
        stands=False,
    )


@VIEW.on(RemedyOffered)
def offered(event: RemedyOffered, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        channel=event.channel,
        proof=event.proof,
        offered_at=event.at,
        lapses_at=event.lapses_at,
        stands=True,
    )


@VIEW.on(
    RemedyAccepted,
    RemedyDeclined,
    OfferLapsed,
    RemedyReturned,
    RemedyRejected,
    RemedyExecutionStarted,
    ResolutionConcluded,
    WithdrawalGranted,
    ComplaintReopened,
)
def ended(event: Any, at: At) -> Upsert:
    return Upsert(at.subject_id, stands=False)


class StandingOffer(BaseModel):
    """A remedy that was put to the customer, who has not answered yet."""

    complaint_id: str
    cycle: int
    option: str
    kind: RemedyKind
    amount: int = Field(description="In the currency's minor unit; 0 without money.")
    currency: str
    digest: str = Field(description="SHA-256 of the terms, to be named by the acceptance.")
    channel: Channel
    proof: str = Field(description="What proves that it was sent.")
    offered_at: datetime
    lapses_at: datetime = Field(description="Until then an acceptance can be recorded.")
    department: str | None = Field(description="The responsible department.")
    restricted: Restricted


def standing(table: Table, actor: Any) -> ColumnElement[bool]:
    return and_(table.c.stands.is_(True), open_to(table, actor))


VIEW.ask(
    Question(
        "/worklists/offers",
        may=STAFF,
        model=StandingOffer,
        summary="Offers that wait for the customer's answer, the one that lapses first on top.",
        filters=("department", "kind"),
        ranges=("lapses_at",),
        order="lapses_at",
        where=standing,
    )
)
