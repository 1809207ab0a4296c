"""外部转介 Which complaints are before somebody outside, and what was decided there."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Table

from services.callback.views import SCOPE, scope_row, visible
from shared.events.callback import ExternalDecisionReceived, ExternalReferralRecorded
from shared.projections.scope import STAFF
from shared.projections.view import At, Question, Upsert, View, flag, moment, text, texts

VIEW = View(
    name="referrals",
    version=2,
    columns=(
        text("complaint_id"),
        text("referral"),
        text("body"),
        text("reference"),
        moment("recorded_at"),
        text("result"),
        text("decision_reference"),
        moment("decided_at"),
        text("summary"),
        text("decision"),
        text("department"),
        flag("restricted"),
        texts("conflicted"),
    ),
    personal=frozenset({"summary", "decision"}),
    indexes=(("complaint_id", "recorded_at"), ("recorded_at",)),
)


class Referral(BaseModel):
    """One matter before an ombudsman, a mediator, an arbitrator, a court or the regulator."""

    complaint_id: UUID
    referral: str
    body: Literal["ombudsman", "mediation", "arbitration", "court", "regulator"]
    reference: str
    recorded_at: datetime
    result: Literal["upheld", "changed", "settled"] | None
    decision_reference: str | None
    decided_at: datetime | None
    """When what they decided was recorded here."""


class ReferralWithSummary(Referral):
    """With what it is about and what was decided; each empty once the person is erased."""

    summary: str | None
    decision: str | None


VIEW.on(*SCOPE)(scope_row)


@VIEW.on(ExternalReferralRecorded)
def recorded(event: ExternalReferralRecorded, at: At) -> Upsert:
    return Upsert(
        f"{at.subject_id}/{event.referral}",
        complaint_id=at.subject_id,
        referral=event.referral,
        body=event.body,
        reference=event.reference,
        recorded_at=event.at,
        summary=event.summary,
    )


@VIEW.on(ExternalDecisionReceived)
def decided(event: ExternalDecisionReceived, at: At) -> Upsert:
    return Upsert(
        f"{at.subject_id}/{event.referral}",
        result=event.result,
        decision_reference=event.reference,
        decided_at=event.at,
        decision=event.summary,
    )


def only_referrals(table: Table, actor: Any) -> ColumnElement[bool]:
    """The referrals of complaints that one may see."""
    return visible(table, actor, table.c.recorded_at.is_not(None))


VIEW.ask(
    Question(
        path="/referrals",
        may=STAFF,
        model=Referral,
        summary="Complaints before somebody outside, the latest first",
        filters=("body", "result"),
        ranges=("recorded_at",),
        order="recorded_at",
        descending=True,
        where=only_referrals,
    )
)
VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/referrals",
        may=STAFF,
        model=ReferralWithSummary,
        summary="Where outside one complaint was brought, and what was decided",
        order="recorded_at",
        where=only_referrals,
        purpose=True,
    )
)
