"""One complaint of Mr Zhao's, told in facts, and the people who deal with it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.intake.state import Intake
from shared.decide import Actor
from shared.events.base import Event
from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.intake import (
    ComplaintAcknowledged,
    ComplaintClassified,
    ComplaintEstablished,
    ComplaintNotEstablished,
    ComplaintRegistered,
    CourtesyReplySent,
    RejectionProposed,
    RejectionReturned,
    ResponsibleDepartmentAssigned,
)
from shared.privacy.personal import Personal
from shared.projections.folding import Row, changes_of, fold
from shared.projections.view import At, View
from shared.reference.staff import StaffMember
from shared.rooms import open_rooms
from tests.sentences import Given, given, state_of

ROOMS = open_rooms("services.intake")
SERVICE = ROOMS.service

COMPLAINT = UUID("00000000-0000-4000-8000-00000000000a")
OTHER_COMPLAINT = UUID("00000000-0000-4000-8000-00000000000b")
ZHAO = "person:00000000-0000-4000-8000-0000000000c1"
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
MORNING = NOON - timedelta(hours=3)

AGENT = Actor("agent-1", "agent", "customer-service")
OTHER_AGENT = Actor("agent-2", "agent", "customer-service")
JUDGE = Actor("triage-1", "triage_lead", "triage")
OTHER_JUDGE = Actor("triage-2", "triage_lead", "triage")
REVIEWER = Actor("reviewer-1", "reviewer", "triage")
CARDS_LEAD = Actor("lead-cards", "department_lead", "cards")
LOANS_LEAD = Actor("lead-loans", "department_lead", "loans")
STAFF_RECORDS: Mapping[str, StaffMember] = {
    f"staff:{actor.id}": StaffMember(joined=True, department=actor.department, roles=(actor.role,))
    for actor in (AGENT, OTHER_AGENT, JUDGE, OTHER_JUDGE, REVIEWER, CARDS_LEAD, LOANS_LEAD)
}


def words(text: str) -> Personal:
    """Words of or about Mr Zhao."""
    return Personal.of(ZHAO, text)


def after(*events: Event) -> Given:
    """This complaint so far, and a directory in which everyone is at their place."""
    return given(SERVICE, *events).with_references(STAFF_RECORDS)


def intake(*events: Event) -> Intake:
    """What intake knows after these facts."""
    state: Intake = state_of(SERVICE, *events)
    return state


def registered(**fields: Any) -> ComplaintRegistered:
    usual: dict[str, Any] = {
        "number": "7K3M-0Q9Z", "person": ZHAO, "complainant": words("赵敏"), "received_at": MORNING,
        "channel": "phone", "content": words("The fee was charged twice."),
    }  # fmt: skip
    return ComplaintRegistered(at=NOON, by=AGENT.id, cycle=1, **{**usual, **fields})


def acknowledged(cycle: int = 1, by: str = AGENT.id) -> ComplaintAcknowledged:
    return ComplaintAcknowledged(at=NOON, by=by, cycle=cycle, channel="sms", proof=f"sms-{cycle}")


def classified(**fields: Any) -> ComplaintClassified:
    usual: dict[str, Any] = {"cycle": 1, "by": AGENT.id, "category": "cards.fee", "severity": "ordinary"}
    return ComplaintClassified(at=NOON, **{**usual, **fields})


def special(**fields: Any) -> ComplaintClassified:
    return classified(**{"severity": "special", "reasons": ("media",), **fields})


def established(cycle: int = 1, department: str = "cards", by: str = JUDGE.id) -> ComplaintEstablished:
    return ComplaintEstablished(
        at=NOON, by=by, cycle=cycle, grounds=words("Sufficient."), demand=words("Reasonable."),
        department=department, days_asked=15,
    )  # fmt: skip


def rejection_proposed(cycle: int = 1, department: str = "cards", by: str = JUDGE.id) -> RejectionProposed:
    return RejectionProposed(
        at=NOON, by=by, cycle=cycle, grounds=words("None."), demand=words("Too much."),
        reasons=words("The contract says so."), department=department,
    )  # fmt: skip


def rejection_returned(by: str = REVIEWER.id) -> RejectionReturned:
    return RejectionReturned(at=NOON, by=by, cycle=1, reasons=words("Hear the recording."))


def not_established(cycle: int = 1, judged_by: str = JUDGE.id, by: str = REVIEWER.id) -> ComplaintNotEstablished:
    return ComplaintNotEstablished(at=NOON, by=by, cycle=cycle, judged_by=judged_by, reasons=words("I agree."))


def assigned(department: str = "cards", recused: tuple[str, ...] = ()) -> ResponsibleDepartmentAssigned:
    return ResponsibleDepartmentAssigned(at=NOON, by=JUDGE.id, cycle=1, department=department, recused=recused)


def replied(cycle: int = 1) -> CourtesyReplySent:
    return CourtesyReplySent(
        at=NOON, by=AGENT.id, cycle=cycle, letter=words("We are very sorry."), channel="letter",
        proof=f"post-{cycle}", handled_by=(AGENT.id, JUDGE.id, REVIEWER.id),
    )  # fmt: skip


def reopened(cycle: int = 2, stage: str = "judgement", **fields: Any) -> ComplaintReopened:
    usual: dict[str, Any] = {
        "reason": "dissatisfied", "explanation": words("Nobody listened."), "special": False, "excluded": (),
    }  # fmt: skip
    return ComplaintReopened.model_validate(
        {"at": NOON, "by": "caller-1", "cycle": cycle, "stage": stage, **usual, **fields}
    )


def closed(cycle: int = 1) -> ComplaintClosed:
    return ComplaintClosed(at=NOON, by="caller-1", cycle=cycle, outcome="satisfied")


READY = (registered(), acknowledged(), classified())
"""Registered, acknowledged, classified: ready to be judged."""
ESTABLISHED = (*READY, established())
REJECTION_PROPOSED = (*READY, rejection_proposed())
REJECTED = (*REJECTION_PROPOSED, not_established())
REOPENED_FOR_JUDGEMENT = (*REJECTED, replied(), reopened())


def row_of(view: View, *events: Event, complaint: UUID = COMPLAINT) -> Row:
    """The one row that a view makes of these facts, written down a minute apart."""
    row: Row | None = None
    for minute, event in enumerate(events):
        subject = f"complaint:{complaint}"
        recorded = NOON + timedelta(minutes=minute)
        at = At(UUID(int=minute), subject, event.source, minute + 1, recorded, getattr(event, "cycle", None))
        for change in changes_of(view, event, at):
            assert change.key == str(complaint)
            row = fold(view, row, change, subject, 0)
    assert row is not None
    return row
