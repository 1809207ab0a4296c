"""One enquiry or service request of Ms Wang's, told in facts, and the people who deal with it."""

from typing import Any
from uuid import UUID

from services.intake.app import ROOMS
from services.intake.commands.contact_answer import AnswerEnquiry
from services.intake.commands.contact_call_back import CallBackContact
from services.intake.commands.contact_handle import HandleContact
from services.intake.commands.contact_link import LinkComplaint
from services.intake.commands.contact_pass_on import PassOnContact
from services.intake.commands.contact_reclassify import ReclassifyContact
from services.intake.commands.contact_record import RecordEnquiryOrService
from services.intake.commands.contact_review import ReviewContact
from shared.decide import Actor
from shared.decide.command import SYSTEM_ACTOR
from shared.events.base import Event
from shared.events.customers import (
    ContactAnswered,
    ContactArchived,
    ContactBecameComplaint,
    ContactCalledBack,
    ContactHandled,
    ContactPassedOn,
    ContactReclassified,
    ContactRecorded,
    ContactReviewed,
)
from shared.privacy.personal import Personal
from tests.sentences import Given, given
from tests.unit.intake.examples import MORNING, NOON

CONTACT = UUID("00000000-0000-4000-8000-0000000000d1")
COMPLAINT = UUID("00000000-0000-4000-8000-00000000000a")
WANG = "person:00000000-0000-4000-8000-0000000000a1"

AGENT = Actor("agent-1", "agent", "customer-service")
OTHER_AGENT = Actor("agent-2", "agent", "customer-service")
CLERK = Actor("clerk-1", "back_office", "back-office")
REVIEWER = Actor("reviewer-1", "reviewer", "triage")
LEAD = Actor("triage-1", "triage_lead", "triage")
CALLER = Actor("caller-1", "callback_agent", "customer-service")
CARDS_LEAD = Actor("lead-cards", "department_lead", "cards")


def after(*events: Event) -> Given:
    """This contact so far."""
    return given(ROOMS.service, *events, category="contact")


def words(text: str) -> Personal:
    return Personal.of(WANG, text)


def recorded(kind: str = "enquiry", by: str = AGENT.id, **fields: Any) -> ContactRecorded:
    usual: dict[str, Any] = {
        "number": "C7K3M-0Q9Z", "person": WANG, "caller": words("王芳 138"), "channel": "phone",
        "content": words("How long does it take?"), "received_at": MORNING,
    }  # fmt: skip
    return ContactRecorded.model_validate({"at": NOON, "by": by, "kind": kind, **usual, **fields})


def answered(*, satisfied: bool = False, by: str = AGENT.id) -> ContactAnswered:
    return ContactAnswered(at=NOON, by=by, answer=words("Two days."), satisfied=satisfied)


def passed_on(department: str = "back-office", by: str = AGENT.id) -> ContactPassedOn:
    return ContactPassedOn(at=NOON, by=by, department=department, remark=words("Please look."))


def handled(by: str = CLERK.id) -> ContactHandled:
    return ContactHandled(at=NOON, by=by, remark=words("Card sent."))


def reviewed(*, passed: bool = True) -> ContactReviewed:
    return ContactReviewed(at=NOON, by=REVIEWER.id, passed=passed, remark=words("Complete."))


def called_back(satisfied: bool | None = False, outcome: str = "reached") -> ContactCalledBack:
    fields = {"at": NOON, "by": CALLER.id, "outcome": outcome, "satisfied": satisfied, "words": words("No.")}
    return ContactCalledBack.model_validate(fields)


def reclassified(kind: str) -> ContactReclassified:
    return ContactReclassified.model_validate({"at": NOON, "by": AGENT.id, "kind": kind, "reasons": words("So.")})


def became(complaint: UUID = COMPLAINT) -> ContactBecameComplaint:
    return ContactBecameComplaint(at=NOON, by="system", complaint=complaint, registered_by=AGENT.id)


def archived(ending: str = "answered") -> ContactArchived:
    return ContactArchived.model_validate({"at": NOON, "by": AGENT.id, "ending": ending})


SERVICE_GIVEN = (recorded("service"), passed_on(), handled())
"""Handled by the back office: it waits for its review."""
REVIEWED = (*SERVICE_GIVEN, reviewed())
"""It waits for the callback."""
DISSATISFIED = (*REVIEWED, called_back())
BECAME_COMPLAINT = (recorded(), became(), archived("became_complaint"))


def record(**fields: Any) -> RecordEnquiryOrService:
    usual: dict[str, Any] = {
        "contact_id": CONTACT, "kind": "enquiry", "caller": "王芳 138", "channel": "phone",
        "content": "How long does it take?", "received_at": MORNING,
    }  # fmt: skip
    return RecordEnquiryOrService(actor=AGENT, at=NOON, **{**usual, **fields})


def answer(actor: Actor = AGENT, *, satisfied: bool = True) -> AnswerEnquiry:
    return AnswerEnquiry(actor=actor, at=NOON, contact_id=CONTACT, answer="Two days.", satisfied=satisfied)


def pass_on(actor: Actor = AGENT, department: str = "back-office") -> PassOnContact:
    return PassOnContact(actor=actor, at=NOON, contact_id=CONTACT, department=department, remark="Please look.")


def handle(actor: Actor = CLERK) -> HandleContact:
    return HandleContact(actor=actor, at=NOON, contact_id=CONTACT, remark="Card sent.")


def review(actor: Actor = REVIEWER, *, passed: bool = True) -> ReviewContact:
    return ReviewContact(actor=actor, at=NOON, contact_id=CONTACT, passed=passed, remark="Complete.")


def call_back(actor: Actor = CALLER, **fields: Any) -> CallBackContact:
    usual: dict[str, Any] = {"outcome": "reached", "satisfied": True}
    return CallBackContact(actor=actor, at=NOON, contact_id=CONTACT, **{**usual, **fields})


def reclassify(kind: str = "service", actor: Actor = AGENT) -> ReclassifyContact:
    fields = {"actor": actor, "at": NOON, "contact_id": CONTACT, "kind": kind, "reasons": "They want a new card."}
    return ReclassifyContact.model_validate(fields)


def link(complaint: UUID = COMPLAINT) -> LinkComplaint:
    return LinkComplaint(
        actor=SYSTEM_ACTOR, at=NOON, contact_id=CONTACT, complaint=complaint, registered_by=AGENT.id
    )  # fmt: skip
