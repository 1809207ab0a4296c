"""Facts of resolution: remedy, approval, offer, execution (domain 4.2)."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.events.base import ComplaintEvent
from shared.events.vocabulary import (
    CalculationStep,
    Channel,
    Code,
    Digest,
    Evidence,
    Instalment,
    Instant,
    Money,
    Outcome,
    PersonSubject,
    Reference,
    RemedyKind,
    Severity,
    StaffId,
    Verdict,
)
from shared.privacy.personal import Personal

TableName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/@-]*$")]
"""Which table of limits was in force. A code, or a pack's table with its version: `house@1`."""


class FromResolution(ComplaintEvent, source="resolution"):
    """A fact that resolution alone may state."""


class RemedyOptionProposed(FromResolution, wire="remedy.option-proposed", critical=True, term="提出处理方案"):
    """One of the options on the table (F09)."""

    option: Code
    kind: RemedyKind
    amount: Money
    """Zero for a remedy without money."""
    steps: tuple[CalculationStep, ...] = ()
    description: Personal
    execute_by: Instant
    digest: Digest
    """SHA-256 over complaint, cycle, option, kind, amount, steps' amounts, execute_by, and, where there are any,
    instalments and settlement. An option never changes."""
    department: Code
    """The responsible department, and whether the case is restricted: so that who may see an option stands in it."""
    restricted: bool = False
    instalments: tuple[Instalment, ...] = Field((), max_length=24)
    """Several payments, in order; empty for one."""
    settlement: bool = False
    """The customer gives something up for it, so that it needs their acceptance even without money."""


class RemedyOptionWithdrawn(FromResolution, wire="remedy.option-withdrawn", critical=True, term="撤回处理方案"):
    """Its proposer takes an option off the table before it is submitted."""

    option: Code
    digest: Digest
    reasons: Personal


class RemedySubmitted(FromResolution, wire="remedy.submitted", critical=True, term="提交审批"):
    """The option is frozen: from here on only these very bytes can be approved, offered and executed."""

    option: Code
    digest: Digest
    amount: Money
    kind: RemedyKind
    verdict: Verdict
    cause: Code
    department: Code
    """The responsible department. It and the findings travel along: they are what the approver decides by."""
    severity: Severity = "ordinary"
    restricted: bool = False
    total: Money | None = None
    """This remedy with all that complaint and customer were given, as known at that moment."""
    execute_by: Instant | None = None


class RemedyApproved(FromResolution, wire="remedy.approved", critical=True, term="批准"):
    """The leader in charge approved it with a written instruction 批示 (F10), within their authority limit."""

    option: Code
    digest: Digest
    amount: Money
    step: int = Field(ge=1, le=9)
    of: int = Field(ge=1, le=9)
    instruction: Personal
    limit: Money
    """The approver's limit at that instant, so that the record explains itself."""
    limits: TableName
    role: Code
    """In which role and from which department the approver acted: the same limit is asked for again at execution."""
    department: Code
    total: Money | None = None
    """What the last step's approver answers for: this remedy with all that complaint and customer were given."""


class ApprovalEscalated(FromResolution, wire="remedy.approval-escalated", critical=True, term="审批上报"):
    """The sum is above the limit of who approved this step: the next step is for the role above."""

    option: Code
    digest: Digest
    to: Code
    total: Money
    limit: Money
    """Of who approved last."""


class RemedyReturned(FromResolution, wire="remedy.returned", critical=True, term="退回"):
    """The approver wants another or a better option. An approval of this digest is dead."""

    option: Code
    digest: Digest
    reasons: Personal


class RemedyRejected(FromResolution, wire="remedy.rejected", critical=True, term="不批准"):
    """The approver does not want this option at all, in whatever form. An approval of this digest is dead."""

    option: Code
    digest: Digest
    reasons: Personal


class RemedyOffered(FromResolution, wire="remedy.offered", critical=True, term="告知处理方案"):
    """The approved remedy was put to the customer."""

    option: Code
    digest: Digest
    letter: Personal
    channel: Channel
    proof: Reference
    lapses_at: Instant


class RemedyAccepted(FromResolution, wire="remedy.accepted", critical=True, term="客户接受"):
    """The customer accepted this very remedy, and there is proof (客户签字, F11)."""

    option: Code
    digest: Digest
    evidence: Evidence


class RemedyDeclined(FromResolution, wire="remedy.declined", critical=True, term="客户不接受"):
    """The customer does not want it; a new option follows."""

    option: Code
    digest: Digest
    reasons: Personal
    final: bool = False
    """They want no other offer either, and there is proof of it: the firm's final position may follow."""
    evidence: Evidence | None = None


class OfferLapsed(FromResolution, wire="remedy.offer-lapsed", critical=True, term="方案逾期失效"):
    """The customer said nothing until the offer lapsed. Silence is no acceptance: another option follows."""

    option: Code
    digest: Digest
    lapsed_at: Instant


class FinalPositionStated(FromResolution, wire="remedy.final-position-stated", critical=True, term="最终答复"):
    """After the rounds of offers are used up, a higher approver says what the firm's last word is, with the remedies
    open to the customer (loop 7)."""

    rounds: int = Field(ge=1, le=100)
    reasons: Personal
    letter: Personal
    channel: Channel
    proof: Reference


class RemedyExecutionStarted(FromResolution, wire="remedy.execution-started", critical=True, term="开始执行"):
    """From here money may move. The payment leaves under `payment`, a reference that is never used twice."""

    option: Code
    digest: Digest
    payment: Reference
    amount: Money
    step: int = Field(1, ge=1, le=99)
    of: int = Field(1, ge=1, le=99)
    kind: RemedyKind | None = None
    """A waiver has an amount, but nothing leaves the house for it."""
    customer: PersonSubject | None = None
    """Who is paid, into the account that the provider has on file for them: no instruction names another."""


class PaymentOutcomeUnknown(FromResolution, wire="remedy.payment-unknown", critical=True, term="付款结果不明"):
    """The provider does not say what became of the payment. It is reconciled by people, never sent again blindly."""

    option: Code
    payment: Reference
    step: int = Field(ge=1, le=99)
    amount: Money


class PaymentReconciled(FromResolution, wire="remedy.payment-reconciled", critical=True, term="付款核对"):
    """Somebody other than who started it found out: it was paid, or it was not."""

    option: Code
    payment: Reference
    step: int = Field(ge=1, le=99)
    paid: bool
    receipt: Reference | None = None
    """The provider's, if it was paid."""
    proof: Reference
    """Where it can be seen, such as a statement of account."""


class RemedyStepExecuted(FromResolution, wire="remedy.step-executed", critical=True, term="执行一步"):
    """One step is done: money was paid (receipt of the provider), or the correction or apology was made."""

    step: int = Field(ge=1, le=99)
    payment: Reference
    amount: Money
    receipt: Reference


class RemedyExecuted(FromResolution, wire="remedy.executed", critical=True, term="处理方案执行完毕"):
    """All steps are done; their sum is what was approved."""

    option: Code
    digest: Digest
    total: Money


class RemedyExecutionFailed(FromResolution, wire="remedy.execution-failed", critical=True, term="执行失败"):
    """The provider refused the payment, and no money moved. It may be started again."""

    option: Code
    payment: Reference
    reason: Code


class ReversalProposed(FromResolution, wire="remedy.reversal-proposed", critical=True, term="拟冲正"):
    """An executor says that what was carried out must be taken back."""

    option: Code
    digest: Digest
    amount: Money
    reasons: Personal


class ReversalRefused(FromResolution, wire="remedy.reversal-refused", critical=True, term="不同意冲正"):
    """The approver does not agree: what was carried out stands."""

    digest: Digest
    reasons: Personal


class RemedyReversed(FromResolution, wire="remedy.reversed", critical=True, term="冲正"):
    """Taken back by a compensating entry, never by changing what was recorded. The complaint is reopened."""

    option: Code
    digest: Digest
    amount: Money
    entry: Reference
    """The compensating entry's own reference; never used twice."""
    proposed_by: StaffId
    reasons: Personal
    customer: PersonSubject | None = None
    """From whose account on file it comes back."""


class ReversalBooked(FromResolution, wire="remedy.reversal-booked", critical=True, term="冲正入账"):
    """The provider booked the compensating entry, or refused to."""

    entry: Reference
    receipt: Reference | None = None
    refused: Code | None = None
    digest: Digest | None = None
    """Of the remedy that was taken back: once booked, it counts against no limit any more."""


class WithdrawalGranted(FromResolution, wire="resolution.withdrawal-granted", critical=True, term="同意撤诉"):
    """Nothing had left the house: this stream is shut for the cycle."""

    request: UUID
    """The event of the request that this answers."""
    digest: Digest | None = None
    """Of the remedy that was on its way and is dead by it: it counts against no limit any more."""


class WithdrawalRefused(FromResolution, wire="resolution.withdrawal-refused", critical=True, term="不予撤诉"):
    """Too late, or of a cycle that is over."""

    request: UUID
    reason: Literal["execution_started", "concluded", "lower_cycle"]


class CorrectiveActionRaised(FromResolution, wire="action.raised", critical=True, term="溯源整改"):
    """What the firm does so that it does not happen again, by whom and by when (No.3 Art. 26)."""

    action: Code
    cause: Code
    what: Personal
    owner: StaffId
    due_at: Instant
    department: Code


class CorrectiveActionCompleted(FromResolution, wire="action.completed", critical=True, term="整改完成"):
    """Done, and where it can be seen."""

    action: Code
    result: Personal
    proof: Reference


class CorrectiveActionOverdue(FromResolution, wire="action.overdue", term="整改逾期"):
    """Not done by then. A fact; never removed (N12)."""

    action: Code
    due_at: Instant


class ResolutionConcluded(FromResolution, wire="resolution.concluded", critical=True, term="处理完毕"):
    """Resolution is over for this cycle; whatever closes rests on this fact. Once a cycle."""

    outcome: Outcome
    digest: Digest | None = None
    """Of the remedy; none where the firm's final position ended it."""
    total: Money
    handled_by: tuple[StaffId, ...]
    """Everyone who acted, in any service: none of them may make the callback (N8)."""
    investigators: tuple[StaffId, ...]
    severity: Severity = "ordinary"
    restricted: bool = False
    department: Code
    cause: Code
    basis: Literal["remedy_executed", "no_remedy_approved", "final_position_stated"]
    verdict: Verdict | None = None
    approvers: tuple[StaffId, ...] = ()
    """Who approved, so that a review is decided by others."""


ResolutionEvent = (
    RemedyOptionProposed
    | RemedyOptionWithdrawn
    | RemedySubmitted
    | RemedyApproved
    | ApprovalEscalated
    | RemedyReturned
    | RemedyRejected
    | RemedyOffered
    | RemedyAccepted
    | RemedyDeclined
    | OfferLapsed
    | FinalPositionStated
    | RemedyExecutionStarted
    | PaymentOutcomeUnknown
    | PaymentReconciled
    | RemedyStepExecuted
    | RemedyExecuted
    | RemedyExecutionFailed
    | ReversalProposed
    | ReversalRefused
    | RemedyReversed
    | ReversalBooked
    | WithdrawalGranted
    | WithdrawalRefused
    | CorrectiveActionRaised
    | CorrectiveActionCompleted
    | CorrectiveActionOverdue
    | ResolutionConcluded
)
