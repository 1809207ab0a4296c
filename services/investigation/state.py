"""What investigation must know of a complaint to decide, folded from its own facts and those it learned."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, assert_never, get_args
from uuid import UUID

from shared.decide import Actor
from shared.decide.service import Fold
from shared.events import intake
from shared.events.base import Event
from shared.events.callback import ComplaintClosed, ComplaintReopened, FromCallback
from shared.events.customers import ContactFact
from shared.events.directory import StaffEvent
from shared.events.intake import FromIntake, IntakeEvent
from shared.events.investigation import (
    CauseIdentified,
    ConflictDeclared,
    EvidenceAdded,
    FindingsAccepted,
    FindingsReturned,
    FindingsSubmitted,
    InformationOverdue,
    InformationReceived,
    InformationRequested,
    InvestigationEvent,
    InvestigationOpened,
    InvestigationReopened,
    InvestigatorAssigned,
    InvestigatorReplaced,
    StatementTaken,
)
from shared.events.vocabulary import SYSTEM, Money, Severity, Verdict
from shared.reference.contacts import Contact, evolve_contact
from shared.reference.roles import READ_ALL
from shared.reference.staff import StaffMember, evolve_staff

Learned = IntakeEvent | ComplaintReopened | ComplaintClosed
Staff = tuple[str, ...]
Ending = Literal["", "closed", "withdrawn", "referred", "registered_in_error"]

_ON_THE_WAY = (
    intake.ComplaintAcknowledged,
    intake.NoteAdded,
    intake.NoteCorrected,
    intake.CustomerChased,
    intake.ProgressTold,
    intake.ComplaintHandedOver,
    intake.DuplicateDismissed,
    intake.ComplianceSignedOff,
    intake.ComplaintReportedUpward,
    intake.WithdrawalConfirmed,
    intake.WithdrawalDisputed,
)
"""Facts by which somebody only passed word on: they have said nothing yet of what the case is, or how it should end."""


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
class Request:
    """Something that somebody was asked for."""

    of: Literal["customer", "department", "third_party"]
    cycle: int
    due_at: datetime
    settled_at: datetime | None = None
    """From when on nobody waits for it: answered in full, given up, or its cycle ended."""
    overdue: bool = False

    @property
    def open(self) -> bool:
        return self.settled_at is None


@dataclass(frozen=True, slots=True)
class Investigation:
    """One complaint. `investigator`, `cause`, `findings` and `accepted` are those of the current cycle, or of the last
    one that investigated, if the complaint was reopened for another remedy only."""

    cycle: int = 1
    person: str = ""
    from_contact: UUID | None = None
    department: str = ""
    severity: Severity = "ordinary"
    restricted: bool = False
    complained_of: Staff = ()
    recused: Staff = ()
    conflicted: Staff = ()
    hands: Staff = ()
    """Everyone who acted in intake or here, in any cycle."""
    prior: Staff = ()
    """Who made the case what it is in intake, judged it, or decided on findings, in any cycle, and who handled it in an
    old system: they would investigate their own word."""
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
    superseded: frozenset[str] = frozenset()
    statements: frozenset[str] = frozenset()
    proof_this_cycle: bool = False
    """A piece of evidence or a statement came in this cycle."""
    requests: Mapping[str, Request] = field(default_factory=dict)
    """Every request for information by its code."""
    cause: Cause | None = None
    findings: Findings | None = None
    accepted: bool = False
    withdrawal: datetime | None = None
    """Since when a withdrawal waits for resolution's answer."""
    ending: Ending = ""

    @property
    def barred(self) -> Staff:
        """Who may not touch the case, for whatever reason but that it is about them."""
        return _joined(self.recused, *self.conflicted)

    @property
    def needs_replacement(self) -> bool:
        """Also when it became known only after the assignment that the case is about the investigator (N7)."""
        return not self.accepted and self.investigator in (*self.barred, *self.complained_of)

    @property
    def awaited(self) -> tuple[str, ...]:
        """The requests that are still open."""
        return tuple(code for code, request in self.requests.items() if request.open)

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
    if isinstance(event, FromIntake):
        return _learned(_acted(state, event), event)
    return _investigated(replace(state, hands=_joined(state.hands, *event.hands)), event)


def _acted(state: Investigation, event: IntakeEvent) -> Investigation:
    who = _joined((), *event.hands, *_named(event))
    prior = state.prior if isinstance(event, _ON_THE_WAY) else _joined(state.prior, *who)
    return replace(state, hands=_joined(state.hands, *who), prior=prior)


def _named(event: IntakeEvent) -> Staff:
    """Who acted by this fact beside the one who stated it."""
    match event:
        case intake.ComplaintTakenOver():
            return event.earlier_actors
        case intake.RegisteredInError():
            return (event.proposed_by,)
        case intake.ComplaintDowngraded():
            return (event.signed_off_by,)
        case intake.ComplaintNotEstablished():
            return (event.judged_by,)
        case intake.JudgementOverturned():
            return (event.judged_by, event.confirmed_by)
        case _:
            return ()


def _learned(state: Investigation, event: IntakeEvent) -> Investigation:
    match event:
        case intake.ComplaintRegistered():
            return replace(state, person=event.person, from_contact=event.from_contact)
        case intake.RegistrationCorrected():
            return replace(state, person=event.person or state.person)
        case intake.ComplaintTakenOver():
            return replace(state, department=event.department or "")
        case intake.ComplaintClassified() | intake.ComplaintReclassified():
            return _classified(state, event)
        case intake.ComplaintEscalatedToSpecial():
            return replace(state, severity="special")
        case intake.ComplaintDowngraded():
            return replace(state, severity="ordinary")
        case intake.ResponsibleDepartmentAssigned():
            return replace(state, recused=_joined(state.recused, *event.recused))
        case intake.WithdrawalRequested():
            return replace(state, withdrawal=event.at) if event.cycle == state.cycle else state
        case intake.WithdrawalDenied():
            return replace(state, withdrawal=None)
        case intake.ComplaintWithdrawn():
            since = state.withdrawal or event.at
            return _ended(state, "withdrawn", since) if event.cycle == state.cycle else state
        case intake.ComplaintReferred():
            return _ended(state, "referred", event.at)
        case intake.RegisteredInError():
            return _ended(state, "registered_in_error", event.at)
        case (
            intake.ComplaintAcknowledged()
            | intake.ComplaintEstablished()
            | intake.ComplaintHandedOver()
            | intake.ComplaintNotEstablished()
            | intake.ComplaintReportedUpward()
            | intake.ComplianceSignedOff()
            | intake.ConfirmationDeadlinePassed()
            | intake.CourtesyReplySent()
            | intake.CustomerChased()
            | intake.DuplicateDismissed()
            | intake.DuplicateSuspected()
            | intake.JudgementOverturned()
            | intake.NoteAdded()
            | intake.NoteCorrected()
            | intake.ProgressTold()
            | intake.RejectionProposed()
            | intake.RejectionReturned()
            | intake.VoidingDeclined()
            | intake.VoidingProposed()
            | intake.WithdrawalConfirmed()
            | intake.WithdrawalDisputed()
        ):
            return state
        case _:
            assert_never(event)


def _classified(state: Investigation, event: intake.Classified) -> Investigation:
    """Special stays special (N22) and restricted stays restricted (N16). Whom the complaint is about no more stays
    recused: else striking a name from the list would let its bearer investigate (N7).
    """
    dropped = (each for each in state.complained_of if each not in event.complained_of)
    return replace(
        state,
        severity=_graver(state.severity, event.severity),
        restricted=state.restricted or event.restricted,
        complained_of=event.complained_of,
        recused=_joined(state.recused, *dropped),
    )


def _reopened_or_closed(state: Investigation, event: ComplaintReopened | ComplaintClosed) -> Investigation:
    match event:
        case ComplaintReopened():
            return _reopened(state, event)
        case ComplaintClosed():
            return _ended(state, "closed", event.at)
        case _:
            assert_never(event)


def _reopened(state: Investigation, event: ComplaintReopened) -> Investigation:
    """The next cycle. Reopened for another remedy, the findings stand; if there are none that could, such as of a case
    that was resolved in an old system, it is investigated."""
    again = replace(
        _ended(state, "", event.at),
        cycle=event.cycle,
        severity=_graver(state.severity, "special" if event.special else "ordinary"),
        hands=_joined(state.hands, *event.excluded),
        excluded=_joined(state.excluded, *state.investigators, *event.excluded),
    )
    if event.stage == "resolution" and state.accepted:
        return again
    return replace(
        again,
        department="" if event.stage == "judgement" else state.department,
        opened=False,
        investigator="",
        proof_this_cycle=False,
        cause=None,
        findings=None,
        accepted=False,
    )


def _ended(state: Investigation, ending: Ending, at: datetime) -> Investigation:
    """A cycle is over: nothing of it waits for anything any more."""
    requests = {code: _settled(request, at) for code, request in state.requests.items()}
    return replace(state, ending=ending, withdrawal=None, requests=requests)


def _settled(request: Request, at: datetime) -> Request:
    return replace(request, settled_at=at) if request.open else request


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
            superseded = state.superseded | {event.supersedes} if event.supersedes else state.superseded
            return replace(state, evidence=evidence, superseded=superseded, proof_this_cycle=True)
        case StatementTaken():
            return replace(state, statements=state.statements | {event.statement}, proof_this_cycle=True)
        case InformationRequested() | InformationReceived() | InformationOverdue():
            return replace(state, requests={**state.requests, event.request: _asked(state, event)})
        case CauseIdentified():
            return replace(state, cause=Cause(event.cause, event.department, event.responsible_person is not None))
        case FindingsSubmitted():
            return replace(state, findings=Findings(event.verdict, event.loss, event.by))
        case FindingsReturned():
            return replace(state, findings=None, prior=_joined(state.prior, event.by))
        case FindingsAccepted():
            return replace(state, accepted=True, prior=_joined(state.prior, event.by))
        case _:
            assert_never(event)


def _asked(state: Investigation, event: InformationRequested | InformationReceived | InformationOverdue) -> Request:
    match event:
        case InformationRequested():
            return Request(event.of, event.cycle, event.due_at)
        case InformationReceived():
            request = state.requests[event.request]
            return _settled(request, event.at) if event.complete or event.given_up else request
        case InformationOverdue():
            return replace(state.requests[event.request], overdue=True)
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
    """Special stays special: only compliance lets a complaint be downgraded (N22)."""
    return "special" if "special" in (one, other) else "ordinary"


def _joined(staff: Staff, *more: str) -> Staff:
    """Each person once, in order of appearance; the system is nobody."""
    return tuple(dict.fromkeys(person for person in (*staff, *more) if person != SYSTEM))


FOLDS: Mapping[str, Fold] = {
    "complaint": Fold(Investigation(), evolve),
    "contact": Fold(Contact(), evolve_contact),
    "staff": Fold(StaffMember(), evolve_staff),
}
LEARNS: frozenset[type[Event]] = frozenset(
    (ComplaintReopened, ComplaintClosed, *get_args(IntakeEvent), *get_args(ContactFact), *get_args(StaffEvent))
)
