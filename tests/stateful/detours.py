"""Which wishes bring a complaint aside or back from where it stands: what makes its life long (domain 4.3)."""

from collections.abc import Iterator

from services.callback.commands.close import CloseComplaint
from services.callback.commands.record_attempt import RecordAttempt
from services.callback.commands.record_external_decision import RecordExternalDecision
from services.callback.commands.record_referral import RecordReferral
from services.callback.commands.record_satisfaction import RecordSatisfaction
from services.callback.commands.reopen import ReopenComplaint
from services.callback.commands.request_review import RequestReview
from services.callback.commands.reschedule import RescheduleCallback
from services.intake.commands.classify import ClassifyComplaint
from services.intake.commands.courtesy_reply import SendCourtesyReply
from services.intake.commands.dismiss_duplicate import DismissDuplicate
from services.intake.commands.downgrade import DowngradeComplaint
from services.intake.commands.escalate import EscalateComplaint
from services.intake.commands.judge import JudgeComplaint
from services.intake.commands.overturn_judgement import OverturnJudgement
from services.intake.commands.propose_voiding import ProposeVoiding
from services.intake.commands.record_withdrawal import RecordWithdrawal
from services.intake.commands.refer import ReferComplaint
from services.intake.commands.return_rejection import ReturnRejection
from services.intake.commands.sign_off import SignOff
from services.intake.commands.take_over import TakeOverComplaint
from services.investigation.commands.accept_findings import AcceptFindings
from services.investigation.commands.assign_investigator import AssignInvestigator
from services.investigation.commands.declare_conflict import DeclareConflict
from services.investigation.commands.request_information import RequestInformation
from services.investigation.commands.return_findings import ReturnFindings
from services.investigation.commands.take_statement import TakeStatement
from services.resolution.commands.accept_remedy import AcceptRemedy
from services.resolution.commands.conclude_no_remedy import ConcludeWithoutRemedy
from services.resolution.commands.decline_remedy import DeclineRemedy
from services.resolution.commands.execute_remedy import ExecuteRemedy
from services.resolution.commands.offer_remedy import OfferRemedy
from services.resolution.commands.propose_reversal import ProposeReversal
from services.resolution.commands.refuse_reversal import RefuseReversal
from services.resolution.commands.reject_remedy import RejectRemedy
from services.resolution.commands.return_remedy import ReturnRemedy
from services.resolution.commands.reverse_remedy import ReverseRemedy
from services.resolution.commands.withdraw_option import WithdrawOption
from shared.decide import Command
from tests.stateful.scene import Scene

Kinds = Iterator[type[Command]]
_TOO_EARLY: tuple[type[Command], ...] = (
    JudgeComplaint, SendCourtesyReply, AcceptFindings, OfferRemedy, AcceptRemedy, ExecuteRemedy, ConcludeWithoutRemedy,
    RecordAttempt, RecordSatisfaction, CloseComplaint,
)  # fmt: skip
"""What is asked for before its time only because a rule forgot to forbid it."""


def detours(scene: Scene) -> list[type[Command]]:
    """The kinds of wishes that fit the stage but do not bring it nearer to its end."""
    if not scene.intake.registered:
        return [TakeOverComplaint]
    return [*_intake(scene), *_investigation(scene), *_resolution(scene), *_callback(scene), scene.one_of(_TOO_EARLY)]


def _intake(scene: Scene) -> Kinds:
    state = scene.intake
    if state.ending is not None:
        return
    if state.verdict == "rejection_proposed":
        yield ReturnRejection
        return
    if state.verdict == "not_established" and state.replied is None:
        yield OverturnJudgement
        return
    yield ClassifyComplaint
    if scene.chance(0.5 if scene.mood == "quick to withdraw" else 0.05):
        yield RecordWithdrawal
    if state.severity == "special":
        yield DowngradeComplaint if state.signed("downgrade") else SignOff
    else:
        yield EscalateComplaint
    if state.suspected - state.dismissed:
        yield DismissDuplicate
    if not state.ever_judged:
        yield ReferComplaint if scene.chance(0.1) else ProposeVoiding


def _investigation(scene: Scene) -> Kinds:
    state = scene.investigation
    if not state.opened or state.accepted or state.ending:
        return
    if state.findings is not None:
        yield ReturnFindings
    else:
        yield from (RequestInformation, TakeStatement)
    yield from (AssignInvestigator, DeclareConflict)


def _resolution(scene: Scene) -> Kinds:
    state = scene.resolution
    if state.concluded == "executed":
        waiting = any(each.ended is None and each.entry is None for each in state.reversals)
        yield from (ReverseRemedy, RefuseReversal) if waiting else (ProposeReversal,)
    elif state.concluded is None and state.remedy is not None:
        yield from (ReturnRemedy, RejectRemedy)
        if state.remedy.offer is not None:
            yield DeclineRemedy
    elif state.options:
        yield WithdrawOption


def _callback(scene: Scene) -> Kinds:
    state = scene.callback
    if state.now.trigger is None:
        return
    yield RequestReview
    if scene.chance(0.2):
        yield ReopenComplaint
    yield RecordExternalDecision if not all(state.referrals.values()) else RecordReferral
    if state.now.result is None:
        yield RescheduleCallback
