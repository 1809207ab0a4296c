"""Wishes about the investigation of a complaint."""

from hashlib import sha256

from services.investigation.commands.accept_findings import AcceptFindings
from services.investigation.commands.add_evidence import AddEvidence
from services.investigation.commands.assign_investigator import AssignInvestigator
from services.investigation.commands.declare_conflict import DeclareConflict
from services.investigation.commands.give_up_information import GiveUpInformation
from services.investigation.commands.receive_information import ReceiveInformation
from services.investigation.commands.record_cause import RecordCause
from services.investigation.commands.request_information import RequestInformation
from services.investigation.commands.return_findings import ReturnFindings
from services.investigation.commands.submit_findings import SubmitFindings
from services.investigation.commands.take_statement import TakeStatement
from tests.stateful.people import holding
from tests.stateful.scene import DEPARTMENTS, Scene
from tests.stateful.wishes.made import Body, Wishes

WISHES = Wishes()


def _by_lead(scene: Scene) -> Body:
    return {"complaint_id": scene.complaint, "by": scene.leads()}


WISHES[AcceptFindings] = _by_lead
WISHES[ReturnFindings] = _by_lead


def _by_investigator(scene: Scene) -> Body:
    investigator = scene.investigation.investigator
    return {"complaint_id": scene.complaint, "by": [investigator] if investigator else []}


@WISHES.for_(AssignInvestigator)
def _assign(scene: Scene) -> Body:
    state = scene.investigation
    able = holding(scene.firm, "investigator", department=scene.department)
    free = [each for each in able if each not in (*state.barred, *state.excluded, *state.prior)]
    return {
        "complaint_id": scene.complaint,
        "investigator": scene.one_of(free or able or ["chen.bo"]),
        "declaration": scene.proof(),
        "reason": scene.maybe(0.7, "workload"),
        "by": scene.leads(),
    }


@WISHES.for_(DeclareConflict)
def _conflict(scene: Scene) -> Body:
    """Mostly by somebody who has to do with the case, sometimes by those who decide on it."""
    hands = [*scene.investigation.hands, *sorted(scene.resolution.approvers)]
    return {"complaint_id": scene.complaint, "by": hands}


@WISHES.for_(AddEvidence)
def _evidence(scene: Scene) -> Body:
    known = scene.investigation.evidence
    code = scene.next_code("E", known)
    supersedes = scene.maybe(0.2, scene.one_of([*known] or ["E1"]))
    return {
        **_by_investigator(scene),
        "evidence": code,
        "sha256": sha256(f"{scene.complaint}/{code}".encode()).hexdigest(),
        "supersedes": supersedes,
    }


@WISHES.for_(TakeStatement)
def _statement(scene: Scene) -> Body:
    of = scene.one_of(("customer", "staff", "witness"))
    return {
        **_by_investigator(scene),
        "statement": scene.next_code("S", scene.investigation.statements),
        "of": of,
        "staff": scene.anybody() if of == "staff" else None,
    }


@WISHES.for_(RequestInformation)
def _request(scene: Scene) -> Body:
    of = scene.one_of(("customer", "department", "third_party"))
    return {
        **_by_investigator(scene),
        "request": scene.next_code("R", scene.investigation.requests),
        "of": of,
        "department": scene.one_of(DEPARTMENTS) if of == "department" else None,
        "due_at": scene.soon(10),
    }


@WISHES.for_(ReceiveInformation)
def _received(scene: Scene) -> Body:
    return {
        **_by_investigator(scene),
        "request": _request_of(scene),
        "complete": scene.chance(0.7),
        "evidence": scene.some(0.5, [*scene.investigation.evidence]),
    }


@WISHES.for_(GiveUpInformation)
def _given_up(scene: Scene) -> Body:
    return {**_by_investigator(scene), "request": _request_of(scene)}


def _request_of(scene: Scene) -> str:
    state = scene.investigation
    return scene.one_of(state.awaited or [*state.requests] or ["R1"])


@WISHES.for_(RecordCause)
def _cause(scene: Scene) -> Body:
    return {
        **_by_investigator(scene),
        "cause": scene.one_of(("fee.unannounced", "system.failure")),
        "department": scene.department,
        "responsible_person": scene.maybe(0.3, scene.anybody()),
    }


@WISHES.for_(SubmitFindings)
def _findings(scene: Scene) -> Body:
    return {**_by_investigator(scene), "verdict": scene.one_of(("upheld", "partly", "rejected"))}
