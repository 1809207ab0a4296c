"""Which wishes move a complaint on from where it stands, in each service as that service knows it (domain 4.1, 4.3)."""

from collections.abc import Iterator

from services.callback.commands.archive import ArchiveComplaint
from services.callback.commands.audit_record import AuditCallback
from services.callback.commands.close import CloseComplaint
from services.callback.commands.conclude_unreachable import ConcludeUnreachable
from services.callback.commands.decide_review import DecideReview
from services.callback.commands.reaffirm import ReaffirmFinalPosition
from services.callback.commands.record_attempt import RecordAttempt
from services.callback.commands.record_satisfaction import RecordSatisfaction
from services.callback.commands.reopen import ReopenComplaint
from services.callback.commands.summarise import SummariseCase
from services.intake.commands.acknowledge import AcknowledgeComplaint
from services.intake.commands.assign_department import AssignDepartment
from services.intake.commands.classify import ClassifyComplaint
from services.intake.commands.confirm_rejection import ConfirmRejection
from services.intake.commands.confirm_voiding import ConfirmVoiding
from services.intake.commands.confirm_withdrawal import ConfirmWithdrawal
from services.intake.commands.courtesy_reply import SendCourtesyReply
from services.intake.commands.decline_voiding import DeclineVoiding
from services.intake.commands.judge import JudgeComplaint
from services.intake.commands.register import RegisterComplaint
from services.investigation.commands.accept_findings import AcceptFindings
from services.investigation.commands.add_evidence import AddEvidence
from services.investigation.commands.assign_investigator import AssignInvestigator
from services.investigation.commands.give_up_information import GiveUpInformation
from services.investigation.commands.receive_information import ReceiveInformation
from services.investigation.commands.record_cause import RecordCause
from services.investigation.commands.submit_findings import SubmitFindings
from services.resolution.commands.accept_remedy import AcceptRemedy
from services.resolution.commands.approve_remedy import ApproveRemedy
from services.resolution.commands.conclude_no_remedy import ConcludeWithoutRemedy
from services.resolution.commands.decline_remedy import DeclineRemedy
from services.resolution.commands.execute_remedy import ExecuteRemedy
from services.resolution.commands.offer_remedy import OfferRemedy
from services.resolution.commands.propose_remedy import ProposeRemedy
from services.resolution.commands.reconcile_payment import ReconcilePayment
from services.resolution.commands.return_remedy import ReturnRemedy
from services.resolution.commands.state_final_position import StateFinalPosition
from services.resolution.commands.submit_remedy import SubmitRemedy
from services.resolution.remedy import Remedy
from shared.decide import Command
from tests.stateful.scene import Scene

Kinds = Iterator[type[Command]]


def solved(scene: Scene) -> bool:
    """Nothing is left to be done: archived, for whatever ending (domain 4.2, ComplaintArchived)."""
    return scene.callback.now.archived and scene.callback.review is None


def onward(scene: Scene) -> list[type[Command]]:
    """The kinds of wishes that may move it on, in whatever order; none once it is solved."""
    if not scene.intake.registered:
        return [RegisterComplaint]
    if solved(scene):
        return []
    return [*_intake(scene), *_investigation(scene), *_resolution(scene), *_callback(scene)]


def _intake(scene: Scene) -> Kinds:
    state = scene.intake
    if state.ending == "withdrawn":
        yield ReopenComplaint if scene.chance(0.1) else ConfirmWithdrawal
    if state.ending is not None:
        return
    if state.voiding is not None:
        yield from (ConfirmVoiding, DeclineVoiding)
    if state.acknowledged is None and state.judgement is None:
        yield AcknowledgeComplaint
    if state.classification is None:
        yield ClassifyComplaint
    match state.verdict:
        case None:
            yield JudgeComplaint
        case "rejection_proposed":
            yield ConfirmRejection
        case "not_established" if state.replied is None:
            yield SendCourtesyReply
        case "established" if state.assigned is None:
            yield AssignDepartment


def _investigation(scene: Scene) -> Kinds:
    state = scene.investigation
    if not state.opened or state.accepted or state.ending:
        return
    yield AssignInvestigator
    if not state.investigator:
        return
    if state.findings is not None:
        yield AcceptFindings
        return
    if not state.proof_this_cycle:
        yield AddEvidence
    if state.awaited:
        yield from (ReceiveInformation, GiveUpInformation)
    yield RecordCause if state.cause is None else SubmitFindings


def _resolution(scene: Scene) -> Kinds:
    state = scene.resolution
    if state.standing_findings is None or state.shut or state.concluded or state.closed:
        return
    if state.remedy is None:
        yield from (SubmitRemedy, StateFinalPosition)
        if len(state.live_options) <= state.special or scene.chance(0.2):
            yield ProposeRemedy
    else:
        yield from _remedy(scene, state.remedy)
        if scene.chance(0.1):
            # What was submitted can't always go on: then it is returned, or the choice is widened.
            yield from (ReturnRemedy, ProposeRemedy)


def _remedy(scene: Scene, remedy: Remedy) -> Kinds:
    if len(remedy.approvals) < scene.resolution.approvals_needed:
        yield ApproveRemedy
    elif remedy.offer is None:
        yield OfferRemedy
    elif remedy.running is not None:
        if remedy.running.unknown:
            yield from (ReconcilePayment, ExecuteRemedy)
    elif remedy.option.kind == "no_remedy":
        yield ConcludeWithoutRemedy
    elif remedy.option.needs_acceptance and remedy.acceptance is None:
        yield from _answer(scene)
    else:
        yield ExecuteRemedy


def _answer(scene: Scene) -> Kinds:
    """Whoever is hard to content declines an offer, and whoever is hard to reach lets it lapse."""
    if scene.mood == "hard to content":
        yield DeclineRemedy
    elif scene.chance(0.05 if scene.mood == "hard to reach" else 0.6):
        yield AcceptRemedy


def _callback(scene: Scene) -> Kinds:
    now = scene.callback.now
    if scene.callback.review is not None:
        yield DecideReview
    if now.trigger is None or now.ending:
        return
    if now.closed:
        yield from (SummariseCase, AuditCallback, ArchiveComplaint)
        if now.groundless:
            yield ReopenComplaint
    elif now.result == "dissatisfied":
        yield from (ReopenComplaint, ReaffirmFinalPosition, CloseComplaint)
    elif now.result == "satisfied" or now.unreachable:
        yield CloseComplaint
    else:
        yield from (RecordAttempt, RecordSatisfaction, ConcludeUnreachable)
