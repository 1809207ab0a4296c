"""What became of every payment and every compensating entry?"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_

from services.resolution.views import SCOPE, keep_scope, of_cases_open_to
from shared.events.resolution import (
    PaymentOutcomeUnknown,
    PaymentReconciled,
    RemedyExecutionFailed,
    RemedyExecutionStarted,
    RemedyReversed,
    RemedyStepExecuted,
    ReversalBooked,
)
from shared.projections.view import At, Question, Update, Upsert, View, minor_units, moment, number, text

VIEW = View(
    "payments",
    version=3,
    columns=[
        text("reference"),
        text("kind"),
        text("complaint_id"),
        number("cycle"),
        text("option"),
        text("digest"),
        number("step"),
        number("of"),
        minor_units("amount"),
        text("currency"),
        text("status"),
        text("started_by"),
        text("started_for"),
        moment("started_at"),
        moment("settled_at"),
        text("receipt"),
        text("reason"),
        text("reconciled_by"),
        text("proof"),
        *SCOPE,
    ],
    indexes=(("status", "started_at"), ("complaint_id", "started_at")),
)
_MAY = ("executor", "approver", "higher_approver", "triage_lead", "compliance_officer", "risk_control")
"""Roles that read every case."""
keep_scope(VIEW)


@VIEW.on(RemedyExecutionStarted)
def started(event: RemedyExecutionStarted, at: At) -> Upsert | None:
    """What moves no money is no payment, and nothing that becomes of it makes a row either."""
    if event.amount.minor == 0 or event.kind == "waiver":
        return None
    return Upsert(
        event.payment,
        reference=event.payment,
        kind="payment",
        complaint_id=at.subject_id,
        cycle=event.cycle,
        option=event.option,
        digest=event.digest,
        step=event.step,
        of=event.of,
        amount=event.amount.minor,
        currency=event.amount.currency,
        status="started",
        started_by=event.by,
        started_for=event.on_behalf_of,
        started_at=event.at,
    )


@VIEW.on(RemedyReversed)
def reversed_(event: RemedyReversed, at: At) -> Upsert:
    return Upsert(
        event.entry,
        reference=event.entry,
        kind="reversal",
        complaint_id=at.subject_id,
        cycle=event.cycle,
        option=event.option,
        digest=event.digest,
        step=1,
        of=1,
        amount=event.amount.minor,
        currency=event.amount.currency,
        status="started",
        started_by=event.by,
        started_at=event.at,
    )


@VIEW.on(PaymentOutcomeUnknown)
def unknown(event: PaymentOutcomeUnknown, at: At) -> Update:
    return Update(event.payment, status="unknown")


@VIEW.on(PaymentReconciled)
def reconciled(event: PaymentReconciled, at: At) -> Update:
    """Whether it was paid says the fact that follows."""
    return Update(event.payment, reconciled_by=event.by, proof=event.proof)


@VIEW.on(RemedyStepExecuted)
def paid(event: RemedyStepExecuted, at: At) -> Update:
    return Update(event.payment, status="done", receipt=event.receipt, settled_at=event.at)


@VIEW.on(RemedyExecutionFailed)
def failed(event: RemedyExecutionFailed, at: At) -> Update:
    return Update(event.payment, status="refused", reason=event.reason, settled_at=event.at)


@VIEW.on(ReversalBooked)
def booked(event: ReversalBooked, at: At) -> Update:
    status = "refused" if event.receipt is None else "done"
    return Update(event.entry, status=status, receipt=event.receipt, reason=event.refused, settled_at=event.at)


class Payment(BaseModel):
    """One payment that left the house, or one entry that takes money back."""

    reference: str = Field(description="Ours; never used twice.")
    kind: Literal["payment", "reversal"]
    complaint_id: str
    cycle: int
    option: str
    digest: str = Field(description="SHA-256 of the terms.")
    step: int
    of: int
    amount: int = Field(description="In the currency's minor unit.")
    currency: str
    status: Literal["started", "unknown", "done", "refused"] = Field(description="unknown: people must find out.")
    started_by: str = Field(description="Staff id; somebody else reconciles it.")
    started_at: datetime
    settled_at: datetime | None
    receipt: str | None = Field(description="The provider's.")
    reason: str | None = Field(description="Why it was not made.")
    reconciled_by: str | None = Field(description="Staff id of who found out, where the provider did not say.")
    proof: str | None = Field(description="Where that can be seen.")


def to_reconcile(table: Table, actor: Any) -> ColumnElement[bool]:
    others = and_(table.c.started_by != actor.id, table.c.started_for.is_distinct_from(actor.id))
    return and_(table.c.status == "unknown", others, of_cases_open_to(table, actor))


VIEW.ask(
    Question(
        "/payments",
        may=_MAY,
        model=Payment,
        summary="Payments and reversals, the latest first.",
        filters=("status", "kind", "complaint_id", "started_by"),
        ranges=("started_at",),
        order="started_at",
        descending=True,
        where=of_cases_open_to,
    )
)
VIEW.ask(
    Question(
        "/worklists/reconciliations",
        may=("executor", "compliance_officer"),
        model=Payment,
        summary="Payments of which nobody knows whether they were made, the oldest first; not those that I started.",
        order="started_at",
        where=to_reconcile,
    )
)
