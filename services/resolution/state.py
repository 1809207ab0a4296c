"""What resolution must know of a complaint to decide, folded from its own facts and those it learned."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never

from shared.decide import Actor, NotYetSeen, Refused
from shared.decide.service import Fold
from shared.events.base import Event
from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.directory import (
    LimitsActivated,
    LimitsProposed,
    ReportingLineSet,
    StaffJoined,
    StaffLeft,
    StaffMoved,
)
from shared.events.intake import ComplaintClassified
from shared.events.investigation import FindingsAccepted
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
    RemedyStepExecuted,
    RemedySubmitted,
    ResolutionConcluded,
    ResolutionEvent,
)
from shared.events.vocabulary import SYSTEM, Channel, Evidence, Instant, Money, Outcome, RemedyKind, Severity
from shared.packs.house import HOUSE_LIMITS
from shared.reference.limits import evolve_limits
from shared.reference.roles import READ_ALL
from shared.reference.staff import StaffMember, evolve_staff

Learned = ComplaintClassified | FindingsAccepted | ComplaintReopened | ComplaintClosed


@dataclass(frozen=True, slots=True)
class Option:
    """One of the options of this cycle. Its terms never change, only what became of it."""

    id: str
    kind: RemedyKind
    amount: Money
    digest: str
    proposer: str
    ended: Literal["returned", "declined"] | None = None

    @property
    def pays(self) -> bool:
        return self.amount.minor > 0


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
class Remedy:
    """The one option that is on its way: submitted, and how far it got since."""

    option: Option
    approval: Approval | None = None
    offer: Offer | None = None
    acceptance: Evidence | None = None
    payment: str | None = None
    """The execution that was started and did not fail."""
    attempts: int = 0

    def approved(self) -> Approval:
        """Its approval. Raises Refused."""
        if self.approval is None:
            raise Refused("not_approved", "Nobody has approved this remedy yet. Wait for the approval.")
        return self.approval

    def offered(self) -> Offer:
        """Its offer to the customer. Raises Refused."""
        if self.offer is None:
            raise Refused("not_offered", "This remedy has not been offered to the customer yet. Send the offer first.")
        return self.offer


@dataclass(frozen=True, slots=True)
class Settled:
    """What the provider said of a payment: its receipt, or why it refused."""

    payment: str
    receipt: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """One complaint. Options and remedy are those of the current cycle: nothing of an earlier one counts (N24)."""

    cycle: int = 1
    findings: FindingsAccepted | None = None
    """The latest accepted; decisions rest on it only if it is of the current cycle."""
    special: bool = False
    """Classified as special, or made special by a reopening, whatever the findings say."""
    restricted: bool = False
    """As classified or as found, the stricter of both: findings may rest on an older classification (N16)."""
    complained_of: tuple[str, ...] = ()
    """As classified last: it may become known only after the findings (N3)."""
    options: tuple[Option, ...] = ()
    remedy: Remedy | None = None
    concluded: Outcome | None = None
    closed: bool = False
    acted: frozenset[str] = frozenset()
    """Everyone who acted here, in any cycle."""
    settled: tuple[Settled, ...] = ()
    """Of every cycle, so that a late repetition is recognised."""
    given: tuple[tuple[str, Money], ...] = ()
    """What was executed, in any cycle, by the remedy's digest: sums go on across cycles (N4)."""

    @property
    def person(self) -> str:
        """The customer's subject; empty until findings are accepted."""
        return self.findings.person if self.findings else ""

    @property
    def severity(self) -> Severity:
        if self.findings is None:
            return "ordinary"
        return "special" if self.special else self.findings.severity

    @property
    def barred(self) -> frozenset[str]:
        """Who may not touch the case: complained of, recused, or with a conflict of interest that they declared."""
        return frozenset((*self.complained_of, *(self.findings.recused if self.findings else ())))

    def open_to(self, actor: Actor) -> bool:
        """Whether they may act at all: in a restricted case only its department, and roles that read all (N16)."""
        if self.findings is None or not self.restricted:
            return True
        return actor.role in READ_ALL or actor.department == self.findings.department

    def workable(self, actor: Actor) -> FindingsAccepted:
        """The findings of this cycle, on which every act on a remedy rests.

        Raises NotYetSeen while they have not arrived; Refused when resolution is over or the actor is recused.
        """
        if self.concluded is not None:
            raise Refused("concluded", "Resolution is over for this cycle. Only a reopening can change anything.")
        if self.closed:
            raise Refused("closed", "The complaint is closed. Reopen it first.")
        if self.findings is None or self.findings.cycle != self.cycle:
            raise NotYetSeen("findings", "No accepted findings of this cycle have arrived here yet.")
        if actor.id in self.barred:
            raise Refused("recused", "You may not touch this case. Hand it to somebody without an interest in it.")
        return self.findings

    def underway(self, digest: str) -> Remedy:
        """The remedy on its way, which must be of this very digest. Raises Refused."""
        if self.remedy is None:
            raise Refused("nothing_submitted", "No remedy is submitted. Submit an option first.")
        if self.remedy.option.digest != digest:
            raise Refused("other_digest", "Another remedy is on its way by now. Read it again before you decide.")
        return self.remedy

    def option(self, option_id: str) -> Option | None:
        """The option of this cycle under that id."""
        return next((each for each in self.options if each.id == option_id), None)

    def option_of(self, digest: str) -> Option | None:
        """The option of this cycle with these very terms."""
        return next((each for each in self.options if each.digest == digest), None)

    def is_started(self, digest: str) -> bool:
        """Whether this very remedy is being executed, or was."""
        remedy = self.remedy
        return remedy is not None and remedy.option.digest == digest and remedy.payment is not None

    def conclusion(self, remedy: Remedy, at: Instant, by: str) -> ResolutionConcluded:
        """The fact that ends resolution in this cycle. It names everyone who acted, in any service."""
        findings = self.findings
        if findings is None:
            raise NotYetSeen("findings", "No accepted findings of this cycle have arrived here yet.")
        handled_by = {*findings.handled_by, findings.submitted_by, findings.by, *self.acted, by} - {SYSTEM}
        executed = remedy.option.kind != "no_remedy"
        return ResolutionConcluded(
            at=at,
            by=by,
            cycle=self.cycle,
            outcome="executed" if executed else "no_remedy",
            digest=remedy.option.digest,
            total=remedy.option.amount,
            handled_by=tuple(sorted(handled_by)),
            investigators=findings.investigators,
            severity=self.severity,
            restricted=self.restricted,
            department=findings.department,
            cause=findings.cause,
            basis="remedy_executed" if executed else "no_remedy_approved",
        )


def evolve(state: Resolution, event: ResolutionEvent | Learned) -> Resolution:
    match event:
        case ComplaintClassified():
            return replace(
                state,
                special=state.special or event.severity == "special",
                restricted=state.restricted or event.restricted,
                complained_of=event.complained_of,
            )
        case FindingsAccepted():
            if event.cycle < state.cycle:
                return state
            return replace(state, findings=event, restricted=state.restricted or event.restricted)
        case ComplaintReopened():
            special = state.special or event.special
            return replace(
                state, cycle=event.cycle, special=special, options=(), remedy=None, concluded=None, closed=False
            )
        case ComplaintClosed():
            return replace(state, closed=True)
        case _:
            return replace(_decided(state, event), acted=state.acted | ({event.by} - {SYSTEM}))


def _decided(state: Resolution, event: ResolutionEvent) -> Resolution:
    match event:
        case RemedyOptionProposed():
            option = Option(event.option, event.kind, event.amount, event.digest, event.by)
            return replace(state, options=(*state.options, option))
        case RemedySubmitted():
            return replace(state, remedy=Remedy(_of(state, event.digest)))
        case RemedyApproved():
            return _went_on(state, approval=Approval(event.by, event.role, event.department))
        case RemedyReturned():
            return _ended(state, event.digest, "returned")
        case RemedyOffered():
            return _went_on(state, offer=Offer(event.channel, event.proof, event.lapses_at))
        case RemedyAccepted():
            return _went_on(state, acceptance=event.evidence)
        case RemedyDeclined():
            return _ended(state, event.digest, "declined")
        case RemedyExecutionStarted():
            return _started(state, event)
        case RemedyStepExecuted():
            return _settled(state, Settled(event.payment, receipt=event.receipt))
        case RemedyExecuted():
            return replace(state, given=(*state.given, (event.digest, event.total)))
        case RemedyExecutionFailed():
            return _settled(_went_on(state, payment=None), Settled(event.payment, refused=event.reason))
        case ResolutionConcluded():
            return replace(state, concluded=event.outcome)
        case _:
            assert_never(event)


def _of(state: Resolution, digest: str) -> Option:
    option = state.option_of(digest)
    if option is None:
        raise ValueError("a remedy was submitted that nobody proposed: this stream has a gap")
    return option


def _current(state: Resolution) -> Remedy:
    if state.remedy is None:
        raise ValueError("a remedy went on that nobody submitted: this stream has a gap")
    return state.remedy


def _went_on(state: Resolution, **changes: Any) -> Resolution:
    return replace(state, remedy=replace(_current(state), **changes))


def _started(state: Resolution, event: RemedyExecutionStarted) -> Resolution:
    return _went_on(state, payment=event.payment, attempts=_current(state).attempts + 1)


def _settled(state: Resolution, settled: Settled) -> Resolution:
    return replace(state, settled=(*state.settled, settled))


def _ended(state: Resolution, digest: str, how: Literal["returned", "declined"]) -> Resolution:
    options = tuple(replace(each, ended=how) if each.digest == digest else each for each in state.options)
    return replace(state, options=options, remedy=None)


FOLDS: Mapping[str, Fold] = {
    "complaint": Fold(Resolution(), evolve),
    "staff": Fold(StaffMember(), evolve_staff),
    "limits": Fold(HOUSE_LIMITS, evolve_limits),
}
LEARNS: frozenset[type[Event]] = frozenset(
    {
        ComplaintClassified,
        FindingsAccepted,
        ComplaintReopened,
        ComplaintClosed,
        StaffJoined,
        StaffMoved,
        ReportingLineSet,
        StaffLeft,
        LimitsProposed,
        LimitsActivated,
    }
)
