"""What is to be carried out next, and by when?"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_

from shared.events.callback import ComplaintReopened
from shared.events.investigation import ConflictDeclared
from shared.events.resolution import (
    OfferLapsed,
    PaymentOutcomeUnknown,
    RemedyAccepted,
    RemedyDeclined,
    RemedyExecutionFailed,
    RemedyExecutionStarted,
    RemedyOffered,
    RemedyRejected,
    RemedyReturned,
    RemedyStepExecuted,
    RemedySubmitted,
    ResolutionConcluded,
    WithdrawalGranted,
)
from shared.events.vocabulary import RemedyKind
from shared.projections.scope import conflict_declared, unrestricted
from shared.projections.view import At, Question, Upsert, View, minor_units, moment, number, text, texts

VIEW = View(
    "executions",
    version=2,
    columns=[
        text("complaint_id"),
        number("cycle"),
        text("option"),
        text("kind"),
        minor_units("amount"),
        text("currency"),
        text("digest"),
        text("department"),
        moment("execute_by"),
        text("status"),
        number("done"),
        number("of"),
        text("reason"),
        moment("updated_at"),
        texts("conflicted"),
    ],
    indexes=(("status", "execute_by"),),
)
Ended = RemedyReturned | RemedyRejected | RemedyDeclined | OfferLapsed | WithdrawalGranted | ComplaintReopened
_STARTED = "executing"
_DUE = ("offered", "accepted", "executing", "failed", "outcome_unknown", "next_step_due")


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
        department=event.department,
        execute_by=event.execute_by,
        status="submitted",
        done=0,
        of=None,
        reason=None,
        updated_at=event.at,
    )


@VIEW.on(RemedyOffered)
def offered(event: RemedyOffered, at: At) -> Upsert:
    return Upsert(at.subject_id, status="offered", updated_at=event.at)


@VIEW.on(RemedyAccepted)
def accepted(event: RemedyAccepted, at: At) -> Upsert:
    return Upsert(at.subject_id, status="accepted", updated_at=event.at)


@VIEW.on(RemedyExecutionStarted)
def started(event: RemedyExecutionStarted, at: At) -> Upsert:
    return Upsert(at.subject_id, status=_STARTED, of=event.of, reason=None, updated_at=event.at)


@VIEW.on(PaymentOutcomeUnknown)
def unknown(event: PaymentOutcomeUnknown, at: At) -> Upsert:
    return Upsert(at.subject_id, status="outcome_unknown", updated_at=event.at)


@VIEW.on(RemedyExecutionFailed)
def failed(event: RemedyExecutionFailed, at: At) -> Upsert:
    return Upsert(at.subject_id, status="failed", reason=event.reason, updated_at=event.at)


@VIEW.on(RemedyStepExecuted)
def stepped(event: RemedyStepExecuted, at: At) -> Upsert:
    """Of the last step the conclusion follows in the same breath."""
    return Upsert(at.subject_id, status="next_step_due", done=event.step, updated_at=event.at)


@VIEW.on(ResolutionConcluded)
def concluded(event: ResolutionConcluded, at: At) -> Upsert:
    return Upsert(at.subject_id, status="concluded", updated_at=event.at)


@VIEW.on(RemedyReturned, RemedyRejected, RemedyDeclined, OfferLapsed, WithdrawalGranted, ComplaintReopened)
def ended(event: Ended, at: At) -> Upsert:
    return Upsert(at.subject_id, status="ended", updated_at=event.at)


VIEW.on(ConflictDeclared)(conflict_declared)


Status = Literal[
    "submitted", "offered", "accepted", "executing", "failed", "outcome_unknown", "next_step_due", "concluded", "ended",
]  # fmt: skip


class DueExecution(BaseModel):
    """A remedy that is to be carried out, or goes on to be."""

    complaint_id: str
    cycle: int
    option: str
    kind: RemedyKind
    amount: int = Field(description="In the currency's minor unit; 0 without money.")
    currency: str
    digest: str = Field(description="SHA-256 of the terms, to be named by the execution.")
    department: str = Field(description="The responsible department.")
    execute_by: datetime | None = Field(description="By when all of it is to be done.")
    status: Status = Field(
        description="offered: without money that is enough; outcome_unknown: to be reconciled; failed: to be started "
        "again, or returned."
    )
    done: int = Field(description="How many steps are done.")
    of: int | None = Field(description="Of how many; null before the first is started.")
    reason: str | None = Field(description="Why the last payment failed.")
    updated_at: datetime


def due(table: Table, actor: Any) -> ColumnElement[bool]:
    """Accepted, or offered where no acceptance is needed; and not done. The roles that ask read all cases, but none in
    which they declared a conflict."""
    offered_suffices = table.c.kind.in_(("correction", "apology"))
    is_due = table.c.status.in_(_DUE) & ((table.c.status != "offered") | offered_suffices)
    scope = unrestricted(table, actor)
    return is_due if scope is None else and_(is_due, scope)


VIEW.ask(
    Question(
        "/worklists/executions",
        may=("executor", "approver", "higher_approver", "triage_lead", "compliance_officer"),
        model=DueExecution,
        summary="What is to be carried out, the earliest date first.",
        filters=("department", "kind", "status"),
        ranges=("execute_by",),
        order="execute_by",
        where=due,
    )
)
