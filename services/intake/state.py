"""What intake must know of a complaint to decide, folded from its own facts and those it learned."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from shared.decide import Actor
from shared.decide.service import Fold
from shared.events.base import Event
from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.directory import ReportingLineSet, StaffJoined, StaffLeft, StaffMoved
from shared.events.intake import (
    ComplaintAcknowledged,
    ComplaintClassified,
    ComplaintEstablished,
    ComplaintNotEstablished,
    ComplaintRegistered,
    CourtesyReplySent,
    IntakeEvent,
    RejectionProposed,
    RejectionReturned,
    ResponsibleDepartmentAssigned,
)
from shared.events.vocabulary import SYSTEM, Severity
from shared.reference.roles import READ_ALL
from shared.reference.staff import StaffMember, evolve_staff

Learned = ComplaintReopened | ComplaintClosed


@dataclass(frozen=True, slots=True)
class Told:
    """The customer was told something: by which channel, proved by what."""

    channel: str
    proof: str


@dataclass(frozen=True, slots=True)
class Classification:
    category: str
    severity: Severity
    reasons: tuple[str, ...]
    vulnerable: bool
    restricted: bool
    complained_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """`department`: the responsible one if established, else the one complained of."""

    by: str
    verdict: Literal["established", "rejection_proposed", "not_established"]
    department: str
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    department: str
    recused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """One complaint. `acknowledged` and `replied` are those of the current cycle; so is `judgement`, except that an
    established complaint that is reopened for investigation stays established."""

    cycle: int = 1
    person: str = ""
    acknowledged: Told | None = None
    classification: Classification | None = None
    made_special: bool = False
    """A reopening made it special, whatever its classification says."""
    judgement: Judgement | None = None
    assigned: Assignment | None = None
    replied: Told | None = None
    excluded: frozenset[str] = frozenset()
    """Who may not judge it again."""
    handled_by: tuple[str, ...] = ()
    """Everyone who acted here, in any cycle, in order of appearance; the system is nobody."""
    closed: bool = False

    @property
    def registered(self) -> bool:
        return bool(self.person)

    @property
    def severity(self) -> Severity:
        classified = self.classification is not None and self.classification.severity == "special"
        return "special" if self.made_special or classified else "ordinary"

    @property
    def restricted(self) -> bool:
        return self.classification is not None and self.classification.restricted

    @property
    def complained_of(self) -> tuple[str, ...]:
        return self.classification.complained_of if self.classification else ()

    @property
    def verdict(self) -> str | None:
        return self.judgement.verdict if self.judgement else None

    @property
    def department(self) -> str | None:
        """The department that handles it, once it is established."""
        if self.assigned is not None:
            return self.assigned.department
        return self.judgement.department if self.judgement and self.verdict == "established" else None

    def open_to(self, actor: Actor) -> bool:
        """A restricted case is for the department that handles it and for those who decide on all cases (N16)."""
        return not self.restricted or actor.role in READ_ALL or actor.department == self.department


def evolve(state: Intake, event: IntakeEvent | Learned) -> Intake:
    match event:
        case ComplaintReopened():
            return _reopened(state, event)
        case ComplaintClosed():
            return replace(state, closed=True)
        case _:
            acted = () if event.by in (SYSTEM, *state.handled_by) else (event.by,)
            return _stated(replace(state, handled_by=(*state.handled_by, *acted)), event)


def _stated(state: Intake, event: IntakeEvent) -> Intake:
    match event:
        case ComplaintRegistered():
            return replace(state, person=event.person)
        case ComplaintAcknowledged():
            return replace(state, acknowledged=Told(event.channel, event.proof))
        case ComplaintClassified():
            return replace(state, classification=_classification(event))
        case ComplaintEstablished():
            return replace(state, judgement=Judgement(event.by, "established", event.department))
        case RejectionProposed():
            return replace(state, judgement=Judgement(event.by, "rejection_proposed", event.department))
        case RejectionReturned():
            return replace(state, judgement=None)
        case ComplaintNotEstablished():
            department = state.judgement.department if state.judgement else ""
            rejected = Judgement(event.judged_by, "not_established", department, confirmed_by=event.by)
            return replace(state, judgement=rejected)
        case ResponsibleDepartmentAssigned():
            return replace(state, assigned=Assignment(event.department, event.recused))
        case CourtesyReplySent():
            return replace(state, replied=Told(event.channel, event.proof))
        case _:
            assert_never(event)


def _classification(event: ComplaintClassified) -> Classification:
    return Classification(
        category=event.category,
        severity=event.severity,
        reasons=event.reasons,
        vulnerable=event.vulnerable,
        restricted=event.restricted,
        complained_of=event.complained_of,
    )


def _reopened(state: Intake, event: ComplaintReopened) -> Intake:
    """The next cycle. What was judged before binds it only if it goes on with an established complaint (N24)."""
    stays = event.stage == "investigation" and state.verdict == "established"
    return replace(
        state,
        cycle=event.cycle,
        acknowledged=None,
        judgement=state.judgement if stays else None,
        assigned=state.assigned if stays else None,
        replied=None,
        made_special=state.made_special or event.special,
        excluded=state.excluded.union(event.excluded, _judges(state)),
        closed=False,
    )


def _judges(state: Intake) -> frozenset[str]:
    """Who judged it in this cycle: after a reopening it is judged by others (domain 4.3, loop 2)."""
    if state.judgement is None:
        return frozenset()
    return frozenset(who for who in (state.judgement.by, state.judgement.confirmed_by) if who)


FOLDS: Mapping[str, Fold] = {
    "complaint": Fold(Intake(), evolve),
    "staff": Fold(StaffMember(), evolve_staff),
}
LEARNS: frozenset[type[Event]] = frozenset(
    {ComplaintReopened, ComplaintClosed, StaffJoined, StaffMoved, ReportingLineSet, StaffLeft}
)
