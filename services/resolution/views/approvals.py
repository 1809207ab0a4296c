"""What waits for an approval, and what is it to be decided by?"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_, func, or_, true

from services.resolution.authority import APPROVING
from services.resolution.views import SCOPE, Restricted, open_to, restriction, taken_over
from shared.events.callback import ComplaintReopened
from shared.events.intake import (
    Classified,
    ComplaintClassified,
    ComplaintDowngraded,
    ComplaintEscalatedToSpecial,
    ComplaintReclassified,
)
from shared.events.investigation import ConflictDeclared, FindingsAccepted, FindingsSubmitted
from shared.events.resolution import (
    ApprovalEscalated,
    OfferLapsed,
    RemedyApproved,
    RemedyDeclined,
    RemedyExecutionStarted,
    RemedyRejected,
    RemedyReturned,
    RemedySubmitted,
    ResolutionConcluded,
    WithdrawalGranted,
)
from shared.events.vocabulary import RemedyKind, Severity, Verdict
from shared.packs.house import APPROVERS_IF_SPECIAL
from shared.projections.scope import conflict_declared
from shared.projections.view import Append, At, Question, Upsert, View, flag, minor_units, moment, number, text, texts

VIEW = View(
    "approvals",
    version=3,
    columns=[
        text("complaint_id"),
        number("cycle"),
        text("option"),
        text("kind"),
        minor_units("amount"),
        text("currency"),
        minor_units("total"),
        text("proposer"),
        text("proposed_for"),
        text("digest"),
        moment("submitted_at"),
        moment("execute_by"),
        text("severity"),
        flag("special"),
        text("verdict"),
        text("cause"),
        minor_units("loss"),
        text("loss_currency"),
        text("reasons"),
        number("step"),
        number("of"),
        text("role"),
        texts("approved_by"),
        flag("under_way"),
        *SCOPE,
    ],
    personal=frozenset({"reasons"}),
    indexes=(("submitted_at",),),
)
_SPECIAL: dict[str, Any] = {"severity": "special", "special": True}

VIEW.on(ConflictDeclared)(conflict_declared)


@VIEW.on(ComplaintClassified, ComplaintReclassified)
def classified(event: Classified, at: At) -> Upsert:
    graver = _SPECIAL if event.severity == "special" else {}
    return Upsert(at.subject_id, **graver, **restriction(event))


@VIEW.on(ComplaintEscalatedToSpecial)
def became_special(event: ComplaintEscalatedToSpecial, at: At) -> Upsert:
    """What one person approved takes another one's approval now."""
    return Upsert(at.subject_id, **_SPECIAL)


@VIEW.on(ComplaintDowngraded)
def downgraded(event: ComplaintDowngraded, at: At) -> Upsert:
    return Upsert(at.subject_id, severity="ordinary", special=False)


@VIEW.on(FindingsSubmitted)
def found(event: FindingsSubmitted, at: At) -> Upsert:
    return Upsert(at.subject_id, reasons=event.reasons)


@VIEW.on(FindingsAccepted)
def accepted(event: FindingsAccepted, at: At) -> Upsert:
    graver = _SPECIAL if event.severity == "special" else {}
    loss = {"loss": event.loss.minor, "loss_currency": event.loss.currency}
    return Upsert(at.subject_id, **taken_over(event, at).values, **graver, **loss)


@VIEW.on(RemedySubmitted)
def submitted(event: RemedySubmitted, at: At) -> Upsert:
    graver: dict[str, Any] = {"special": True} if event.severity == "special" else {}
    hidden: dict[str, Any] = {"restricted": True} if event.restricted else {}
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        cycle=event.cycle,
        option=event.option,
        kind=event.kind,
        amount=event.amount.minor,
        currency=event.amount.currency,
        total=(event.total or event.amount).minor,
        proposer=event.by,
        proposed_for=event.on_behalf_of,
        digest=event.digest,
        submitted_at=event.at,
        execute_by=event.execute_by,
        department=event.department,
        severity=event.severity,
        verdict=event.verdict,
        cause=event.cause,
        step=1,
        of=1,
        role=APPROVING[0],
        approved_by=None,
        under_way=True,
        **graver,
        **hidden,
    )


@VIEW.on(RemedyApproved)
def approved(event: RemedyApproved, at: At) -> Upsert:
    """The next step; of an approval that is complete too, since a complaint may yet become special."""
    role = APPROVING[min(event.step, len(APPROVING) - 1)]
    return Upsert(at.subject_id, step=event.step + 1, of=event.of, role=role, approved_by=Append(event.by))


@VIEW.on(ApprovalEscalated)
def escalated(event: ApprovalEscalated, at: At) -> Upsert:
    return Upsert(at.subject_id, role=event.to, total=event.total.minor)


@VIEW.on(
    RemedyReturned,
    RemedyRejected,
    RemedyDeclined,
    OfferLapsed,
    RemedyExecutionStarted,
    ResolutionConcluded,
    WithdrawalGranted,
)
def decided(event: Any, at: At) -> Upsert:
    return Upsert(at.subject_id, under_way=False)


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    return Upsert(at.subject_id, under_way=False, **(_SPECIAL if event.special else {}))


class WaitingRemedy(BaseModel):
    """A submitted remedy that takes a further approval."""

    complaint_id: str
    cycle: int
    option: str
    kind: RemedyKind
    amount: int = Field(description="In the currency's minor unit; 0 without money.")
    currency: str
    total: int = Field(
        description="What an approval answers for: the remedy with all that complaint and customer were given, as it "
        "was known at the submission or at the step before."
    )
    proposer: str = Field(description="Staff id of who proposed and submitted it; may not approve.")
    digest: str = Field(description="SHA-256 of the terms, to be named by the approval.")
    submitted_at: datetime
    execute_by: datetime | None = Field(description="By when it is to be done.")
    department: str = Field(description="The responsible department.")
    severity: Severity = Field(description="A special complaint takes at least two approvals.")
    restricted: Restricted
    verdict: Verdict = Field(description="What the investigation found.")
    cause: str = Field(description="The cause found, a code of the rule pack.")
    step: int = Field(description="Which step of its approval comes next.")
    of: int = Field(description="How many steps were announced; more than 1 once somebody's limit was too low.")
    role: str = Field(description="The lowest role that may take this step.")
    approved_by: list[str] | None = Field(description="Staff ids of those who took the steps before.")


class BasisOfDecision(WaitingRemedy):
    """The same, with what it is decided by. The options beside it stand under `/complaints/{complaint_id}/remedies`."""

    reasons: str | None = Field(description="Those of the findings. Null when the customer's data has been erased.")
    loss: int | None = Field(description="As assessed by the investigation, in its currency's minor unit.")
    loss_currency: str | None


def waiting(table: Table, actor: Any) -> ColumnElement[bool]:
    """On its way, with steps of approval left; of cases that are open to this actor."""
    left = or_(table.c.step <= table.c.of, and_(table.c.special.is_(True), table.c.step <= APPROVERS_IF_SPECIAL))
    return and_(table.c.under_way.is_(True), left, open_to(table, actor))


def waiting_for(table: Table, actor: Any) -> ColumnElement[bool]:
    """What this actor may be the one to approve: in their role, and neither proposed by them, or in their name, nor
    approved by them before."""
    if actor.role not in APPROVING:
        return waiting(table, actor)
    theirs = table.c.role.in_(APPROVING[: APPROVING.index(actor.role) + 1])
    proposed = and_(table.c.proposer != actor.id, table.c.proposed_for.is_distinct_from(actor.id))
    others = and_(proposed, func.array_position(table.c.approved_by, actor.id).is_(None))
    led = table.c.department == actor.department if actor.role == "department_lead" else true()
    return and_(waiting(table, actor), theirs, others, led)


_MAY = (*APPROVING, "compliance_officer")

VIEW.ask(
    Question(
        "/worklists/approvals",
        may=_MAY,
        model=WaitingRemedy,
        summary="What waits for my approval, longest waiting first.",
        filters=("department", "severity", "role", "cause"),
        order="submitted_at",
        where=waiting_for,
    )
)
VIEW.ask(
    Question(
        "/approvals/{complaint_id}",
        may=_MAY,
        model=BasisOfDecision,
        summary="What a remedy that waits for an approval is decided by.",
        one=True,
        purpose=True,
        where=waiting,
    )
)
