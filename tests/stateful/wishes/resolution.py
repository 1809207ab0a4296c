"""Wishes about the remedy of a complaint, and about what is learned from it."""

from datetime import timedelta

from services.resolution.commands.accept_remedy import AcceptRemedy
from services.resolution.commands.approve_remedy import ApproveRemedy
from services.resolution.commands.complete_action import CompleteAction
from services.resolution.commands.conclude_no_remedy import ConcludeWithoutRemedy
from services.resolution.commands.decline_remedy import DeclineRemedy
from services.resolution.commands.execute_remedy import ExecuteRemedy
from services.resolution.commands.offer_remedy import OfferRemedy
from services.resolution.commands.propose_remedy import ProposeRemedy
from services.resolution.commands.propose_reversal import ProposeReversal
from services.resolution.commands.raise_action import RaiseAction
from services.resolution.commands.reconcile_payment import ReconcilePayment
from services.resolution.commands.record_accountability import RecordAccountability
from services.resolution.commands.refuse_reversal import RefuseReversal
from services.resolution.commands.reject_remedy import RejectRemedy
from services.resolution.commands.return_remedy import ReturnRemedy
from services.resolution.commands.reverse_remedy import ReverseRemedy
from services.resolution.commands.revoke_accountability import RevokeAccountability
from services.resolution.commands.state_final_position import StateFinalPosition
from services.resolution.commands.submit_remedy import SubmitRemedy
from services.resolution.commands.withdraw_option import WithdrawOption
from services.resolution.remedy import COUNTED, PAYING
from tests.stateful.people import holding
from tests.stateful.scene import Scene
from tests.stateful.wishes.made import Body, Wishes, evidence, on_complaint

WISHES = Wishes()
WISHES[StateFinalPosition] = on_complaint

_AMOUNTS = (1_500_00, 30_000_00, 400_000_00, 3_000_000_00)
"""Within the house's limit of a lead, of an approver, of a higher approver; and above everybody's."""
_KINDS = ("refund", "refund", "compensation", "goodwill", "waiver", "correction", "apology", "no_remedy")
_NONE = "0" * 64


def _on_its_way(scene: Scene) -> Body:
    """On the remedy that is on its way, or else on any of the cycle's options."""
    state = scene.resolution
    digests = [option.digest for option in state.options] or [_NONE]
    digest = state.remedy.option.digest if state.remedy else scene.one_of(digests)
    return {"complaint_id": scene.complaint, "digest": digest}


def _by_approver(scene: Scene) -> Body:
    """By whoever's turn it is."""
    given = len(scene.resolution.remedy.approvals) if scene.resolution.remedy else 0
    above = holding(scene.firm, *("department_lead", "approver", "higher_approver")[min(given, 2) :])
    able = [each for each in above if each not in holding(scene.firm, "department_lead")]
    return {**_on_its_way(scene), "by": [*scene.leads(), *able] if given == 0 else able}


for _kind in (ApproveRemedy, RejectRemedy, ReturnRemedy, ReverseRemedy, RefuseReversal):
    WISHES[_kind] = _by_approver
WISHES[ConcludeWithoutRemedy] = _on_its_way
WISHES[ProposeReversal] = _on_its_way


@WISHES.for_(ProposeRemedy)
def _propose(scene: Scene) -> Body:
    kinds = [option.kind for option in scene.resolution.live_options]
    kind = "no_remedy" if scene.resolution.special and "no_remedy" not in kinds else scene.one_of(_KINDS)
    minor = scene.random.choices(_AMOUNTS, (7, 5, 2, 1))[0] if kind in COUNTED else 0
    money = {"minor": minor, "currency": "CNY"}
    return {
        "complaint_id": scene.complaint,
        "option": scene.next_code("option-", (option.id for option in scene.resolution.options)),
        "kind": kind,
        "amount": money,
        "steps": ({"label": "多扣的还款", "amount": money},) if minor else (),
        "execute_by": scene.soon() + timedelta(days=30),
        "instalments": _instalments(scene, minor) if kind in PAYING and scene.chance(0.3) else (),
        "settlement": scene.chance(0.2),
    }


def _instalments(scene: Scene, minor: int) -> tuple[Body, ...]:
    first = {"minor": minor // 3, "currency": "CNY"}
    rest = {"minor": minor - minor // 3, "currency": "CNY"}
    return ({"amount": first}, {"amount": rest, "not_before": scene.soon(10)})


@WISHES.for_(SubmitRemedy)
def _submit(scene: Scene) -> Body:
    """An option that is still alive, mostly one that gives something, by whoever proposed it."""
    options = scene.resolution.live_options or scene.resolution.options
    if not options:
        return {"complaint_id": scene.complaint, "option": "option-1"}
    giving = [option for option in options if option.kind != "no_remedy"]
    option = scene.one_of(giving if giving and scene.chance(0.8) else options)
    return {"complaint_id": scene.complaint, "option": option.id, "by": sorted(option.proposers)}


WISHES[WithdrawOption] = _submit


@WISHES.for_(OfferRemedy)
def _offer(scene: Scene) -> Body:
    return {**_on_its_way(scene), "proof": scene.proof()}


@WISHES.for_(AcceptRemedy)
def _accept(scene: Scene) -> Body:
    return {**_on_its_way(scene), "evidence": evidence(scene, "acceptance")}


@WISHES.for_(DeclineRemedy)
def _decline(scene: Scene) -> Body:
    final = scene.chance(0.4 if scene.mood == "hard to content" else 0.1)
    return {**_on_its_way(scene), "final": final, "evidence": evidence(scene, "no") if final else None}


@WISHES.for_(ExecuteRemedy)
def _execute(scene: Scene) -> Body:
    done = scene.resolution.remedy.done if scene.resolution.remedy else 0
    return {**_on_its_way(scene), "step": done + 1 if scene.chance(0.9) else 1, "proof": scene.maybe(0.8, "proof-1")}


@WISHES.for_(ReconcilePayment)
def _reconcile(scene: Scene) -> Body:
    """Whoever looks a payment up with the provider finds what the provider did."""
    remedy = scene.resolution.remedy
    payment = remedy.running.reference if remedy and remedy.running else "pay-1"
    paid = any(
        scene.firm.provider.outcomes[key] == "unknown-paid"
        for key, request in scene.firm.provider.requests.items()
        if request.get("payment") == payment
    )
    return {"complaint_id": scene.complaint, "payment": payment, "paid": paid, "receipt": "r-found" if paid else None}


@WISHES.for_(RaiseAction)
def _action(scene: Scene) -> Body:
    return {
        "complaint_id": scene.complaint,
        "action": scene.next_code("a", (action.id for action in scene.resolution.actions)),
        "owner": scene.anybody(),
        "due_at": scene.soon(),
    }


@WISHES.for_(CompleteAction)
def _complete(scene: Scene) -> Body:
    open_ones = [action for action in scene.resolution.actions if not action.completed]
    if not open_ones:
        return {"complaint_id": scene.complaint, "action": "a1"}
    action = scene.one_of(open_ones)
    return {"complaint_id": scene.complaint, "action": action.id, "by": [action.owner]}


def _measures(scene: Scene) -> list[str]:
    return [each.id for each in scene.firm.state("resolution", f"accountability:{scene.complaint}").measures]


@WISHES.for_(RecordAccountability)
def _accountability(scene: Scene) -> Body:
    return {
        "complaint_id": scene.complaint,
        "measure": scene.next_code("m", _measures(scene)),
        "person": scene.anybody(),
        "by": [*holding(scene.firm, "hr"), *scene.leads()],
    }


@WISHES.for_(RevokeAccountability)
def _revoke(scene: Scene) -> Body:
    return {"complaint_id": scene.complaint, "measure": scene.one_of(_measures(scene) or ["m1"])}
