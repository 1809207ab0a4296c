"""What intake must know of a complaint to decide, folded from its own facts and those it learned."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from services.intake.complaint import (
    Assignment,
    Classification,
    Ending,
    Entry,
    Intake,
    Judgement,
    Signature,
    Told,
    Voiding,
    Withdrawal,
)
from services.intake.contact import Contact, evolve_contact
from services.intake.customer import Customer, evolve_customer
from shared.decide.service import Fold
from shared.events.base import Event
from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.directory import (
    DeputyEnded,
    DeputyNamed,
    ReportingLineSet,
    StaffJoined,
    StaffLeft,
    StaffMoved,
)
from shared.events.intake import (
    Classified,
    ComplaintAcknowledged,
    ComplaintClassified,
    ComplaintDowngraded,
    ComplaintEscalatedToSpecial,
    ComplaintEstablished,
    ComplaintHandedOver,
    ComplaintNotEstablished,
    ComplaintReclassified,
    ComplaintReferred,
    ComplaintRegistered,
    ComplaintReportedUpward,
    ComplaintTakenOver,
    ComplaintWithdrawn,
    ComplianceSignedOff,
    ConfirmationDeadlinePassed,
    CourtesyReplySent,
    CustomerChased,
    DuplicateDismissed,
    DuplicateSuspected,
    IntakeEvent,
    JudgementOverturned,
    NoteAdded,
    NoteCorrected,
    ProgressTold,
    RegisteredInError,
    RegistrationCorrected,
    RejectionProposed,
    RejectionReturned,
    ResponsibleDepartmentAssigned,
    VoidingDeclined,
    VoidingProposed,
    WithdrawalConfirmed,
    WithdrawalDenied,
    WithdrawalDisputed,
    WithdrawalRequested,
)
from shared.events.investigation import ConflictDeclared
from shared.events.resolution import WithdrawalGranted, WithdrawalRefused
from shared.events.vocabulary import SYSTEM
from shared.packs.house import MAX_CYCLES_ORDINARY
from shared.reference.staff import StaffMember, evolve_staff

__all__ = [
    "FOLDS",
    "LEARNS",
    "REOPENED_AGAIN",
    "Assignment",
    "Classification",
    "Ending",
    "Entry",
    "Intake",
    "Judgement",
    "Learned",
    "Signature",
    "Told",
    "Voiding",
    "Withdrawal",
    "evolve",
]

Learned = ComplaintReopened | ComplaintClosed | ConflictDeclared | WithdrawalGranted | WithdrawalRefused
REOPENED_AGAIN = "reopened-again"
"""Why special: reopened for the second time (domain 4.3, loop 1)."""


def evolve(state: Intake, event: IntakeEvent | Learned) -> Intake:
    match event:
        case ComplaintReopened():
            return _reopened(state, event)
        case ComplaintClosed():
            return replace(state, ending="closed")
        case ConflictDeclared():
            return replace(state, conflicted=state.conflicted | {event.person})
        case WithdrawalGranted() | WithdrawalRefused():
            return state
        case _:
            acted = tuple(who for who in event.hands if who not in (SYSTEM, *state.handled_by))
            handled_by = (*state.handled_by, *acted)
            return _stated(replace(state, version=state.version + 1, handled_by=handled_by), event)


def _stated(state: Intake, event: IntakeEvent) -> Intake:
    match event:
        case ComplaintRegistered():
            owner = "" if event.by == SYSTEM else event.by
            return replace(state, person=event.person, owner=owner, entry=_entry(event))
        case ComplaintTakenOver():
            return _taken_over(state, event)
        case RegistrationCorrected():
            return _corrected(state, event)
        case ComplaintHandedOver():
            return replace(state, owner=event.to)
        case ComplaintAcknowledged():
            return replace(state, acknowledged=Told(event.channel, event.proof))
        case ProgressTold():
            return replace(state, told=state.told | {Told(event.channel, event.proof)})
        case NoteAdded():
            return replace(state, notes=state.notes + 1)
        case NoteCorrected() | CustomerChased() | ComplaintReportedUpward():
            return state
        case DuplicateSuspected():
            return replace(state, suspected=state.suspected | {event.other})
        case DuplicateDismissed():
            return replace(state, dismissed=state.dismissed | {event.other})
        case ComplaintClassified() | ComplaintReclassified():
            return _classified(state, event)
        case ComplaintEscalatedToSpecial():
            return _special(state, event.reasons)
        case ComplianceSignedOff():
            signature = Signature(event.by, event.matter, event.received_at, state.special_for)
            return replace(state, signatures=(*state.signatures, signature))
        case ComplaintDowngraded():
            return _downgraded(state)
        case VoidingProposed():
            return replace(state, voiding=Voiding(event.by, event.contact, event.duplicate_of))
        case VoidingDeclined():
            return replace(state, voiding=None)
        case RegisteredInError():
            return replace(state, voiding=None, ending="in_error")
        case ComplaintReferred():
            return replace(state, referral=Told(event.channel, event.proof), ending="referred")
        case WithdrawalRequested():
            requested = Withdrawal(event.by, event.evidence.sha256, event.cycle)
            return replace(state, withdrawals=(*state.withdrawals, requested))
        case ComplaintWithdrawn():
            return replace(_withdrawal(state, answer="granted"), voiding=None, ending="withdrawn")
        case WithdrawalDenied():
            return _withdrawal(state, answer="denied")
        case WithdrawalConfirmed():
            return _withdrawal(state, word="confirmed", recording=event.recording, settled_at=event.at)
        case WithdrawalDisputed():
            return _withdrawal(state, word="disputed", recording=event.recording, settled_at=event.at)
        case ConfirmationDeadlinePassed():
            return replace(state, withdrawals=tuple(_missed(each, event.cycle) for each in state.withdrawals))
        case (
            ComplaintEstablished()
            | RejectionProposed()
            | RejectionReturned()
            | ComplaintNotEstablished()
            | JudgementOverturned()
        ):
            return replace(state, judgement=_judged(state, event), ever_judged=True)
        case ResponsibleDepartmentAssigned():
            recused = state.recused.union(event.recused)
            return replace(state, assigned=Assignment(event.department, event.recused), recused=recused)
        case CourtesyReplySent():
            return replace(state, replied=Told(event.channel, event.proof))
        case _:
            assert_never(event)


_Judging = ComplaintEstablished | RejectionProposed | RejectionReturned | ComplaintNotEstablished | JudgementOverturned


def _judged(state: Intake, event: _Judging) -> Judgement | None:
    match event:
        case ComplaintEstablished():
            return Judgement(event.by, "established", event.department)
        case RejectionProposed():
            return Judgement(event.by, "rejection_proposed", event.department)
        case RejectionReturned():
            return None
        case ComplaintNotEstablished():
            department = state.judgement.department if state.judgement else ""
            return Judgement(event.judged_by, "not_established", department, confirmed_by=event.by)
        case JudgementOverturned():
            both = (event.judged_by, event.confirmed_by)
            return Judgement(event.by, "established", event.department, overturned=both)


def _entry(event: ComplaintRegistered) -> Entry:
    return Entry(
        number=event.number,
        received_at=event.received_at,
        channel=event.channel,
        happened_at=event.happened_at,
        claimed=event.claimed,
        joint=event.joint,
        by_regulator=event.regulator_reference is not None,
        by_proxy=event.proxy is not None,
    )


def _corrected(state: Intake, event: RegistrationCorrected) -> Intake:
    if state.entry is None:
        return state
    entry = replace(state.entry, stated_in={**state.entry.stated_in, event.field: state.version})
    match event.field:
        case "received_at" if event.received_at is not None:
            left = tuple(each for each in state.signatures if each.matter != "received_at")
            return replace(state, entry=replace(entry, received_at=event.received_at), signatures=left)
        case "channel" if event.channel is not None:
            return replace(state, entry=replace(entry, channel=event.channel))
        case "happened_at":
            return replace(state, entry=replace(entry, happened_at=event.happened_at))
        case "claimed":
            return replace(state, entry=replace(entry, claimed=event.claimed))
        case "proxy":
            return replace(state, entry=replace(entry, by_proxy=event.text is not None))
        case "person" if event.person is not None:
            return replace(state, entry=entry, person=event.person)
        case _:
            return replace(state, entry=entry)


def _taken_over(state: Intake, event: ComplaintTakenOver) -> Intake:
    """Whoever handled it in the old system counts here too: for the callback, and once it is judged anew."""
    handled_by = tuple(dict.fromkeys((*state.handled_by, *event.earlier_actors)))
    state = replace(state, handled_by=handled_by, taken_over=True, acknowledged=Told("other", event.system))
    if event.stage == "acknowledged":
        return state
    department = event.department or ""
    return replace(
        state,
        judgement=Judgement("", "established", department),
        assigned=Assignment(department, ()) if department else None,
        ever_judged=True,
        excluded=state.excluded.union(event.earlier_actors),
        resolved_before=event.stage == "resolved",
    )


def _classified(state: Intake, event: Classified) -> Intake:
    classification = Classification(
        category=event.category,
        severity=event.severity,
        reasons=event.reasons,
        vulnerable=event.vulnerable,
        restricted=event.restricted,
        complained_of=event.complained_of,
        urgent=event.urgent,
        alleged_cause=event.alleged_cause,
    )
    kept = state.special_for if state.made_special else ()
    special_for = tuple(dict.fromkeys((*event.reasons, *kept)))
    return replace(
        state,
        classification=classification,
        special_for=special_for,
        ever_complained_of=state.ever_complained_of.union(event.complained_of),
    )


def _special(state: Intake, reasons: tuple[str, ...]) -> Intake:
    return replace(state, made_special=True, special_for=tuple(dict.fromkeys((*state.special_for, *reasons))))


def _downgraded(state: Intake) -> Intake:
    """The signature is used up, and what had made it special does not do so again before the next cycle."""
    classification = state.classification and replace(state.classification, severity="ordinary", reasons=())
    return replace(
        state,
        classification=classification,
        made_special=False,
        special_for=(),
        waived=state.waived.union(state.special_for),
        signatures=tuple(each for each in state.signatures if each.matter != "downgrade"),
    )


def _withdrawal(state: Intake, **changes: object) -> Intake:
    """The last request, changed: at most one waits at a time, so it is the one that was answered."""
    if state.withdrawal is None:
        return state
    changed: Withdrawal = replace(state.withdrawal, **changes)  # type: ignore[arg-type]
    return replace(state, withdrawals=(*state.withdrawals[:-1], changed))


def _missed(withdrawal: Withdrawal, cycle: int) -> Withdrawal:
    mine = withdrawal.cycle == cycle and withdrawal.answer == "granted"
    return replace(withdrawal, overdue=True) if mine else withdrawal


def _reopened(state: Intake, event: ComplaintReopened) -> Intake:
    """The next cycle. What was judged before binds it only if it goes on with an established complaint (N24)."""
    stays = event.stage != "judgement" and state.verdict == "established"
    moot = state.withdrawal is not None and state.withdrawal.settled_at is None and not state.withdrawing
    state = _withdrawal(state, settled_at=event.at) if moot else state
    if event.special:
        state = _special(state, (REOPENED_AGAIN,) if event.cycle > MAX_CYCLES_ORDINARY else ())
    return replace(
        state,
        cycle=event.cycle,
        resolved_before=False,
        acknowledged=None,
        waived=frozenset(),
        signatures=(),
        judgement=state.judgement if stays else None,
        assigned=state.assigned if stays else None,
        replied=None,
        excluded=state.excluded.union(event.excluded, _judges(state)),
        voiding=None,
        ending=None,
    )


def _judges(state: Intake) -> frozenset[str]:
    """Who judged it in this cycle: after a reopening it is judged by others (domain 4.3, loop 2)."""
    if state.judgement is None:
        return frozenset()
    judgement = state.judgement
    return frozenset(who for who in (judgement.by, judgement.confirmed_by, *judgement.overturned) if who)


FOLDS: Mapping[str, Fold] = {
    "complaint": Fold(Intake(), evolve),
    "staff": Fold(StaffMember(), evolve_staff),
    "person": Fold(Customer(), evolve_customer),
    "contact": Fold(Contact(), evolve_contact),
}
LEARNS: frozenset[type[Event]] = frozenset(
    {
        ComplaintReopened,
        ComplaintClosed,
        ConflictDeclared,
        WithdrawalGranted,
        WithdrawalRefused,
        StaffJoined,
        StaffMoved,
        ReportingLineSet,
        StaffLeft,
        DeputyNamed,
        DeputyEnded,
    }
)
