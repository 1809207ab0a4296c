"""实施处理方案 Carry out the approved remedy: from here money may move."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from services.resolution.limits import authority
from services.resolution.state import Approval, Offer, Remedy, Resolution
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.command import derived_id
from shared.events.resolution import RemedyExecuted, RemedyExecutionStarted, RemedyStepExecuted, ResolutionEvent
from shared.events.vocabulary import Digest, Reference


class ExecuteRemedy(
    ComplaintCommand,
    path="/complaints/{complaint_id}/execution",
    may=("executor",),
    needs=("staff:{actor}", "limits:house"),
):
    """Execute exactly what was approved, once (F11, N4, N5, N6), by somebody other than the approver.

    Money needs the customer's acceptance, an apology or correction only the offer. The approver's limit is asked for
    again, by the table in force now. After a refused payment it may be started again.
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
    }

    digest: Digest
    proof: Reference | None = None
    """Where a correction can be seen, or an apology if not in the letter. Money is proved by the provider's receipt."""


def decide(state: Resolution, command: ExecuteRemedy, known: Known) -> list[ResolutionEvent]:
    if state.is_started(command.digest):
        return []
    state.workable(command.actor)
    remedy = state.underway(command.digest)
    approval, offer = _refuse_unready(remedy)
    _refuse_same_hand(approval, command.actor.id, known)
    authority(state, remedy.option, approval, known, command.at)
    started = RemedyExecutionStarted(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        option=remedy.option.id,
        digest=remedy.option.digest,
        payment=_payment(command.complaint_id, state, remedy),
        amount=remedy.option.amount,
    )
    if remedy.option.pays:
        return [started]
    proof = _proof(remedy, offer, command.proof)
    return [started, *completed(state, remedy, started.payment, proof, command.at, command.actor.id)]


def completed(
    state: Resolution, remedy: Remedy, payment: str, receipt: str, at: datetime, by: str
) -> list[ResolutionEvent]:
    """The facts of an execution that is done: its one step, the whole, and the end of resolution."""
    option = remedy.option
    return [
        RemedyStepExecuted(
            at=at, by=by, cycle=state.cycle, step=1, payment=payment, amount=option.amount, receipt=receipt
        ),
        RemedyExecuted(at=at, by=by, cycle=state.cycle, option=option.id, digest=option.digest, total=option.amount),
        state.conclusion(remedy, at, by),
    ]


def _refuse_unready(remedy: Remedy) -> tuple[Approval, Offer]:
    if remedy.option.kind == "no_remedy":
        raise Refused("nothing_to_execute", "There is no remedy to execute. Conclude the resolution instead.")
    approval, offer = remedy.approved(), remedy.offered()
    if remedy.option.pays and remedy.acceptance is None:
        raise Refused("not_accepted", "Money leaves only after the customer accepted. Record the acceptance first.")
    return approval, offer


def _refuse_same_hand(approval: Approval, actor: str, known: Known) -> None:
    if actor == approval.approver:
        raise Refused("own_approval", "You approved this remedy. Somebody else must execute it.")
    if not known.staff(actor).active:
        raise Refused("has_left", "The directory says that you have left. Ask an administrator.")


def _payment(complaint: UUID, state: Resolution, remedy: Remedy) -> str:
    """Another one for each attempt: a provider that refused a key would refuse it for ever."""
    parts = (str(complaint), str(state.cycle), remedy.option.digest, str(remedy.attempts + 1))
    return f"pay-{derived_id(*parts)}"


def _proof(remedy: Remedy, offer: Offer, proof: str | None) -> str:
    """An apology is made by the letter that offers it; a correction must be seen somewhere."""
    if proof is None and remedy.option.kind == "correction":
        raise Refused("proof_missing", "Say by which reference the correction can be seen.")
    return proof or offer.proof
