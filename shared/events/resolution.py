"""Facts of resolution: remedy, approval, offer, execution (domain 4.2)."""

from typing import Annotated, Literal

from pydantic import Field

from shared.events.base import ComplaintEvent
from shared.events.vocabulary import (
    CalculationStep,
    Channel,
    Code,
    Digest,
    Evidence,
    Instant,
    Money,
    Outcome,
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
    """SHA-256 over complaint, cycle, option, kind, amount, steps' amounts and execute_by. An option never changes."""
    department: Code
    """The responsible department, and whether the case is restricted: so that who may see an option stands in it."""
    restricted: bool = False


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


class RemedyReturned(FromResolution, wire="remedy.returned", critical=True, term="退回"):
    """The approver wants another or a better option. An approval of this digest is dead."""

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


class RemedyExecutionStarted(FromResolution, wire="remedy.execution-started", critical=True, term="开始执行"):
    """From here money may move. The payment leaves under `payment`, a reference that is never used twice."""

    option: Code
    digest: Digest
    payment: Reference
    amount: Money


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


class ResolutionConcluded(FromResolution, wire="resolution.concluded", critical=True, term="处理完毕"):
    """Resolution is over for this cycle; whatever closes rests on this fact. Once a cycle."""

    outcome: Outcome
    digest: Digest
    total: Money
    handled_by: tuple[StaffId, ...]
    """Everyone who acted, in any service: none of them may make the callback (N8)."""
    investigators: tuple[StaffId, ...]
    severity: Severity = "ordinary"
    restricted: bool = False
    department: Code
    cause: Code
    basis: Literal["remedy_executed", "no_remedy_approved"]


ResolutionEvent = (
    RemedyOptionProposed
    | RemedySubmitted
    | RemedyApproved
    | RemedyReturned
    | RemedyOffered
    | RemedyAccepted
    | RemedyDeclined
    | RemedyExecutionStarted
    | RemedyStepExecuted
    | RemedyExecuted
    | RemedyExecutionFailed
    | ResolutionConcluded
)
