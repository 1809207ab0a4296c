"""One complaint of Mrs Chen's, told in facts, and the people who deal with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.resolution.limits import remedy_digest
from shared.decide import Actor
from shared.events.base import Event
from shared.events.callback import ComplaintClosed, ComplaintReopened
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
)
from shared.events.vocabulary import CalculationStep, Evidence, LimitEntry, Money, RemedyKind
from shared.privacy.personal import Personal
from shared.reference.limits import LimitsTable, Table
from shared.reference.staff import StaffMember
from shared.rooms import open_rooms

ROOMS = open_rooms("services.resolution")
SERVICE = ROOMS.service

COMPLAINT = UUID("00000000-0000-4000-8000-00000000000a")
OTHER_COMPLAINT = UUID("00000000-0000-4000-8000-00000000000b")
CHEN = "person:00000000-0000-4000-8000-0000000000c1"
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
SOON = NOON + timedelta(days=20)

OFFICER = Actor("officer-1", "resolution_officer", "cards")
INVESTIGATOR = Actor("investigator-1", "investigator", "cards")
LEAD = Actor("lead-1", "department_lead", "cards")
APPROVER = Actor("approver-1", "approver", "head-office")
HIGHER = Actor("higher-1", "higher_approver", "head-office")
AGENT = Actor("agent-1", "agent", "hotline")
EXECUTOR = Actor("executor-1", "executor", "finance")
RECUSED = Actor("recused-1", "department_lead", "cards")

SIGNATURE = Evidence(kind="signature", reference="scan-1", sha256="5" * 64)
RECORDING = Evidence(kind="recording", reference="call-9", sha256="6" * 64)


def yuan(amount: int) -> Money:
    """Whole yuan."""
    return Money(minor=amount * 100, currency="CNY")


def sealed(text: str) -> Personal:
    return Personal.of(CHEN, text)


def digest_of(option: str, kind: RemedyKind, amount: Money, *, cycle: int = 1, complaint: UUID = COMPLAINT) -> str:
    return remedy_digest(
        complaint=complaint, cycle=cycle, option=option, kind=kind, amount=amount, steps=[amount], execute_by=SOON
    )


@dataclass(frozen=True)
class Told:
    """The facts of one remedy, from the option to the end."""

    option: str = "option-a"
    kind: RemedyKind = "compensation"
    amount: Money = field(default_factory=lambda: yuan(600))
    cycle: int = 1
    complaint: UUID = COMPLAINT

    @property
    def digest(self) -> str:
        return digest_of(self.option, self.kind, self.amount, cycle=self.cycle, complaint=self.complaint)

    @property
    def named(self) -> dict[str, Any]:
        return {"cycle": self.cycle, "option": self.option, "digest": self.digest}

    def proposed(self, by: str = OFFICER.id) -> RemedyOptionProposed:
        step = CalculationStep(label=sealed("interest"), amount=self.amount)
        return RemedyOptionProposed(
            at=NOON,
            by=by,
            kind=self.kind,
            amount=self.amount,
            steps=(step,),
            description=sealed("pay back"),
            execute_by=SOON,
            department="cards",
            **self.named,
        )

    def submitted(self, by: str = OFFICER.id) -> RemedySubmitted:
        return RemedySubmitted(
            at=NOON,
            by=by,
            amount=self.amount,
            kind=self.kind,
            verdict="upheld",
            cause="fee-error",
            department="cards",
            **self.named,
        )

    def approved(self, by: Actor = LEAD, at: datetime = NOON) -> RemedyApproved:
        return RemedyApproved(
            at=at,
            by=by.id,
            amount=self.amount,
            step=1,
            of=1,
            instruction=sealed("pay today"),
            limit=yuan(2_000),
            limits="house@1",
            role=by.role,
            department=by.department,
            **self.named,
        )

    def returned(self, at: datetime = LATER) -> RemedyReturned:
        return RemedyReturned(at=at, by=LEAD.id, reasons=sealed("too little"), **self.named)

    def offered(self) -> RemedyOffered:
        return RemedyOffered(
            at=NOON,
            by=OFFICER.id,
            letter=sealed("Dear Mrs Chen"),
            channel="letter",
            proof="post-1",
            lapses_at=NOON + timedelta(days=30),
            **self.named,
        )

    def accepted(self) -> RemedyAccepted:
        return RemedyAccepted(at=NOON, by=AGENT.id, evidence=SIGNATURE, **self.named)

    def declined(self, at: datetime = LATER) -> RemedyDeclined:
        return RemedyDeclined(at=at, by=AGENT.id, reasons=sealed("no"), **self.named)

    def started(self, payment: str = "pay-1") -> RemedyExecutionStarted:
        return RemedyExecutionStarted(at=NOON, by=EXECUTOR.id, payment=payment, amount=self.amount, **self.named)

    def failed(self, payment: str = "pay-1") -> RemedyExecutionFailed:
        return RemedyExecutionFailed(
            at=NOON, by="system", cycle=self.cycle, option=self.option, payment=payment, reason="account-closed"
        )

    def stepped(self, payment: str = "pay-1", receipt: str = "receipt-1") -> RemedyStepExecuted:
        return RemedyStepExecuted(
            at=NOON, by="system", cycle=self.cycle, step=1, payment=payment, amount=self.amount, receipt=receipt
        )

    def executed(self) -> RemedyExecuted:
        return RemedyExecuted(at=NOON, by="system", total=self.amount, **self.named)

    def concluded(self) -> ResolutionConcluded:
        no_remedy = self.kind == "no_remedy"
        return ResolutionConcluded(
            at=NOON,
            by="system",
            cycle=self.cycle,
            outcome="no_remedy" if no_remedy else "executed",
            digest=self.digest,
            total=self.amount,
            handled_by=(OFFICER.id,),
            investigators=(INVESTIGATOR.id,),
            department="cards",
            cause="fee-error",
            basis="no_remedy_approved" if no_remedy else "remedy_executed",
        )

    def up_to_submission(self) -> tuple[Event, ...]:
        return (found(cycle=self.cycle), self.proposed(), self.submitted())

    def up_to_approval(self, by: Actor = LEAD) -> tuple[Event, ...]:
        return (*self.up_to_submission(), self.approved(by))

    def up_to_offer(self, by: Actor = LEAD) -> tuple[Event, ...]:
        return (*self.up_to_approval(by), self.offered())

    def up_to_acceptance(self, by: Actor = LEAD) -> tuple[Event, ...]:
        return (*self.up_to_offer(by), self.accepted())

    def up_to_start(self) -> tuple[Event, ...]:
        return (*self.up_to_acceptance(), self.started())

    def up_to_the_end(self) -> tuple[Event, ...]:
        if self.kind == "no_remedy":
            return (*self.up_to_offer(), self.concluded())
        return (*self.up_to_start(), self.stepped(), self.executed(), self.concluded())


A = Told()
APOLOGY = Told("apology", "apology", yuan(0))
CORRECTION = Told("correction", "correction", yuan(0))
NOTHING = Told("nothing", "no_remedy", yuan(0))


def found(
    *,
    cycle: int = 1,
    severity: Any = "ordinary",
    restricted: bool = False,
    recused: tuple[str, ...] = (RECUSED.id,),
    person: str = CHEN,
) -> FindingsAccepted:
    return FindingsAccepted(
        at=NOON,
        by=LEAD.id,
        cycle=cycle,
        verdict="upheld",
        cause="fee-error",
        department="cards",
        loss=yuan(600),
        submitted_by=INVESTIGATOR.id,
        handled_by=("agent-0", "triage-1", INVESTIGATOR.id),
        investigators=(INVESTIGATOR.id, "investigator-0"),
        recused=recused,
        severity=severity,
        restricted=restricted,
        person=person,
    )


def classified(
    *, severity: Any = "ordinary", restricted: bool = False, complained_of: tuple[str, ...] = ()
) -> ComplaintClassified:
    return ComplaintClassified(
        at=LATER,
        by="triage-1",
        cycle=1,
        category="cards/charges",
        severity=severity,
        reasons=("media",) if severity == "special" else (),
        vulnerable=False,
        restricted=restricted,
        complained_of=complained_of,
    )


def reopened(cycle: int = 2, *, special: bool = False, stage: Any = "investigation") -> ComplaintReopened:
    return ComplaintReopened(
        at=LATER,
        by="caller-1",
        cycle=cycle,
        reason="dissatisfied",
        explanation=sealed("still wrong"),
        special=special,
        stage=stage,
        excluded=(INVESTIGATOR.id,),
    )


def closed() -> ComplaintClosed:
    return ComplaintClosed(at=LATER, by="caller-1", cycle=1, outcome="satisfied")


def staff(**changed: StaffMember) -> dict[str, Any]:
    """Everyone above works here and reports to nobody; keywords replace somebody, `-` in an id written as `_`."""
    everyone = (OFFICER, INVESTIGATOR, LEAD, APPROVER, HIGHER, AGENT, EXECUTOR, RECUSED)
    known = {f"staff:{each.id}": StaffMember(joined=True, department=each.department) for each in everyone}
    return known | {f"staff:{name.replace('_', '-')}": member for name, member in changed.items()}


def limits(**yuan_by_role: int) -> LimitsTable:
    """A table `test@1` in force since long, in whole yuan."""
    entries = [
        {"role": role, "department": "*", "limit": {"minor": amount * 100, "currency": "CNY"}}
        for role, amount in yuan_by_role.items()
    ]
    return LimitsTable(activated=(table("test@1", NOON - timedelta(days=99), entries),))


def table(name: str, effective_from: datetime, entries: Sequence[Mapping[str, Any]]) -> Table:
    return Table(name, effective_from, tuple(LimitEntry.model_validate(entry) for entry in entries))
