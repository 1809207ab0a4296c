"""One remedy of a complaint: an option on the table, and how far the one that is on its way got."""

from dataclasses import dataclass, replace
from typing import Final, Literal, assert_never

from shared.events.resolution import (
    PaymentOutcomeUnknown,
    PaymentReconciled,
    RemedyAccepted,
    RemedyApproved,
    RemedyExecutionFailed,
    RemedyExecutionStarted,
    RemedyOffered,
    RemedyOptionProposed,
    RemedyStepExecuted,
)
from shared.events.vocabulary import Channel, Evidence, Instalment, Instant, Money, RemedyKind

PAYING: Final[frozenset[RemedyKind]] = frozenset({"compensation", "refund", "goodwill"})
"""Kinds for which money leaves the house."""
COUNTED: Final[frozenset[RemedyKind]] = PAYING | {"waiver"}
"""Kinds that carry an amount, which counts against limits."""

Ending = Literal["withdrawn", "returned", "rejected", "declined", "lapsed"]
OfRemedy = (
    RemedyApproved
    | RemedyOffered
    | RemedyAccepted
    | RemedyExecutionStarted
    | PaymentOutcomeUnknown
    | PaymentReconciled
    | RemedyStepExecuted
    | RemedyExecutionFailed
)


@dataclass(frozen=True, slots=True)
class Option:
    """One of the options of this cycle. Its terms never change, only what became of it."""

    id: str
    kind: RemedyKind
    amount: Money
    digest: str
    proposers: frozenset[str]
    """Who proposed it, and in whose name."""
    execute_by: Instant | None = None
    instalments: tuple[Instalment, ...] = ()
    settlement: bool = False
    ended: Ending | None = None

    @property
    def counts(self) -> bool:
        """Whether its amount counts against limits."""
        return self.amount.minor > 0

    @property
    def pays(self) -> bool:
        """Whether money leaves the house for it."""
        return self.counts and self.kind in PAYING

    @property
    def needs_acceptance(self) -> bool:
        """Money, what is forgiven, and whatever the customer gives something up for (domain 4.2)."""
        return self.counts or self.settlement

    @property
    def schedule(self) -> tuple[Instalment, ...]:
        """Its steps in order: the payments, or the one step of what is not paid in several."""
        return self.instalments or (Instalment(amount=self.amount),)


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved, and in which role of which department: their authority is asked for again at execution."""

    approver: str
    role: str
    department: str


@dataclass(frozen=True, slots=True)
class Offer:
    channel: Channel
    proof: str
    lapses_at: Instant


@dataclass(frozen=True, slots=True)
class Payment:
    """A step that was started, and of which nothing final is known yet."""

    reference: str
    step: int
    starters: frozenset[str]
    """Who started it, and in whose name."""
    unknown: bool = False
    """The provider could not say what became of it: people find out."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """The one option that is on its way: submitted, and how far it got since."""

    option: Option
    person: str
    """Whose complaint it was when it was submitted: it counts in their sum, and nobody else is paid."""
    approvals: tuple[Approval, ...] = ()
    steps: int = 1
    """How many steps of approval were announced."""
    offer: Offer | None = None
    acceptance: Evidence | None = None
    running: Payment | None = None
    done: int = 0
    """How many steps of the execution are done."""
    attempts: int = 0
    """How often the step that is next was started."""
    executors: frozenset[str] = frozenset()
    """Who started a step, or found out what became of one; and in whose name."""
    doubted_by: frozenset[str] = frozenset()
    """Who found that the payment started last had not been made, and in whose name."""

    @property
    def approvers(self) -> frozenset[str]:
        return frozenset(each.approver for each in self.approvals)

    @property
    def has_begun(self) -> bool:
        """A step is running or done: it can't be taken back by words any more."""
        return self.running is not None or self.done > 0

    def is_started(self, step: int) -> bool:
        """Whether this step of the execution is running or done."""
        return step <= self.done or (self.running is not None and self.running.step == step)


def proposed(event: RemedyOptionProposed) -> Option:
    return Option(
        id=event.option,
        kind=event.kind,
        amount=event.amount,
        digest=event.digest,
        proposers=frozenset(event.hands),
        execute_by=event.execute_by,
        instalments=event.instalments,
        settlement=event.settlement,
    )


def evolve_remedy(remedy: Remedy, event: OfRemedy) -> Remedy:
    match event:
        case RemedyApproved():
            approval = Approval(event.by, event.role, event.department)
            return replace(remedy, approvals=(*remedy.approvals, approval), steps=event.of)
        case RemedyOffered():
            return replace(remedy, offer=Offer(event.channel, event.proof, event.lapses_at))
        case RemedyAccepted():
            return replace(remedy, acceptance=event.evidence)
        case RemedyExecutionStarted():
            running = Payment(event.payment, event.step, frozenset(event.hands))
            executors = remedy.executors.union(event.hands)
            return replace(remedy, running=running, attempts=remedy.attempts + 1, executors=executors)
        case PaymentOutcomeUnknown():
            return replace(remedy, running=remedy.running and replace(remedy.running, unknown=True))
        case PaymentReconciled():
            doubted_by = frozenset(() if event.paid else event.hands)
            return replace(remedy, executors=remedy.executors.union(event.hands), doubted_by=doubted_by)
        case RemedyStepExecuted():
            return replace(remedy, running=None, done=event.step, attempts=0, doubted_by=frozenset())
        case RemedyExecutionFailed():
            return replace(remedy, running=None)
        case _:
            assert_never(event)
