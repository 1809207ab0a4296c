"""What intake says of where a complaint stands."""

from collections.abc import Iterator
from datetime import timedelta

from services.desk.stages import Stage
from services.desk.steps.row import NO_REMEDY, Steps, at_stage, begins, changed, ends, moves_to
from shared.events import intake
from shared.events.vocabulary import SYSTEM
from shared.packs.house import INVESTIGATED_WITHIN
from shared.projections.view import Add, At, Upsert


def registered(event: intake.ComplaintRegistered, at: At) -> Upsert:
    return at_stage(
        "registered",
        event,
        at,
        complaint_id=at.subject_id,
        number=event.number,
        person=event.person,
        pending=[],
        cycle=event.cycle,
        severity="ordinary",
        restricted=False,
        vulnerable=False,
        urgent=False,
        owner=None if event.by == SYSTEM else event.by,
        awaited=[],
        channel=event.channel,
        received_at=event.received_at,
        registered_at=at.recorded,
        chased=0,
        reported_upward=0,
        settlements=[],
        began_at=event.received_at,
        hands=[],
        untrue=[],
        conflicted=[],
        **NO_REMEDY,
    )


def taken_over(event: intake.ComplaintTakenOver, at: At) -> Upsert:
    """Nobody here asked the customer for time, so that a house rule says by when it is decided."""
    stages: dict[str, Stage] = {"acknowledged": "acknowledged", "established": "established", "resolved": "concluded"}
    decide_by = event.at + INVESTIGATED_WITHIN
    return at_stage(
        stages[event.stage], event, at, from_system=event.system, department=event.department, decide_by=decide_by
    )


def classified(event: intake.Classified, at: At) -> Upsert:
    """Only upwards: neither severity nor restriction is lifted by classifying anew (N16, N22)."""
    graver = {"severity": "special"} if event.severity == "special" else {}
    closer = {"restricted": True} if event.restricted else {}
    return changed(
        at, category=event.category, vulnerable=event.vulnerable, urgent=event.urgent, **graver, **closer
    )  # fmt: skip


def escalated(event: intake.ComplaintEscalatedToSpecial, at: At) -> Upsert:
    return changed(at, severity="special")


def downgraded(event: intake.ComplaintDowngraded, at: At) -> Upsert:
    return changed(at, severity="ordinary")


def established(event: intake.ComplaintEstablished | intake.JudgementOverturned, at: At) -> Upsert:
    """The customer was asked for so many days (F07): by then it is to be decided."""
    decide_by = event.at + timedelta(days=event.days_asked)
    return at_stage("established", event, at, department=event.department, decide_by=decide_by)


def assigned(event: intake.ResponsibleDepartmentAssigned, at: At) -> Upsert:
    return changed(at, department=event.department)


def chased(event: intake.CustomerChased, at: At) -> Upsert:
    return changed(at, chased=Add(1))


def reported_upward(event: intake.ComplaintReportedUpward, at: At) -> Upsert:
    return changed(at, reported_upward=Add(1))


def handed_over(event: intake.ComplaintHandedOver, at: At) -> Upsert:
    return changed(at, owner=event.to)


def corrected(event: intake.RegistrationCorrected, at: At) -> Iterator[Upsert]:
    new = {"channel": event.channel, "received_at": event.received_at, "person": event.person}
    if event.field in new:
        yield changed(at, **{event.field: new[event.field]})
    if event.field == "received_at" and event.cycle == 1:
        yield changed(at, began_at=event.received_at)


def replied(event: intake.CourtesyReplySent, at: At) -> Upsert:
    return at_stage("courtesy_replied", event, at, outcome=event.outcome)


def withdrawn(event: intake.ComplaintWithdrawn, at: At) -> Upsert:
    """Somebody else confirms it with the customer by then."""
    return at_stage(
        "withdrawn", event, at, outcome="withdrawn", confirm_by=event.confirm_by, pending=[], awaited=[], **NO_REMEDY
    )


def ended(event: intake.ComplaintReferred | intake.RegisteredInError, at: At) -> Upsert:
    ending: Stage = "referred" if isinstance(event, intake.ComplaintReferred) else "in_error"
    return at_stage(ending, event, at, outcome=ending, pending=[])


STEPS: Steps = {
    intake.ComplaintRegistered: registered,
    intake.ComplaintTakenOver: taken_over,
    intake.ComplaintClassified: classified,
    intake.ComplaintReclassified: classified,
    intake.ComplaintEscalatedToSpecial: escalated,
    intake.ComplaintDowngraded: downgraded,
    intake.ComplaintEstablished: established,
    intake.JudgementOverturned: established,
    intake.ResponsibleDepartmentAssigned: assigned,
    intake.CustomerChased: chased,
    intake.ComplaintReportedUpward: reported_upward,
    intake.ComplaintHandedOver: handed_over,
    intake.RegistrationCorrected: corrected,
    intake.CourtesyReplySent: replied,
    intake.ComplaintWithdrawn: withdrawn,
    intake.ComplaintReferred: ended,
    intake.RegisteredInError: ended,
    intake.ComplaintAcknowledged: moves_to("acknowledged"),
    intake.RejectionProposed: moves_to("rejection_proposed"),
    intake.RejectionReturned: moves_to("acknowledged"),
    intake.ComplaintNotEstablished: moves_to("not_established"),
    intake.WithdrawalConfirmed: moves_to("withdrawal_confirmed"),
    intake.WithdrawalRequested: begins("withdrawal"),
    intake.WithdrawalDenied: ends("withdrawal"),
    intake.VoidingProposed: begins("voiding"),
    intake.VoidingDeclined: ends("voiding"),
}
