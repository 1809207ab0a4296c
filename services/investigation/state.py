"""What investigation must know of a complaint to decide, folded from its own facts and those it learned."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from shared.decide import Actor
from shared.decide.service import Fold
from shared.events.base import Event
from shared.events.callback import ComplaintClosed, ComplaintReopened, FromCallback
from shared.events.directory import ReportingLineSet, StaffJoined, StaffLeft, StaffMoved
from shared.events.intake import (
    ComplaintAcknowledged,
    ComplaintClassified,
    ComplaintEstablished,
    ComplaintNotEstablished,
    ComplaintRegistered,
    FromIntake,
    RejectionProposed,
    RejectionReturned,
    ResponsibleDepartmentAssigned,
)
from shared.events.investigation import (
    CauseIdentified,
    ConflictDeclared,
    EvidenceAdded,
    FindingsAccepted,
    FindingsReturned,
    FindingsSubmitted,
    InvestigationEvent,
    InvestigationOpened,
    InvestigationReopened,
    InvestigatorAssigned,
    InvestigatorReplaced,
)
from shared.events.vocabulary import SYSTEM, Money, Severity, Verdict
from shared.reference.roles import READ_ALL
from shared.reference.staff import StaffMember, evolve_staff

IntakeFact = (
    ComplaintRegistered
    | ComplaintAcknowledged
    | ComplaintClassified
    | ComplaintEstablished
    | RejectionProposed
    | RejectionReturned
    | ComplaintNotEstablished
    | ResponsibleDepartmentAssigned
)
Learned = IntakeFact | ComplaintReopened | ComplaintClosed
Staff = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    code: str
    department: str
    names_someone: bool
    """Who it names is sealed: here it is only known that somebody is named."""


@dataclass(frozen=True, slots=True)
class Findings:
    verdict: Verdict
    loss: Money
    submitted_by: str


@dataclass(frozen=True, slots=True)
class Investigation:
    """One complaint. `investigator`, `cause`, `findings` and `accepted` are those of the current cycle."""

    cycle: int = 1
    person: str = ""
    department: str = ""
    severity: Severity = "ordinary"
    restricted: bool = False
    complained_of: Staff = ()
    recused: Staff = ()
    conflicted: Staff = ()
    hands: Staff = ()
    """Everyone who acted in intake or here, in any cycle."""
    investigators: Staff = ()
    """Whoever was made investigator, in any cycle, also if replaced later."""
    excluded: Staff = ()
    """Who may not investigate again: the investigators of earlier cycles, and whom a reopening named. They have no
    interest in the case, so that their other work on it goes on.
    """
    opened: bool = False
    investigator: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    """Every piece by its code, with its SHA-256."""
    evidence_this_cycle: bool = False
    cause: Cause | None = None
    findings: Findings | None = None
    accepted: bool = False
    closed: bool = False

    @property
    def barred(self) -> Staff:
        """Who may not touch the case, for whatever reason but that it is about them."""
        return _joined(self.recused, *self.conflicted)

    @property
    def needs_replacement(self) -> bool:
        """Also when it became known only after the assignment that the case is about the investigator (N7)."""
        return not self.accepted and self.investigator in (*self.barred, *self.complained_of)

    def open_to(self, actor: Actor) -> bool:
        """Who declared a conflict is out at once, and so is who acts for them; a restricted case is for its department
        and for those who decide on it.
        """
        if {actor.id, actor.on_behalf_of} & {*self.conflicted}:
            return False
        if not self.restricted or actor.role in READ_ALL:
            return True
        # While no department has it, a token that names none must not pass for one of it.
        return bool(self.department) and actor.department == self.department


def evolve(state: Investigation, event: InvestigationEvent | Learned) -> Investigation:
    if isinstance(event, FromCallback):
        return _reopened_or_closed(state, event)
    acted = replace(state, hands=_joined(state.hands, event.by))
    return _learned(acted, event) if isinstance(event, FromIntake) else _investigated(acted, event)


def _learned(state: Investigation, event: IntakeFact) -> Investigation:
    match event:
        case ComplaintRegistered():
            return replace(state, person=event.person)
        case ComplaintClassified():
            severity = _graver(state.severity, event.severity)
            return replace(state, severity=severity, restricted=event.restricted, complained_of=event.complained_of)
        case ResponsibleDepartmentAssigned():
            return replace(state, recused=_joined(state.recused, *event.recused))
        case ComplaintNotEstablished():
            return replace(state, hands=_joined(state.hands, event.judged_by))
        case ComplaintAcknowledged() | ComplaintEstablished() | RejectionProposed() | RejectionReturned():
            return state
        case _:
            assert_never(event)


def _reopened_or_closed(state: Investigation, event: ComplaintReopened | ComplaintClosed) -> Investigation:
    match event:
        case ComplaintReopened():
            return replace(
                state,
                cycle=event.cycle,
                severity=_graver(state.severity, "special" if event.special else "ordinary"),
                department=state.department if event.stage == "investigation" else "",
                hands=_joined(state.hands, *event.excluded),
                excluded=_joined(state.excluded, *state.investigators, *event.excluded),
                opened=False,
                investigator="",
                evidence_this_cycle=False,
                cause=None,
                findings=None,
                accepted=False,
                closed=False,
            )
        case ComplaintClosed():
            return replace(state, closed=True)
        case _:
            assert_never(event)


def _investigated(state: Investigation, event: InvestigationEvent) -> Investigation:
    match event:
        case InvestigationOpened() | InvestigationReopened():
            recused = _joined(state.recused, *event.recused)
            return replace(state, opened=True, department=event.department, recused=recused)
        case InvestigatorAssigned():
            return _given_to(state, event.investigator)
        case InvestigatorReplaced():
            return replace(_given_to(state, event.investigator), cause=None, findings=None)
        case ConflictDeclared():
            return replace(state, conflicted=_joined(state.conflicted, event.person))
        case EvidenceAdded():
            evidence = {**state.evidence, event.evidence: event.sha256}
            return replace(state, evidence=evidence, evidence_this_cycle=True)
        case CauseIdentified():
            return replace(state, cause=Cause(event.cause, event.department, event.responsible_person is not None))
        case FindingsSubmitted():
            return replace(state, findings=Findings(event.verdict, event.loss, event.by))
        case FindingsReturned():
            return replace(state, findings=None)
        case FindingsAccepted():
            return replace(state, accepted=True)
        case _:
            assert_never(event)


def _given_to(state: Investigation, investigator: str) -> Investigation:
    return replace(
        state,
        investigator=investigator,
        investigators=_joined(state.investigators, investigator),
        hands=_joined(state.hands, investigator),
    )


def _graver(one: Severity, other: Severity) -> Severity:
    """Special stays special: nothing downgrades a complaint quietly (N22)."""
    return "special" if "special" in (one, other) else "ordinary"


def _joined(staff: Staff, *more: str) -> Staff:
    """Each person once, in order of appearance; the system is nobody."""
    return tuple(dict.fromkeys(person for person in (*staff, *more) if person != SYSTEM))


FOLDS: Mapping[str, Fold] = {
    "complaint": Fold(Investigation(), evolve),
    "staff": Fold(StaffMember(), evolve_staff),
}
LEARNS: frozenset[type[Event]] = frozenset(
    {
        ComplaintRegistered,
        ComplaintAcknowledged,
        ComplaintClassified,
        ComplaintEstablished,
        RejectionProposed,
        RejectionReturned,
        ComplaintNotEstablished,
        ResponsibleDepartmentAssigned,
        ComplaintReopened,
        ComplaintClosed,
        StaffJoined,
        StaffMoved,
        ReportingLineSet,
        StaffLeft,
    }
)
