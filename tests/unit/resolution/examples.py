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
from shared.events.intake import (
    ComplaintClassified,
    ComplaintEscalatedToSpecial,
    RegistrationCorrected,
    WithdrawalRequested,
)
from shared.events.investigation import FindingsAccepted
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
    ReversalBooked,
    ReversalProposed,
    ReversalRefused,
    WithdrawalGranted,
    WithdrawalRefused,
)
from shared.events.vocabulary import CalculationStep, Evidence, Instalment, LimitEntry, Money, RemedyKind
from shared.privacy.personal import Personal
from shared.reference.limits import LimitsTable, Table
from shared.reference.staff import StaffMember
from shared.rooms import open_rooms

ROOMS = open_rooms("services.resolution")
SERVICE = ROOMS.service

COMPLAINT = UUID("00000000-0000-4000-8000-00000000000a")
OTHER_COMPLAINT = UUID("00000000-0000-4000-8000-00000000000b")
CHEN = "person:00000000-0000-4000-8000-0000000000c1"
BAO = "person:00000000-0000-4000-8000-0000000000c2"
DAI = "person:00000000-0000-4000-8000-0000000000c3"
"""Other customers' files, until they are joined."""
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
SOON = NOON + timedelta(days=20)
DAY_8 = NOON + timedelta(days=8)
LAPSES = NOON + timedelta(days=30)

OFFICER = Actor("officer-1", "resolution_officer", "cards")
INVESTIGATOR = Actor("investigator-1", "investigator", "cards")
LEAD = Actor("lead-1", "department_lead", "cards")
APPROVER = Actor("approver-1", "approver", "head-office")
HIGHER = Actor("higher-1", "higher_approver", "head-office")
AGENT = Actor("agent-1", "agent", "hotline")
EXECUTOR = Actor("executor-1", "executor", "finance")
OTHER_EXECUTOR = Actor("executor-2", "executor", "finance")
HR = Actor("hr-1", "hr", "people")
RECUSED = Actor("recused-1", "department_lead", "cards")

SIGNATURE = Evidence(kind="signature", reference="scan-1", sha256="5" * 64)
RECORDING = Evidence(kind="recording", reference="call-9", sha256="6" * 64)


def yuan(amount: int) -> Money:
    """Whole yuan."""
    return Money(minor=amount * 100, currency="CNY")


def sealed(text: str) -> Personal:
    return Personal.of(CHEN, text)


@dataclass(frozen=True)
class Told:
    """The facts of one remedy, from the option to the end."""

    option: str = "option-a"
    kind: RemedyKind = "compensation"
    amount: Money = field(default_factory=lambda: yuan(600))
    cycle: int = 1
    complaint: UUID = COMPLAINT
    instalments: tuple[Instalment, ...] = ()
    settlement: bool = False

    @property
    def digest(self) -> str:
        return remedy_digest(
            complaint=self.complaint,
            cycle=self.cycle,
            option=self.option,
            kind=self.kind,
            amount=self.amount,
            steps=[self.amount],
            execute_by=SOON,
            instalments=self.instalments,
            settlement=self.settlement,
        )

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
            instalments=self.instalments,
            settlement=self.settlement,
            **self.named,
        )

    def taken_back(self) -> RemedyOptionWithdrawn:
        return RemedyOptionWithdrawn(at=NOON, by=OFFICER.id, reasons=sealed("paid already"), **self.named)

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

    def approved(self, by: Actor = LEAD, at: datetime = NOON, step: int = 1, of: int = 1) -> RemedyApproved:
        return RemedyApproved(
            at=at,
            by=by.id,
            amount=self.amount,
            step=step,
            of=of,
            instruction=sealed("pay today"),
            limit=yuan(2_000),
            limits="house@1",
            role=by.role,
            department=by.department,
            **self.named,
        )

    def returned(self, at: datetime = LATER) -> RemedyReturned:
        return RemedyReturned(at=at, by=LEAD.id, reasons=sealed("too little"), **self.named)

    def escalated(self, to: str = "approver") -> ApprovalEscalated:
        return ApprovalEscalated(at=NOON, by=LEAD.id, to=to, total=self.amount, limit=yuan(2_000), **self.named)

    def rejected(self, at: datetime = LATER) -> RemedyRejected:
        return RemedyRejected(at=at, by=LEAD.id, reasons=sealed("not at all"), **self.named)

    def offered(self) -> RemedyOffered:
        return RemedyOffered(
            at=NOON,
            by=OFFICER.id,
            letter=sealed("Dear Mrs Chen"),
            channel="letter",
            proof="post-1",
            lapses_at=LAPSES,
            **self.named,
        )

    def accepted(self) -> RemedyAccepted:
        return RemedyAccepted(at=NOON, by=AGENT.id, evidence=SIGNATURE, **self.named)

    def declined(self, at: datetime = LATER, *, final: bool = False) -> RemedyDeclined:
        evidence = SIGNATURE if final else None
        return RemedyDeclined(at=at, by=AGENT.id, reasons=sealed("no"), final=final, evidence=evidence, **self.named)

    def lapsed(self) -> OfferLapsed:
        return OfferLapsed(at=LAPSES, by="system", lapsed_at=LAPSES, **self.named)

    def started(self, payment: str = "pay-1", step: int = 1, by: str = EXECUTOR.id) -> RemedyExecutionStarted:
        return RemedyExecutionStarted(
            at=NOON,
            by=by,
            payment=payment,
            amount=self.paid_at(step),
            step=step,
            of=max(len(self.instalments), 1),
            kind=self.kind,
            customer=CHEN,
            **self.named,
        )

    def paid_at(self, step: int) -> Money:
        return self.instalments[step - 1].amount if self.instalments else self.amount

    def unknown(self, payment: str = "pay-1", step: int = 1) -> PaymentOutcomeUnknown:
        return PaymentOutcomeUnknown(
            at=NOON, by="system", cycle=self.cycle, option=self.option, payment=payment, step=step,
            amount=self.paid_at(step),
        )  # fmt: skip

    def reconciled(self, payment: str = "pay-1", *, paid: bool, by: str = "executor-2") -> tuple[Event, ...]:
        """What was found out, and the failure that follows if nothing was paid."""
        found_out = PaymentReconciled(
            at=NOON, by=by, cycle=self.cycle, option=self.option, payment=payment, step=1, paid=paid,
            receipt="receipt-1" if paid else None, proof="statement-1",
        )  # fmt: skip
        return (found_out,) if paid else (found_out, self.failed(payment, by))

    def failed(self, payment: str = "pay-1", by: str = "system") -> RemedyExecutionFailed:
        return RemedyExecutionFailed(
            at=NOON, by=by, cycle=self.cycle, option=self.option, payment=payment, reason="account-closed"
        )

    def stepped(self, payment: str = "pay-1", receipt: str = "receipt-1", step: int = 1) -> RemedyStepExecuted:
        return RemedyStepExecuted(
            at=NOON, by="system", cycle=self.cycle, step=step, payment=payment, amount=self.paid_at(step),
            receipt=receipt,
        )  # fmt: skip

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

    def to_reverse(self, by: str = EXECUTOR.id) -> ReversalProposed:
        return ReversalProposed(at=LATER, by=by, amount=self.amount, reasons=sealed("paid twice"), **self.named)

    def reversal_refused(self) -> ReversalRefused:
        return ReversalRefused(at=LATER, by=LEAD.id, cycle=self.cycle, digest=self.digest, reasons=sealed("no"))

    def reversed(self) -> RemedyReversed:
        return RemedyReversed(
            at=LATER, by=LEAD.id, amount=self.amount, entry="rev-1", proposed_by=EXECUTOR.id, customer=CHEN,
            reasons=sealed("paid twice"), **self.named,
        )  # fmt: skip

    def booked(self, *, refused: str | None = None) -> ReversalBooked:
        receipt = None if refused else "receipt-9"
        return ReversalBooked(
            at=LATER, by="system", cycle=self.cycle, entry="rev-1", receipt=receipt, refused=refused, digest=self.digest
        )

    def up_to_reversal(self) -> tuple[Event, ...]:
        return (*self.up_to_the_end(), self.to_reverse(), self.reversed())

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
B = Told("option-b", amount=yuan(400))
C = Told("option-c", amount=yuan(500))
WAIVER = Told("waiver", "waiver")
IN_PARTS = Told("in-parts", instalments=(Instalment(amount=yuan(200)), Instalment(amount=yuan(400), not_before=DAY_8)))
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


def reopened(
    cycle: int = 2,
    *,
    special: bool = False,
    stage: Any = "investigation",
    excluded: tuple[str, ...] = (INVESTIGATOR.id,),
) -> ComplaintReopened:
    return ComplaintReopened(
        at=LATER,
        by="caller-1",
        cycle=cycle,
        reason="dissatisfied",
        explanation=sealed("still wrong"),
        special=special,
        stage=stage,
        excluded=excluded,
    )


def made_special() -> ComplaintEscalatedToSpecial:
    return ComplaintEscalatedToSpecial(at=LATER, by=AGENT.id, cycle=1, reasons=("media",))


def corrected_to(person: str) -> RegistrationCorrected:
    return RegistrationCorrected(
        at=LATER, by=AGENT.id, cycle=1, field="person", replaces=1, reasons=sealed("a mix-up"), person=person
    )


def withdrawal_requested(cycle: int = 1) -> WithdrawalRequested:
    return WithdrawalRequested(
        at=LATER, by=AGENT.id, cycle=cycle, evidence=RECORDING, channel="phone", words=sealed("never mind")
    )


def withdrawal_granted(digest: str | None = None) -> WithdrawalGranted:
    return WithdrawalGranted(at=LATER, by="system", cycle=1, request=UUID(int=7), digest=digest)


def final_position() -> FinalPositionStated:
    return FinalPositionStated(
        at=LATER, by=HIGHER.id, cycle=1, rounds=3, reasons=sealed("enough"), letter=sealed("our last word"),
        channel="letter", proof="post-9",
    )  # fmt: skip


def raised(action: str = "a1", owner: str = LEAD.id) -> CorrectiveActionRaised:
    return CorrectiveActionRaised(
        at=NOON, by=LEAD.id, cycle=1, action=action, cause="fee-error", what=sealed("check twice"), owner=owner,
        due_at=SOON, department="cards",
    )  # fmt: skip


def completed(action: str = "a1") -> CorrectiveActionCompleted:
    return CorrectiveActionCompleted(
        at=LATER, by=LEAD.id, cycle=1, action=action, result=sealed("checked"), proof="change-1"
    )


def overdue(action: str = "a1") -> CorrectiveActionOverdue:
    return CorrectiveActionOverdue(at=SOON, by="system", cycle=1, action=action, due_at=SOON)


def withdrawal_refused() -> WithdrawalRefused:
    return WithdrawalRefused(at=LATER, by="system", cycle=1, request=UUID(int=7), reason="concluded")


def refused_rounds(*told: Told) -> tuple[Event, ...]:
    """Each of them offered and declined, one after the other."""
    rounds = ((each.proposed(), each.submitted(), each.approved(), each.offered(), each.declined()) for each in told)
    return (found(), *(event for events in rounds for event in events))


def closed() -> ComplaintClosed:
    return ComplaintClosed(at=LATER, by="caller-1", cycle=1, outcome="satisfied")


def staff(**changed: StaffMember) -> dict[str, Any]:
    """Everyone above works here and reports to nobody; keywords replace somebody, `-` in an id written as `_`."""
    everyone = (OFFICER, INVESTIGATOR, LEAD, APPROVER, HIGHER, AGENT, EXECUTOR, OTHER_EXECUTOR, HR, RECUSED)
    known = {f"staff:{each.id}": StaffMember(True, False, each.department, (each.role,)) for each in everyone}
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
