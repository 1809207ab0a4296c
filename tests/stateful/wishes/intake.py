"""Wishes about a complaint at intake."""

from datetime import timedelta
from typing import Any

from services.intake.commands.acknowledge import AcknowledgeComplaint
from services.intake.commands.add_note import AddNote
from services.intake.commands.assign_department import AssignDepartment
from services.intake.commands.classify import ClassifyComplaint
from services.intake.commands.confirm_rejection import ConfirmRejection
from services.intake.commands.confirm_voiding import ConfirmVoiding
from services.intake.commands.confirm_withdrawal import ConfirmWithdrawal
from services.intake.commands.correct_note import CorrectNote
from services.intake.commands.correct_registration import CorrectRegistration
from services.intake.commands.courtesy_reply import SendCourtesyReply
from services.intake.commands.decline_voiding import DeclineVoiding
from services.intake.commands.dismiss_duplicate import DismissDuplicate
from services.intake.commands.downgrade import DowngradeComplaint
from services.intake.commands.escalate import EscalateComplaint
from services.intake.commands.hand_over import HandOver
from services.intake.commands.judge import JudgeComplaint
from services.intake.commands.overturn_judgement import OverturnJudgement
from services.intake.commands.propose_voiding import ProposeVoiding
from services.intake.commands.record_contact import RecordContact
from services.intake.commands.record_withdrawal import RecordWithdrawal
from services.intake.commands.refer import ReferComplaint
from services.intake.commands.register import RegisterComplaint
from services.intake.commands.report_upward import ReportUpward
from services.intake.commands.return_rejection import ReturnRejection
from services.intake.commands.sign_off import SignOff
from services.intake.commands.take_over import TakeOverComplaint
from tests.stateful.people import holding
from tests.stateful.scene import COMPLAINTS, DEPARTMENTS, Scene
from tests.stateful.wishes.made import Body, Wishes, evidence, on_complaint

WISHES = Wishes()

for _kind in (
    AddNote, ConfirmRejection, ConfirmVoiding, DeclineVoiding, DowngradeComplaint, EscalateComplaint, ReportUpward,
    ReturnRejection,
):  # fmt: skip
    WISHES[_kind] = on_complaint


@WISHES.for_(RegisterComplaint)
def _register(scene: Scene) -> Body:
    received = scene.lately()
    joint = 25 if scene.chance(0.05) else 1
    from_contact = scene.chance(0.6 if scene.enquiry.recorded else 0.05)
    return {
        "complaint_id": scene.complaint,
        "person": None if from_contact else scene.maybe(0.8, scene.customer),
        "from_contact": scene.contact if from_contact else None,
        "received_at": received,
        "happened_at": scene.maybe(0.3, received - timedelta(days=2)),
        "claimed": scene.maybe(0.5, {"minor": scene.one_of((320_000, 6_000_000)), "currency": "CNY"}),
        "joint": joint,
        "representatives": ("王芳",) if joint > 1 else (),
    }


@WISHES.for_(TakeOverComplaint)
def _take_over(scene: Scene) -> Body:
    stage = scene.one_of(("acknowledged", "established", "resolved"))
    return {
        "complaint_id": scene.complaint,
        "person": scene.customer,
        "external": {"source": "old-crm", "id": f"case-{scene.complaint.int % 256}"},
        "received_at": scene.lately(),
        "began_at": scene.lately(),
        "stage": stage,
        "department": None if stage == "acknowledged" else scene.one_of(DEPARTMENTS),
        "earlier_actors": scene.some(0.5, ("zhou.jie", "chen.bo", "li.na")),
    }


@WISHES.for_(AcknowledgeComplaint)
def _acknowledge(scene: Scene) -> Body:
    return {"complaint_id": scene.complaint, "proof": scene.proof(), "by": holding(scene.firm, "agent", "triage_lead")}


@WISHES.for_(ClassifyComplaint)
def _classify(scene: Scene) -> Body:
    special = scene.chance(0.9 if scene.intake.severity == "special" else 0.3)
    restricted = scene.intake.restricted or scene.chance(0.04)
    known = scene.intake.complained_of
    return {
        "complaint_id": scene.complaint,
        "category": scene.one_of(("cards.repayment", "loans.interest")),
        "severity": "special" if special else "ordinary",
        "reasons": ("media",) if special else (),
        "vulnerable": scene.chance(0.1),
        "restricted": restricted,
        "complained_of": scene.some(0.8, known) + scene.some(0.25, (scene.anybody(),)),
        "explanation": "The customer said more." if scene.intake.classification else None,
        "by": holding(scene.firm, "triage_lead"),
    }


@WISHES.for_(JudgeComplaint)
def _judge(scene: Scene) -> Body:
    established = scene.chance(0.6)
    return {
        "complaint_id": scene.complaint,
        "verdict": "established" if established else "not_established",
        "department": scene.one_of(DEPARTMENTS),
        "days_asked": 15 if established else None,
        "reasons": None if established else "The contract says so on its first page.",
    }


@WISHES.for_(OverturnJudgement)
def _overturn(scene: Scene) -> Body:
    return {"complaint_id": scene.complaint, "department": scene.one_of(DEPARTMENTS)}


@WISHES.for_(AssignDepartment)
def _assign(scene: Scene) -> Body:
    department = scene.intake.department or DEPARTMENTS[0]
    recused = scene.some(0.15, holding(scene.firm, "investigator", department=department))
    return {"complaint_id": scene.complaint, "department": department, "recused": recused[:1]}


@WISHES.for_(SendCourtesyReply)
def _reply(scene: Scene) -> Body:
    return {"complaint_id": scene.complaint, "proof": scene.proof()}


@WISHES.for_(ReferComplaint)
def _refer(scene: Scene) -> Body:
    return {"complaint_id": scene.complaint, "proof": scene.proof()}


@WISHES.for_(RecordWithdrawal)
def _withdraw(scene: Scene) -> Body:
    """With the customer's word of this very moment, if they are quick with it; else mostly with an old one."""
    fresh = 0.8 if scene.mood == "quick to withdraw" else 0.2
    return {"complaint_id": scene.complaint, "evidence": evidence(scene, "withdrawal", fresh)}


@WISHES.for_(ConfirmWithdrawal)
def _confirm_withdrawal(scene: Scene) -> Body:
    return {"complaint_id": scene.complaint, "stands_by_it": scene.chance(0.3), "recording": scene.proof()}


@WISHES.for_(ProposeVoiding)
def _void(scene: Scene) -> Body:
    """No complaint, or one that stands in the register already."""
    what: Body = scene.one_of(({}, {"contact": scene.contact}, {"duplicate_of": scene.one_of(COMPLAINTS)}))
    return {"complaint_id": scene.complaint, **what}


@WISHES.for_(DismissDuplicate)
def _dismiss(scene: Scene) -> Body:
    suspected = sorted(scene.intake.suspected - scene.intake.dismissed) or COMPLAINTS
    return {"complaint_id": scene.complaint, "other": scene.one_of(suspected)}


@WISHES.for_(SignOff)
def _sign_off(scene: Scene) -> Body:
    downgrade = scene.chance(0.6)
    return {
        "complaint_id": scene.complaint,
        "matter": "downgrade" if downgrade else "received_at",
        "received_at": None if downgrade else scene.lately(500),
    }


@WISHES.for_(CorrectRegistration)
def _correct(scene: Scene) -> Body:
    signed = scene.intake.signed("received_at")
    field, value = scene.one_of(
        (
            ("text", "+86 21 5555 0143"),
            ("channel", "web"),
            ("received_at", signed.received_at if signed else scene.lately()),
            ("claimed", {"minor": 9_000_000, "currency": "CNY"}),
            ("time_zone", "Europe/London"),
            ("call_hours", {"begin": "10:00", "end": "18:00"}),
            ("person", scene.customer),
        )
    )
    named: Any = "contact" if field == "text" else field
    stated_in = scene.intake.entry.stated_in if scene.intake.entry else {}
    return {
        "complaint_id": scene.complaint,
        "text": None,
        "field": named,
        field: value,
        "replaces": stated_in.get(named, 1),
    }


@WISHES.for_(HandOver)
def _hand_over(scene: Scene) -> Body:
    keepers = holding(scene.firm, "agent", "triage_lead")
    return {"complaint_id": scene.complaint, "to": scene.one_of(keepers), "by": [scene.intake.owner or keepers[0]]}


@WISHES.for_(RecordContact)
def _contacted(scene: Scene) -> Body:
    told = scene.chance(0.5)
    return {
        "complaint_id": scene.complaint,
        "what": "progress_told" if told else "customer_chased",
        "proof": scene.proof() if told else None,
    }


@WISHES.for_(CorrectNote)
def _correct_note(scene: Scene) -> Body:
    return {"complaint_id": scene.complaint, "note": f"n{max(1, scene.intake.notes)}"}
