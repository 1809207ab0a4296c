"""What resolution must know of a complaint to decide, folded from its own facts and those it learned."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from services.resolution.accountability import Accountability, evolve_accountability
from services.resolution.action import Action, evolve_actions
from services.resolution.remedy import Ending, Option, Remedy, evolve_remedy, proposed
from services.resolution.reversal import Reversal, evolve_reversals, under
from shared.decide import Actor
from shared.decide.service import Fold
from shared.events.base import Event
from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.customers import CustomerJoinedInto, CustomerPartedFrom, CustomersJoined, CustomersParted
from shared.events.directory import (
    DeputyEnded,
    DeputyNamed,
    LimitsActivated,
    LimitsProposed,
    ReportingLineSet,
    StaffJoined,
    StaffLeft,
    StaffMoved,
)
from shared.events.intake import (
    Classified,
    ComplaintClassified,
    ComplaintDowngraded,
    ComplaintEscalatedToSpecial,
    ComplaintReclassified,
    ComplaintReferred,
    ComplaintWithdrawn,
    RegisteredInError,
    RegistrationCorrected,
    ResponsibleDepartmentAssigned,
    WithdrawalRequested,
)
from shared.events.investigation import ConflictDeclared, FindingsAccepted
from shared.events.resolution import (
    ApprovalEscalated,
    CorrectiveActionCompleted,
    CorrectiveActionOverdue,
    CorrectiveActionRaised,
    FinalPositionStated,
    OfferLapsed,
    PaymentOutcomeUnknown,
    PaymentReconciled,
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
    RemedyStepExecuted,
    RemedySubmitted,
    ResolutionConcluded,
    ResolutionEvent,
    ReversalBooked,
    ReversalProposed,
    ReversalRefused,
    WithdrawalGranted,
    WithdrawalRefused,
)
from shared.events.vocabulary import SYSTEM, Money, Outcome, Severity
from shared.packs.house import APPROVERS_IF_SPECIAL, HOUSE_LIMITS
from shared.reference.customers import CustomerFile, evolve_customer
from shared.reference.limits import evolve_limits
from shared.reference.roles import READ_ALL
from shared.reference.staff import StaffMember, evolve_staff

Learned = (
    Classified
    | ComplaintEscalatedToSpecial
    | ComplaintDowngraded
    | ResponsibleDepartmentAssigned
    | RegistrationCorrected
    | ConflictDeclared
    | FindingsAccepted
    | WithdrawalRequested
    | ComplaintWithdrawn
    | ComplaintReferred
    | RegisteredInError
    | ComplaintReopened
    | ComplaintClosed
)
Shut = Literal["withdrawn", "referred", "registered_in_error"]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a payment or of a compensating entry: its receipt, or why it was refused."""

    reference: str
    receipt: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """One complaint. Options and remedy are those of the current cycle: nothing of an earlier one counts (N24)."""

    cycle: int = 1
    findings: FindingsAccepted | None = None
    """The latest accepted; decisions rest on them only if they are of `findings_since` or later."""
    findings_since: int = 1
    """A reopening at resolution lets the findings before it stand."""
    corrected_person: str = ""
    """Whose complaint it really is, if it was entered under another customer."""
    special: bool = False
    """Classified, found or made special by a reopening; ordinary again only by a downgrade that was signed off."""
    restricted: bool = False
    """As classified or as found, the stricter of both: findings may rest on an older classification (N16)."""
    barred: frozenset[str] = frozenset()
    """Who may not touch the case: ever complained of, recused, or with a conflict of interest that they declared."""
    excluded: frozenset[str] = frozenset()
    """Who may not approve in this cycle, since its reopening says so, or that of the one before, if the customer only
    withdrew in between and does not stand by it."""
    options: tuple[Option, ...] = ()
    remedy: Remedy | None = None
    rounds: int = 0
    """How many offers of this cycle the customer declined or let lapse."""
    wants_no_other: bool = False
    """The customer declined for good."""
    approvers: frozenset[str] = frozenset()
    """Everyone who approved something in this cycle."""
    last_approvers: frozenset[str] = frozenset()
    """Who approved the offer that the customer declined or let lapse last."""
    shut: Shut | None = None
    concluded: Outcome | None = None
    closed: bool = False
    acted: frozenset[str] = frozenset()
    """Everyone who acted here, in any cycle."""
    settled: tuple[Settled, ...] = ()
    """Of every cycle, so that a late repetition is recognised."""
    given: tuple[tuple[str, Money], ...] = ()
    """What was executed, in any cycle, by the remedy's digest: sums go on across cycles (N4)."""
    reversals: tuple[Reversal, ...] = ()
    actions: tuple[Action, ...] = ()

    @property
    def severity(self) -> Severity:
        return "special" if self.special else "ordinary"

    @property
    def person(self) -> str:
        """Whose complaint it is, `person:<uuid>`; empty until findings have told."""
        return self.corrected_person or (self.findings.person if self.findings else "")

    @property
    def standing_findings(self) -> FindingsAccepted | None:
        """The findings that this cycle rests on."""
        findings = self.findings
        return findings if findings is not None and findings.cycle >= self.findings_since else None

    @property
    def approvals_needed(self) -> int:
        """By how many persons the remedy on its way must be approved, as far as is known by now."""
        announced = self.remedy.steps if self.remedy else 1
        return max(announced, APPROVERS_IF_SPECIAL if self.special else 1)

    @property
    def live_options(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.ended is None)

    def open_to(self, actor: Actor) -> bool:
        """Whether they may act at all: in a restricted case only its department, and roles that read all (N16)."""
        if not self.restricted or actor.role in READ_ALL:
            return True
        return self.findings is not None and actor.department == self.findings.department

    def option(self, option_id: str) -> Option | None:
        """The option of this cycle under that id."""
        return next((each for each in self.options if each.id == option_id), None)

    def option_of(self, digest: str) -> Option | None:
        """The option of this cycle with these very terms."""
        return next((each for each in self.options if each.digest == digest), None)

    def outcome_of(self, reference: str) -> Settled | None:
        """What became of a payment or of an entry, in whatever cycle."""
        return next((each for each in self.settled if each.reference == reference), None)

    def action(self, action_id: str) -> Action | None:
        return next((each for each in self.actions if each.id == action_id), None)


def evolve(state: Resolution, event: ResolutionEvent | Learned) -> Resolution:
    match event:
        case Classified():
            return replace(
                state,
                special=state.special or event.severity == "special",
                restricted=state.restricted or event.restricted,
                barred=state.barred.union(event.complained_of),
            )
        case ComplaintEscalatedToSpecial():
            return replace(state, special=True)
        case ComplaintDowngraded():
            return replace(state, special=False)
        case ResponsibleDepartmentAssigned():
            return replace(state, barred=state.barred.union(event.recused))
        case RegistrationCorrected():
            return replace(state, corrected_person=event.person or state.corrected_person)
        case ConflictDeclared():
            return replace(state, barred=state.barred | {event.person})
        case FindingsAccepted():
            return _found(state, event)
        case WithdrawalRequested():
            return state
        case ComplaintWithdrawn():
            return replace(state, shut="withdrawn")
        case ComplaintReferred():
            return replace(state, shut="referred")
        case RegisteredInError():
            return replace(state, shut="registered_in_error")
        case ComplaintReopened():
            return _reopened(state, event)
        case ComplaintClosed():
            return replace(state, closed=True)
        case _:
            return replace(_stated(state, event), acted=state.acted | ({*event.hands} - {SYSTEM}))


def _stated(state: Resolution, event: ResolutionEvent) -> Resolution:
    match event:
        case RemedyOptionProposed():
            return replace(state, options=(*state.options, proposed(event)))
        case RemedyOptionWithdrawn():
            return _ended(state, event.digest, "withdrawn")
        case RemedySubmitted():
            return replace(state, remedy=Remedy(_of(state, event.digest), state.person))
        case RemedyApproved():
            approved = replace(state, remedy=evolve_remedy(_current(state), event))
            return replace(approved, approvers=state.approvers | {event.by})
        case RemedyOffered() | RemedyAccepted() | RemedyExecutionStarted():
            return replace(state, remedy=evolve_remedy(_current(state), event))
        case PaymentOutcomeUnknown() | PaymentReconciled():
            return replace(state, remedy=evolve_remedy(_current(state), event))
        case RemedyStepExecuted():
            settled = _with(state, Settled(event.payment, receipt=event.receipt))
            return replace(settled, remedy=evolve_remedy(_current(state), event))
        case RemedyExecutionFailed():
            settled = _with(state, Settled(event.payment, refused=event.reason))
            return replace(settled, remedy=evolve_remedy(_current(state), event))
        case RemedyExecuted():
            return replace(state, given=(*state.given, (event.digest, event.total)))
        case RemedyReturned():
            return replace(_ended(state, event.digest, "returned"), remedy=None)
        case RemedyRejected():
            return replace(_ended(state, event.digest, "rejected"), remedy=None)
        case RemedyDeclined():
            return replace(_round_lost(state, event.digest, "declined"), wants_no_other=event.final)
        case OfferLapsed():
            return _round_lost(state, event.digest, "lapsed")
        case FinalPositionStated():
            return replace(state, approvers=state.approvers | {event.by})
        case ResolutionConcluded():
            return replace(state, concluded=event.outcome)
        case WithdrawalGranted():
            return replace(state, remedy=None, shut="withdrawn") if event.cycle == state.cycle else state
        case ReversalProposed() | ReversalRefused() | RemedyReversed():
            return replace(state, reversals=evolve_reversals(state.reversals, event, state.remedy))
        case ReversalBooked():
            return _booked(state, event)
        case CorrectiveActionRaised() | CorrectiveActionCompleted() | CorrectiveActionOverdue():
            return replace(state, actions=evolve_actions(state.actions, event))
        case ApprovalEscalated() | WithdrawalRefused():
            return state
        case _:
            assert_never(event)


def _found(state: Resolution, event: FindingsAccepted) -> Resolution:
    if event.cycle < state.findings_since:
        return state
    return replace(
        state,
        findings=event,
        special=state.special or event.severity == "special",
        restricted=state.restricted or event.restricted,
        barred=state.barred.union(event.recused),
    )


def _reopened(state: Resolution, event: ComplaintReopened) -> Resolution:
    """The next cycle: nothing that was approved, offered or accepted before binds it (N24)."""
    at_resolution = event.stage == "resolution"
    excluded = frozenset(event.excluded if at_resolution else ())
    return replace(
        state,
        cycle=event.cycle,
        findings_since=state.findings_since if at_resolution else event.cycle,
        special=state.special or event.special,
        excluded=excluded | state.excluded if event.reason == "withdrawal_disputed" else excluded,
        options=(),
        remedy=None,
        rounds=0,
        wants_no_other=False,
        approvers=frozenset(),
        last_approvers=frozenset(),
        shut=None,
        concluded=None,
        closed=False,
    )


def _of(state: Resolution, digest: str) -> Option:
    option = state.option_of(digest)
    if option is None:
        raise ValueError("a remedy was submitted that nobody proposed: this stream has a gap")
    return option


def _current(state: Resolution) -> Remedy:
    if state.remedy is None:
        raise ValueError("a remedy went on that nobody submitted: this stream has a gap")
    return state.remedy


def _ended(state: Resolution, digest: str, how: Ending) -> Resolution:
    options = tuple(replace(each, ended=how) if each.digest == digest else each for each in state.options)
    return replace(state, options=options)


def _round_lost(state: Resolution, digest: str, how: Ending) -> Resolution:
    approvers = _current(state).approvers
    return replace(_ended(state, digest, how), remedy=None, rounds=state.rounds + 1, last_approvers=approvers)


def _with(state: Resolution, settled: Settled) -> Resolution:
    return replace(state, settled=(*state.settled, settled))


def _booked(state: Resolution, event: ReversalBooked) -> Resolution:
    """What came back counts no more; what the provider refused to book still does."""
    reversal = under(state.reversals, event.entry)
    back = reversal.digest if reversal is not None and event.receipt is not None else None
    settled = _with(state, Settled(event.entry, event.receipt, event.refused))
    return replace(
        settled,
        reversals=evolve_reversals(state.reversals, event, None),
        given=tuple((digest, money) for digest, money in state.given if digest != back),
    )


FOLDS: Mapping[str, Fold] = {
    "complaint": Fold(Resolution(), evolve),
    "accountability": Fold(Accountability(), evolve_accountability),
    "person": Fold(CustomerFile(), evolve_customer),
    "staff": Fold(StaffMember(), evolve_staff),
    "limits": Fold(HOUSE_LIMITS, evolve_limits),
}
LEARNS: frozenset[type[Event]] = frozenset(
    {
        ComplaintClassified,
        ComplaintReclassified,
        ComplaintEscalatedToSpecial,
        ComplaintDowngraded,
        ResponsibleDepartmentAssigned,
        RegistrationCorrected,
        ConflictDeclared,
        FindingsAccepted,
        WithdrawalRequested,
        ComplaintWithdrawn,
        ComplaintReferred,
        RegisteredInError,
        ComplaintReopened,
        ComplaintClosed,
        CustomersJoined,
        CustomerJoinedInto,
        CustomersParted,
        CustomerPartedFrom,
        StaffJoined,
        StaffMoved,
        ReportingLineSet,
        StaffLeft,
        DeputyNamed,
        DeputyEnded,
        LimitsProposed,
        LimitsActivated,
    }
)
