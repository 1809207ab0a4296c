"""What callback must know of a complaint to decide, folded from its own facts and those it learned."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, assert_never

from shared.decide import Actor
from shared.decide.service import Fold
from shared.events.base import Event
from shared.events.callback import (
    CallbackAttempted,
    CallbackDeadlinePassed,
    CallbackEvent,
    CallbackScheduled,
    CaseSummarised,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintReopened,
    CustomerDissatisfied,
    CustomerSatisfied,
)
from shared.events.intake import ComplaintClassified, ComplaintRegistered, CourtesyReplySent
from shared.events.resolution import ResolutionConcluded
from shared.events.vocabulary import Severity
from shared.reference.roles import READ_ALL

Learned = ComplaintRegistered | ComplaintClassified | ResolutionConcluded | CourtesyReplySent
TriggerKind = Literal["resolution_concluded", "courtesy_reply"]
Staff = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trigger:
    """What ended the handling in this cycle, and who had handled it."""

    kind: TriggerKind
    handled_by: Staff
    investigators: Staff = ()


@dataclass(frozen=True, slots=True)
class Callback:
    """One complaint. Everything from `trigger` to `archived` is of the current cycle: a reopening empties it, so that
    no earlier cycle's call ever counts in a later one (N24)."""

    cycle: int = 1
    person: str = ""
    severity: Severity = "ordinary"
    restricted: bool = False
    """Never lifted here: a conclusion may rest on an older classification than the one known (N16)."""
    department: str = ""
    trigger: Trigger | None = None
    due_at: datetime | None = None
    reached_by: Staff = ()
    result: Literal["satisfied", "dissatisfied"] | None = None
    outcome: str = ""
    """How it was closed; empty while it is open."""
    summarised: bool = False
    archived: bool = False
    settled: Mapping[int, datetime] = field(default_factory=dict)
    """By cycle: when its callback was answered, or a reopening made it moot."""
    overdue: frozenset[int] = frozenset()
    """The cycles whose missed deadline is written down."""

    @property
    def closed(self) -> bool:
        return bool(self.outcome)

    def open_to(self, actor: Actor) -> bool:
        """A restricted case is for its department and for those who work on all cases, the callers among them (N16)."""
        if not self.restricted or actor.role in READ_ALL:
            return True
        # While no department has it, a token that names none must not pass for one of it.
        return bool(self.department) and actor.department == self.department


def evolve(state: Callback, event: CallbackEvent | Learned) -> Callback:
    match event:
        case ComplaintRegistered():
            return replace(state, person=event.person)
        case ComplaintClassified():
            severity = _graver(state.severity, event.severity)
            return replace(state, severity=severity, restricted=state.restricted or event.restricted)
        case ResolutionConcluded():
            trigger = Trigger("resolution_concluded", event.handled_by, event.investigators)
            return _handled(state, event, trigger, event.department)
        case CourtesyReplySent():
            return _handled(state, event, Trigger("courtesy_reply", event.handled_by), "")
        case CallbackScheduled():
            return replace(state, due_at=event.due_at)
        case CallbackDeadlinePassed():
            return replace(state, overdue=state.overdue | {event.cycle})
        case CallbackAttempted():
            return replace(state, reached_by=(*state.reached_by, event.by)) if event.outcome == "reached" else state
        case CustomerSatisfied():
            return replace(state, result="satisfied", settled=_settled(state, event.at))
        case CustomerDissatisfied():
            return replace(state, result="dissatisfied", settled=_settled(state, event.at))
        case ComplaintReopened():
            return _reopened(state, event)
        case ComplaintClosed():
            return replace(state, outcome=event.outcome)
        case CaseSummarised():
            return replace(state, summarised=True)
        case ComplaintArchived():
            return replace(state, archived=True)
        case _:
            assert_never(event)


def _handled(
    state: Callback, event: ResolutionConcluded | CourtesyReplySent, trigger: Trigger, department: str
) -> Callback:
    """The first of this cycle counts: there is exactly one trigger a cycle, and none of a lower one (N24)."""
    if event.cycle != state.cycle or state.trigger is not None:
        return state
    return replace(
        state,
        trigger=trigger,
        severity=_graver(state.severity, event.severity),
        restricted=state.restricted or event.restricted,
        department=department,
    )


def _reopened(state: Callback, event: ComplaintReopened) -> Callback:
    return Callback(
        cycle=event.cycle,
        person=state.person,
        severity=_graver(state.severity, "special" if event.special else "ordinary"),
        restricted=state.restricted,
        department=state.department,
        settled=_settled(state, event.at),
        overdue=state.overdue,
    )


def _graver(one: Severity, other: Severity) -> Severity:
    """Special stays special: a conclusion may rest on an older classification than the one known here (N22)."""
    return "special" if "special" in (one, other) else "ordinary"


def _settled(state: Callback, at: datetime) -> Mapping[int, datetime]:
    return {state.cycle: at, **state.settled}


FOLDS: Mapping[str, Fold] = {"complaint": Fold(Callback(), evolve)}
LEARNS: frozenset[type[Event]] = frozenset(
    {ComplaintRegistered, ComplaintClassified, ResolutionConcluded, CourtesyReplySent}
)
