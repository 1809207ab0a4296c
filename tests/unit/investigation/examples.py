"""One complaint, told in facts and wishes: what the tests of investigation are made of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.investigation.commands.accept_findings import AcceptFindings
from services.investigation.commands.add_evidence import AddEvidence
from services.investigation.commands.assign_investigator import AssignInvestigator
from services.investigation.commands.declare_conflict import DeclareConflict
from services.investigation.commands.give_up_information import GiveUpInformation
from services.investigation.commands.pass_information_deadline import PassInformationDeadline
from services.investigation.commands.receive_information import ReceiveInformation
from services.investigation.commands.record_cause import RecordCause
from services.investigation.commands.request_information import RequestInformation
from services.investigation.commands.return_findings import ReturnFindings
from services.investigation.commands.submit_findings import SubmitFindings
from services.investigation.commands.take_statement import TakeStatement
from shared.decide import Actor, ComplaintCommand
from shared.decide.command import SYSTEM_ACTOR
from shared.events.base import Event
from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.intake import (
    ComplaintAcknowledged,
    ComplaintClassified,
    ComplaintEstablished,
    ComplaintReclassified,
    ComplaintRegistered,
    ComplaintTakenOver,
    ComplaintWithdrawn,
    JudgementOverturned,
    ResponsibleDepartmentAssigned,
    WithdrawalDenied,
    WithdrawalRequested,
)
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
    InvestigationOpened,
    InvestigationReopened,
    InvestigatorAssigned,
    InvestigatorReplaced,
    StatementTaken,
)
from shared.events.vocabulary import SYSTEM, Money
from shared.privacy.personal import Personal
from shared.reference.staff import StaffMember
from shared.rooms import open_rooms
from tests.sentences import Given, given

ROOMS = open_rooms("services.investigation")
SERVICE = ROOMS.service

COMPLAINT = UUID("0b0e9f4c-6d1a-5c7e-8a55-0d7d2f6f1c01")
REQUEST = UUID("0197f1a0-0000-7000-8000-00000000000a")
PERSON = "person:7f1f2b0a-4a35-4f0e-9d52-5c1a0f3b9e11"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LOSS = Money(minor=120_00, currency="CNY")

LEAD = Actor("lead-ran", "department_lead", "cards")
OTHER_LEAD = Actor("lead-bo", "department_lead", "cards")
LEAD_ELSEWHERE = Actor("lead-xu", "department_lead", "loans")
INVESTIGATOR = Actor("inv-mei", "investigator", "cards")
OTHER_INVESTIGATOR = Actor("inv-tao", "investigator", "cards")
AGENT = Actor("agent-lin", "agent", "hotline")
CALLER = Actor("call-wu", "callback_agent", "hotline")
COMPLIANCE = Actor("comp-yi", "compliance_officer", "compliance")
CLERK = "clerk-qi"
"""Whom the complaint is about, where it is about somebody. Reports to the lead."""
CLERK_BELOW = "clerk-du"
"""Another one: two levels below the other investigator."""


def said(text: str, owner: str = PERSON) -> Personal:
    return Personal.of(owner, text)


E = TypeVar("E", bound=Event)
C = TypeVar("C", bound=ComplaintCommand)


def fact(of: type[E], by: str, days: float, /, **fields: Any) -> E:
    """A fact of the first cycle, so many days after the complaint came in, unless the fields say otherwise."""
    return of(**{"at": NOW + timedelta(days=days), "by": by, "cycle": 1} | fields)


# What intake and callback told us.


def registered(**changes: Any) -> ComplaintRegistered:
    fields: dict[str, Any] = {
        "number": "K7Q2-0M4X",
        "person": PERSON,
        "complainant": said("Wang Fang"),
        "received_at": NOW,
        "channel": "phone",
        "content": said("A fee that nobody announced"),
    }
    return fact(ComplaintRegistered, AGENT.id, 0, **fields | changes)


def acknowledged() -> ComplaintAcknowledged:
    return fact(ComplaintAcknowledged, SYSTEM, 0, channel="sms", proof="sms-1")


def classified(**changes: Any) -> ComplaintClassified:
    return fact(ComplaintClassified, AGENT.id, 0, **{"category": "cards.fees", "severity": "ordinary"} | changes)


def reclassified(**changes: Any) -> ComplaintReclassified:
    fields: dict[str, Any] = {"category": "cards.fees", "severity": "ordinary", "explanation": said("Looked again")}
    return fact(ComplaintReclassified, "triage-hua", 3, **fields | changes)


def established(by: str = "triage-hua") -> ComplaintEstablished:
    fields: dict[str, Any] = {"grounds": said("Yes"), "demand": said("Yes"), "department": "cards", "days_asked": 15}
    return fact(ComplaintEstablished, by, 1, **fields)


def department_assigned(**changes: Any) -> ResponsibleDepartmentAssigned:
    return fact(ResponsibleDepartmentAssigned, "triage-hua", 1, **{"department": "cards"} | changes)


def overturned(**changes: Any) -> JudgementOverturned:
    fields: dict[str, Any] = {
        "judged_by": "triage-a",
        "confirmed_by": "triage-b",
        "grounds": said("Yes"),
        "demand": said("Yes"),
        "reasons": said("The contract says otherwise"),
        "department": "cards",
        "days_asked": 10,
    }
    return fact(JudgementOverturned, "lead-xu", 1, **fields | changes)


def taken_over(**changes: Any) -> ComplaintTakenOver:
    fields: dict[str, Any] = {
        "system": "old-crm",
        "stage": "established",
        "department": "cards",
        "earlier": said("It was under investigation there"),
        "earlier_actors": ("inv-tao",),
        "began_at": NOW - timedelta(days=30),
    }
    return fact(ComplaintTakenOver, "triage-hua", 0, **fields | changes)


def withdrawal_requested(days: float = 8.5, **changes: Any) -> WithdrawalRequested:
    fields: dict[str, Any] = {
        "evidence": {"kind": "recording", "reference": "rec-9", "sha256": "c" * 64},
        "channel": "phone",
        "words": said("Leave it"),
    }
    return fact(WithdrawalRequested, AGENT.id, days, **fields | changes)


def withdrawal_denied(**changes: Any) -> WithdrawalDenied:
    fields: dict[str, Any] = {"request": REQUEST, "reason": "concluded"}
    return fact(WithdrawalDenied, SYSTEM, 8.6, **fields | changes)


def withdrawn(**changes: Any) -> ComplaintWithdrawn:
    fields: dict[str, Any] = {"request": REQUEST, "requested_by": AGENT.id, "confirm_by": NOW + timedelta(days=12)}
    return fact(ComplaintWithdrawn, SYSTEM, 8.6, **fields | changes)


def complaint_reopened(**changes: Any) -> ComplaintReopened:
    fields: dict[str, Any] = {
        "cycle": 2,
        "reason": "dissatisfied",
        "explanation": said("The fee is still there"),
        "special": False,
        "stage": "investigation",
        "excluded": (INVESTIGATOR.id,),
    }
    return fact(ComplaintReopened, CALLER.id, 20, **fields | changes)


def complaint_closed() -> ComplaintClosed:
    return fact(ComplaintClosed, CALLER.id, 20, outcome="satisfied")


# What we said ourselves.


def opened(**changes: Any) -> InvestigationOpened:
    return fact(InvestigationOpened, SYSTEM, 1, **{"department": "cards"} | changes)


def investigation_reopened(**changes: Any) -> InvestigationReopened:
    fields: dict[str, Any] = {"cycle": 2, "department": "cards", "excluded": (INVESTIGATOR.id,)}
    return fact(InvestigationReopened, SYSTEM, 20, **fields | changes)


def assigned(investigator: str = INVESTIGATOR.id, **changes: Any) -> InvestigatorAssigned:
    fields: dict[str, Any] = {"investigator": investigator, "declaration": "decl-1"}
    return fact(InvestigatorAssigned, LEAD.id, 2, **fields | changes)


def replaced(**changes: Any) -> InvestigatorReplaced:
    fields: dict[str, Any] = {
        "previous": INVESTIGATOR.id,
        "investigator": OTHER_INVESTIGATOR.id,
        "declaration": "decl-2",
        "reason": "illness",
    }
    return fact(InvestigatorReplaced, LEAD.id, 3, **fields | changes)


def conflict_declared(person: str = INVESTIGATOR.id, **changes: Any) -> ConflictDeclared:
    fields: dict[str, Any] = {"person": person, "nature": said("A cousin", f"staff:{person}")}
    return fact(ConflictDeclared, person, 3, **fields | changes)


def evidence_added(evidence: str = "E1", **changes: Any) -> EvidenceAdded:
    fields: dict[str, Any] = {
        "evidence": evidence,
        "kind": "recording",
        "title": said("The call of 1 March"),
        "sha256": "a" * 64,
        "size": 4096,
        "media_type": "audio/wav",
        "obtained_from": "telephony",
        "department": "cards",
        "restricted": False,
    }
    return fact(EvidenceAdded, INVESTIGATOR.id, 4, **fields | changes)


def statement_taken(statement: str = "S1", **changes: Any) -> StatementTaken:
    fields: dict[str, Any] = {"statement": statement, "of": "customer", "text": said("Nobody told me")}
    return fact(StatementTaken, INVESTIGATOR.id, 4, **fields | changes)


def requested(request: str = "R1", **changes: Any) -> InformationRequested:
    fields: dict[str, Any] = {
        "request": request,
        "of": "customer",
        "what": said("The message of 3 March"),
        "due_at": NOW + timedelta(days=8),
    }
    return fact(InformationRequested, INVESTIGATOR.id, 4, **fields | changes)


def received(request: str = "R1", **changes: Any) -> InformationReceived:
    fields: dict[str, Any] = {"request": request, "content": said("A picture of it"), "of": "customer"}
    return fact(InformationReceived, AGENT.id, 5, **fields | changes)


def overdue(request: str = "R1", **changes: Any) -> InformationOverdue:
    fields: dict[str, Any] = {"request": request, "due_at": NOW + timedelta(days=8)}
    return fact(InformationOverdue, SYSTEM, 8, **fields | changes)


def cause_identified(**changes: Any) -> CauseIdentified:
    return fact(CauseIdentified, INVESTIGATOR.id, 5, **{"cause": "fee.unannounced", "department": "cards"} | changes)


def submitted(**changes: Any) -> FindingsSubmitted:
    fields: dict[str, Any] = {"verdict": "upheld", "reasons": said("Nobody told them"), "loss": LOSS}
    return fact(FindingsSubmitted, INVESTIGATOR.id, 6, **fields | changes)


def returned(**changes: Any) -> FindingsReturned:
    return fact(FindingsReturned, LEAD.id, 7, **{"reasons": said("Listen to the second call too")} | changes)


def accepted(**changes: Any) -> FindingsAccepted:
    fields: dict[str, Any] = {
        "verdict": "upheld",
        "cause": "fee.unannounced",
        "department": "cards",
        "loss": LOSS,
        "submitted_by": INVESTIGATOR.id,
        "handled_by": (AGENT.id, INVESTIGATOR.id, LEAD.id),
        "investigators": (INVESTIGATOR.id,),
        "person": PERSON,
    }
    return fact(FindingsAccepted, LEAD.id, 8, **fields | changes)


# How far it has come.


def at_opened(**classification: Any) -> tuple[Event, ...]:
    known = (registered(), acknowledged(), classified(**classification), established(), department_assigned())
    return (*known, opened())


def at_investigating(**classification: Any) -> tuple[Event, ...]:
    return (*at_opened(**classification), assigned())


def at_submitted(**classification: Any) -> tuple[Event, ...]:
    return (*at_investigating(**classification), evidence_added(), cause_identified(), submitted())


def at_accepted(**classification: Any) -> tuple[Event, ...]:
    return (*at_submitted(**classification), accepted())


def at_second_cycle() -> tuple[Event, ...]:
    return (*at_accepted(), complaint_reopened(), investigation_reopened())


# What somebody wishes.


def wish(of: type[C], actor: Actor, /, **body: Any) -> C:
    return of(**{"actor": actor, "at": NOW + timedelta(days=9), "complaint_id": COMPLAINT} | body)


def assign(investigator: str = INVESTIGATOR.id, actor: Actor = LEAD, **body: Any) -> AssignInvestigator:
    return wish(AssignInvestigator, actor, **{"investigator": investigator, "declaration": "decl-9"} | body)


def declare(actor: Actor = INVESTIGATOR) -> DeclareConflict:
    return wish(DeclareConflict, actor, nature="The branch manager is a cousin of mine.")


def add(actor: Actor = INVESTIGATOR, **body: Any) -> AddEvidence:
    fields: dict[str, Any] = {
        "evidence": "E1",
        "kind": "recording",
        "title": "The call of 1 March",
        "sha256": "a" * 64,
        "size": 4096,
        "media_type": "audio/wav",
        "obtained_from": "telephony",
    }
    return wish(AddEvidence, actor, **fields | body)


def take_down(actor: Actor = INVESTIGATOR, **body: Any) -> TakeStatement:
    fields: dict[str, Any] = {"statement": "S1", "of": "customer", "text": "Nobody told me of the fee."}
    return wish(TakeStatement, actor, **fields | body)


def ask(actor: Actor = INVESTIGATOR, **body: Any) -> RequestInformation:
    fields: dict[str, Any] = {
        "request": "R1",
        "of": "customer",
        "what": "The message of 3 March.",
        "due_at": NOW + timedelta(days=16),
    }
    return wish(RequestInformation, actor, **fields | body)


def receive(actor: Actor = AGENT, **body: Any) -> ReceiveInformation:
    return wish(ReceiveInformation, actor, **{"request": "R1", "content": "A picture of the message."} | body)


def give_up(actor: Actor = INVESTIGATOR, **body: Any) -> GiveUpInformation:
    return wish(GiveUpInformation, actor, **{"request": "R1", "reasons": "The customer deleted it."} | body)


def pass_deadline(**body: Any) -> PassInformationDeadline:
    return wish(PassInformationDeadline, SYSTEM_ACTOR, **{"request": "R1"} | body)


def name_cause(actor: Actor = INVESTIGATOR, **body: Any) -> RecordCause:
    return wish(RecordCause, actor, **{"cause": "fee.unannounced", "department": "cards"} | body)


def submit(actor: Actor = INVESTIGATOR) -> SubmitFindings:
    return wish(SubmitFindings, actor, verdict="upheld", reasons="Nobody told the customer of the fee.", loss=LOSS)


def accept(actor: Actor = LEAD) -> AcceptFindings:
    return wish(AcceptFindings, actor)


def send_back(actor: Actor = LEAD) -> ReturnFindings:
    return wish(ReturnFindings, actor, reasons="Listen to the second call too.")


def staff(**members: StaffMember) -> dict[str, StaffMember]:
    """References by staff id; an underscore stands for the hyphen of the id."""
    return {f"staff:{name.replace('_', '-')}": member for name, member in members.items()}


def member(**changes: Any) -> StaffMember:
    known = StaffMember(joined=True, department="cards", roles=("investigator",), reports_to="lead-ran")
    return replace(known, **changes)


HOUSE = staff(
    head_fu=member(department="operations", roles=("higher_approver",), reports_to=None),
    lead_ran=member(roles=("department_lead",), reports_to="head-fu"),
    lead_bo=member(roles=("department_lead",), reports_to="head-fu"),
    lead_xu=member(department="loans", roles=("department_lead",), reports_to="head-fu"),
    inv_mei=member(),
    inv_tao=member(reports_to="lead-bo"),
    inv_an=member(reports_to="inv-tao"),
    clerk_qi=member(roles=("agent",)),
    clerk_du=member(roles=("agent",), reports_to="inv-an"),
    agent_lin=member(department="hotline", roles=("agent",), reports_to="head-fu"),
    approver_9=member(department="operations", roles=("approver",), reports_to="head-fu"),
)
"""Everybody's record: `head-fu` leads the leads; `inv-mei` reports to one lead, `inv-tao` to the other, `inv-an` to
`inv-tao`."""


def told(*events: Event) -> Given:
    """These facts are known, and all of the staff."""
    return given(SERVICE, *events).with_references(HOUSE)
