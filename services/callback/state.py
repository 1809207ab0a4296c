"""What callback must know of a complaint to decide, folded from its own facts and those it learned."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, assert_never, get_args

from shared.decide import Actor
from shared.decide.service import Fold
from shared.events import callback, intake, resolution
from shared.events.base import Event
from shared.events.directory import StaffEvent
from shared.events.investigation import ConflictDeclared
from shared.events.vocabulary import SYSTEM, AttemptOutcome, Channel, Hours, Severity
from shared.reference.roles import READ_ALL
from shared.reference.staff import StaffMember, evolve_staff

Learned = (
    intake.ComplaintRegistered
    | intake.ComplaintTakenOver
    | intake.RegistrationCorrected
    | intake.RegisteredInError
    | intake.ComplaintClassified
    | intake.ComplaintReclassified
    | intake.ComplaintEscalatedToSpecial
    | intake.ComplaintDowngraded
    | intake.ComplaintNotEstablished
    | intake.ResponsibleDepartmentAssigned
    | intake.ComplaintReferred
    | intake.CourtesyReplySent
    | intake.WithdrawalRequested
    | intake.ComplaintWithdrawn
    | intake.WithdrawalDenied
    | intake.WithdrawalConfirmed
    | intake.WithdrawalDisputed
    | resolution.ResolutionConcluded
    | resolution.RemedyReversed
    | ConflictDeclared
)
Handled = resolution.ResolutionConcluded | intake.CourtesyReplySent | intake.ComplaintTakenOver
TriggerKind = Literal["resolution_concluded", "courtesy_reply", "taken_over"]
Ending = Literal["", "withdrawn", "referred", "in_error"]
Staff = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trigger:
    """What ended the handling in this cycle, who had handled it, and who had decided."""

    kind: TriggerKind
    at: datetime
    handled_by: Staff
    investigators: Staff = ()
    deciders: Staff = ()
    """Who approved the remedy, or found the complaint not established."""


@dataclass(frozen=True, slots=True)
class Call:
    """One try to reach the customer, by whatever channel."""

    by: str
    at: datetime
    outcome: AttemptOutcome
    channel: Channel
    again_at: datetime | None = None
    on_behalf_of: str | None = None

    @property
    def hands(self) -> frozenset[str]:
        """Who called, and in whose name."""
        return frozenset(each for each in (self.by, self.on_behalf_of) if each)


@dataclass(frozen=True, slots=True)
class Cycle:
    """All of one cycle. A reopening begins an empty one, so that nothing of an earlier ever counts in a later (N24)."""

    trigger: Trigger | None = None
    judges: Staff = ()
    """Who found it not established."""
    established: bool = False
    ending: Ending = ""
    """How intake ended it."""
    withdrawal: Literal["", "requested", "confirmed"] = ""
    scheduled_at: datetime | None = None
    due_at: datetime | None = None
    slot: tuple[datetime, datetime] | None = None
    """What was agreed with the customer last."""
    calls: tuple[Call, ...] = ()
    """Those that count: none of an untrue record."""
    result: Literal["satisfied", "dissatisfied"] | None = None
    said_to: str = ""
    """Who recorded the result."""
    unreachable: bool = False
    reaffirmed_by: str = ""
    audited: frozenset[str] = frozenset()
    """Callers whose record, as far as it went, was found true."""
    outcome: str = ""
    """How it was closed; empty while it is open."""
    decided_at: datetime | None = None
    """When the firm last decided: handled, reaffirmed or closed it."""
    summarised: bool = False
    archived: bool = False

    @property
    def closed(self) -> bool:
        return bool(self.outcome)

    @property
    def callers(self) -> Staff:
        return tuple(dict.fromkeys(call.by for call in self.calls))

    @property
    def calling(self) -> frozenset[str]:
        """Everyone who called, or in whose name it was done."""
        return frozenset(who for call in self.calls for who in call.hands)

    def hands_of(self, caller: str) -> frozenset[str]:
        """A caller, and those in whose name they called."""
        return frozenset((caller,)).union(*(call.hands for call in self.calls if call.by == caller))

    @property
    def reached_by(self) -> Staff:
        return tuple(call.by for call in self.calls if call.outcome == "reached")

    @property
    def groundless(self) -> bool:
        """Closed on a record that turned out to be untrue."""
        return self.closed and self.result is None and not self.unreachable

    @property
    def unaudited(self) -> frozenset[str]:
        """Whose record the result rests on and nobody has audited."""
        resting_on = self.callers if self.unreachable else (self.said_to,) if self.said_to else ()
        return frozenset(resting_on) - self.audited


@dataclass(frozen=True, slots=True)
class Callback:
    """One complaint: its present cycle, and what outlasts every reopening."""

    cycle: int = 1
    now: Cycle = Cycle()
    person: str = ""
    time_zone: str = ""
    call_hours: Hours | None = None
    severity: Severity = "ordinary"
    restricted: bool = False
    """Never lifted here: a conclusion may rest on an older classification than the one known (N16)."""
    department: str = ""
    hands: frozenset[str] = frozenset()
    """Everyone who handled it, in whichever cycle: none of them calls, closes, or speaks the last word (N8)."""
    barred: frozenset[str] = frozenset()
    """Who was ever complained of or recused: they have no say in how it ends."""
    conflicted: frozenset[str] = frozenset()
    """Who declared a conflict of interest."""
    acted: frozenset[str] = frozenset()
    """Everyone who did something here, such as calling."""
    untrue: frozenset[str] = frozenset()
    """Callers of whom a record was found untrue."""
    review: str | None = None
    """核查 The code of the review that nobody has decided yet."""
    reviews: Mapping[str, datetime | None] = field(default_factory=dict)
    """All reviews ever asked for, by code, and when each was decided."""
    reviews_overdue: frozenset[str] = frozenset()
    """Those whose missed deadline is written down."""
    referrals: Mapping[str, bool] = field(default_factory=dict)
    """By code, whether it is decided."""
    overruled: bool = False
    """Somebody outside changed the decision, and nobody has reopened on it yet."""
    settled: Mapping[int, datetime] = field(default_factory=dict)
    """By cycle: when its callback was answered or given up, or a reopening made it moot."""
    deadlines: Mapping[int, datetime] = field(default_factory=dict)
    """By cycle: until when nothing is missed."""
    overdue: frozenset[int] = frozenset()
    """The cycles whose missed deadline is written down."""

    def open_to(self, actor: Actor) -> bool:
        """Restricted, for its department and those who work on all cases (N16); in a conflict, for nobody."""
        if {actor.id, actor.on_behalf_of} & self.conflicted:
            return False
        if not self.restricted or actor.role in READ_ALL:
            return True
        # While no department has it, a token that names none must not pass for one of it.
        return bool(self.department) and actor.department == self.department


def evolve(state: Callback, event: callback.CallbackEvent | Learned) -> Callback:
    if not isinstance(event, callback.FromCallback):
        return _learned(state, event)
    after = _said(state, event)
    return after if event.by == SYSTEM else replace(after, acted=after.acted.union(event.hands))


def _learned(state: Callback, event: Learned) -> Callback:
    match event:
        case intake.ComplaintRegistered():
            return replace(state, person=event.person, time_zone=event.time_zone, call_hours=event.call_hours)
        case intake.RegistrationCorrected():
            return _corrected(state, event)
        case intake.ComplaintClassified() | intake.ComplaintReclassified():
            state = replace(state, barred=state.barred.union(event.complained_of))
            return _classified(state, event.severity, restricted=event.restricted)
        case intake.ResponsibleDepartmentAssigned():
            return replace(state, barred=state.barred.union(event.recused))
        case ConflictDeclared():
            return replace(state, conflicted=state.conflicted | {event.person})
        case intake.ComplaintEscalatedToSpecial():
            return _classified(state, "special")
        case intake.ComplaintDowngraded():
            return replace(state, severity="ordinary")
        case resolution.ResolutionConcluded() | intake.CourtesyReplySent() | intake.ComplaintTakenOver():
            return _handled(state, event)
        case resolution.RemedyReversed() | intake.WithdrawalDisputed():
            return state  # the reopening that answers it says all
        case _:
            return replace(state, now=_of_cycle(state.now, event)) if event.cycle == state.cycle else state


def _corrected(state: Callback, event: intake.RegistrationCorrected) -> Callback:
    match event.field:
        case "person" if event.person is not None:
            return replace(state, person=event.person)
        case "time_zone" if event.time_zone is not None:
            return replace(state, time_zone=event.time_zone)
        case "call_hours":
            return replace(state, call_hours=event.call_hours)
        case _:
            return state


def _classified(state: Callback, severity: Severity, *, restricted: bool = False) -> Callback:
    """Special stays special: what ended the handling may rest on an older classification than the one known (N22)."""
    graver: Severity = "special" if "special" in (state.severity, severity) else "ordinary"
    return replace(state, severity=graver, restricted=state.restricted or restricted)


def _of_cycle(
    now: Cycle,
    event: intake.ComplaintNotEstablished
    | intake.ComplaintReferred
    | intake.RegisteredInError
    | intake.WithdrawalRequested
    | intake.ComplaintWithdrawn
    | intake.WithdrawalDenied
    | intake.WithdrawalConfirmed,
) -> Cycle:
    match event:
        case intake.ComplaintNotEstablished():
            return replace(now, judges=(event.judged_by, event.by))
        case intake.ComplaintReferred():
            return replace(now, ending="referred")
        case intake.RegisteredInError():
            return replace(now, ending="in_error")
        case intake.WithdrawalRequested():
            return replace(now, withdrawal="requested")
        case intake.ComplaintWithdrawn():
            return replace(now, ending="withdrawn", withdrawal="", established=event.department is not None)
        case intake.WithdrawalDenied():
            return replace(now, withdrawal="")
        case intake.WithdrawalConfirmed():
            return replace(now, withdrawal="confirmed")
        case _:
            assert_never(event)


def _handled(state: Callback, event: Handled) -> Callback:
    """The first of this cycle counts: there is exactly one trigger a cycle, and none of a lower one (N24)."""
    if event.cycle != state.cycle or state.now.trigger is not None:
        return state
    trigger = _trigger(state.now, event)
    if not isinstance(event, intake.ComplaintTakenOver):
        state = _classified(state, event.severity, restricted=event.restricted)
    if not isinstance(event, intake.CourtesyReplySent):
        state = replace(state, department=event.department or "")
    hands = state.hands | {*trigger.handled_by, *trigger.investigators}
    if isinstance(event, intake.ComplaintTakenOver) and event.stage != "resolved":
        return replace(state, hands=hands)
    return replace(state, hands=hands, now=replace(state.now, trigger=trigger, decided_at=event.at))


def _trigger(now: Cycle, event: Handled) -> Trigger:
    match event:
        case resolution.ResolutionConcluded():
            stated = (event.by,) if event.basis == "final_position_stated" else ()
            deciders = (*event.approvers, *stated)
            return Trigger("resolution_concluded", event.at, event.handled_by, event.investigators, deciders)
        case intake.CourtesyReplySent():
            return Trigger("courtesy_reply", event.at, event.handled_by, deciders=now.judges)
        case intake.ComplaintTakenOver():
            return Trigger("taken_over", event.at, (*event.earlier_actors, event.by))
        case _:
            assert_never(event)


def _said(state: Callback, event: callback.CallbackEvent) -> Callback:
    match event:
        case callback.CallbackScheduled():
            now = replace(state.now, scheduled_at=event.at, due_at=event.due_at)
            return replace(state, now=now, deadlines={**state.deadlines, event.cycle: event.due_at})
        case callback.CallbackRescheduled():
            return _rescheduled(state, event)
        case callback.CallbackDeadlinePassed():
            return replace(state, overdue=state.overdue | {event.cycle})
        case callback.CallbackRecordAudited():
            return _audited(state, event)
        case callback.ComplaintReopened():
            return _reopened(state, event)
        case callback.ReviewRequested():
            return replace(state, review=event.review, reviews={**state.reviews, event.review: None})
        case callback.ReviewDecided():
            return replace(state, review=None, reviews={**state.reviews, event.review: event.at})
        case callback.ReviewDeadlinePassed():
            return replace(state, reviews_overdue=state.reviews_overdue | {event.review})
        case callback.ExternalReferralRecorded():
            return replace(state, referrals={**state.referrals, event.referral: False})
        case callback.ExternalDecisionReceived():
            overruled = state.overruled or event.result == "changed"
            return replace(state, referrals={**state.referrals, event.referral: True}, overruled=overruled)
        case callback.CallbackHoursChanged():
            return state
        case callback.CustomerSatisfied() | callback.CustomerDissatisfied() | callback.UnreachableConcluded():
            settled = {state.cycle: event.at, **state.settled}
            return replace(state, now=_done(state.now, event), settled=settled)
        case _:
            return replace(state, now=_done(state.now, event))


def _done(
    now: Cycle,
    event: callback.CallbackAttempted
    | callback.CustomerSatisfied
    | callback.CustomerDissatisfied
    | callback.UnreachableConcluded
    | callback.FinalPositionReaffirmed
    | callback.ComplaintClosed
    | callback.CaseSummarised
    | callback.ComplaintArchived,
) -> Cycle:
    match event:
        case callback.CallbackAttempted():
            call = Call(event.by, event.at, event.outcome, event.channel, event.call_again_at, event.on_behalf_of)
            # Whoever is reached after all is not unreachable.
            unreachable = now.unreachable and event.outcome != "reached"
            return replace(now, calls=(*now.calls, call), unreachable=unreachable, audited=now.audited - {event.by})
        case callback.CustomerSatisfied():
            return replace(now, result="satisfied", said_to=event.by, audited=now.audited - {event.by})
        case callback.CustomerDissatisfied():
            return replace(now, result="dissatisfied", said_to=event.by, audited=now.audited - {event.by})
        case callback.UnreachableConcluded():
            return replace(now, unreachable=True)
        case callback.FinalPositionReaffirmed():
            return replace(now, reaffirmed_by=event.by, decided_at=event.at)
        case callback.ComplaintClosed():
            return replace(now, outcome=event.outcome, decided_at=event.at)
        case callback.CaseSummarised():
            return replace(now, summarised=True)
        case callback.ComplaintArchived():
            return replace(now, archived=True)
        case _:
            assert_never(event)


def _rescheduled(state: Callback, event: callback.CallbackRescheduled) -> Callback:
    """A slot past the due instant moves the deadline, unless that had passed already (N12)."""
    deadlines, now = state.deadlines, replace(state.now, slot=(event.begin, event.end))
    if event.past_due and event.at <= deadlines[event.cycle]:
        deadlines = {**deadlines, event.cycle: max(event.end, deadlines[event.cycle])}
    return replace(state, now=now, deadlines=deadlines)


def _audited(state: Callback, event: callback.CallbackRecordAudited) -> Callback:
    """An untrue record counts no more, nor does what rests on it (F49)."""
    if event.truthful:
        return replace(state, now=replace(state.now, audited=state.now.audited | {event.caller}))
    now = replace(state.now, calls=tuple(call for call in state.now.calls if call.by != event.caller))
    state = replace(state, now=now, untrue=state.untrue | {event.caller})
    if not event.result_void:
        return state
    now = replace(now, result=None, said_to="", unreachable=False, reaffirmed_by="")
    settled = {cycle: at for cycle, at in state.settled.items() if cycle != event.cycle}
    return replace(state, now=now, settled=settled)


def _reopened(state: Callback, event: callback.ComplaintReopened) -> Callback:
    return replace(
        _classified(state, "special" if event.special else "ordinary"),
        cycle=event.cycle,
        now=Cycle(),
        overruled=False,
        settled={state.cycle: event.at, **state.settled},
    )


FOLDS: Mapping[str, Fold] = {
    "complaint": Fold(Callback(), evolve),
    "staff": Fold(StaffMember(), evolve_staff),
}
LEARNS: frozenset[type[Event]] = frozenset((*get_args(Learned), *get_args(StaffEvent)))
