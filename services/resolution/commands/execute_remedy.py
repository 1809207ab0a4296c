"""实施处理方案 Carry out the approved remedy, step by step: from here money may move."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field

from services.resolution.authority import must_still_cover
from services.resolution.limits import SummingCommand
from services.resolution.remedy import Offer, Remedy
from services.resolution.rules import (
    acting_in,
    conclusion,
    must_be_approved,
    must_be_of_the_customer,
    must_be_offered,
    must_be_on_its_way,
    must_be_workable,
)
from services.resolution.state import Resolution
from shared.decide import Actor, Known, Refused
from shared.decide.command import derived_id
from shared.events.investigation import FindingsAccepted
from shared.events.resolution import RemedyExecuted, RemedyExecutionStarted, RemedyStepExecuted, ResolutionEvent
from shared.events.vocabulary import Digest, Instant, Reference


class ExecuteRemedy(
    SummingCommand,
    path="/complaints/{complaint_id}/execution",
    may=("executor",),
    needs=("staff:{actor}", "limits:house"),
):
    """Execute the next step of exactly what was approved, once (F11, N4, N5, N6), by somebody who approved none of it.

    Money, a waiver and a settlement need the customer's acceptance, an apology or correction only the offer. The last
    approver's limit is asked for again at each step, by the table and the sum of now. After a refused payment the step
    may be started again; after one whose outcome is unknown, only once people have found out.
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
    }

    digest: Digest
    step: int = Field(default=1, ge=1, le=24)
    """Which instalment; always the next."""
    proof: Reference | None = None
    """Where a correction or waiver can be seen, or an apology if not in the letter. Money has its receipt."""


def decide(state: Resolution, command: ExecuteRemedy, known: Known) -> list[ResolutionEvent]:
    _refuse_unknown(state, command.digest)
    if _is_started(state, command):
        return []
    actor = command.actor
    findings = must_be_workable(state, actor)
    remedy = must_be_on_its_way(state, command.digest)
    must_be_of_the_customer(state, remedy)
    if remedy.option.kind == "no_remedy":
        raise Refused("nothing_to_execute", "There is no remedy to execute. Conclude the resolution instead.")
    approval = must_be_approved(state, remedy)
    offer = must_be_offered(remedy)
    _refuse_unaccepted(remedy)
    _refuse_other_step(remedy, command)
    _refuse_same_hand(remedy, actor)
    known.staff(actor.id)
    must_still_cover(state, remedy, approval, findings.department, known, command.at)
    started = _started(state, remedy, command)
    if remedy.option.pays:
        return [started]
    proof = _proof(remedy, offer, command.proof)
    return [started, *completed(state, remedy, findings, started.payment, proof, command.at, actor.id)]


def completed(
    state: Resolution, remedy: Remedy, findings: FindingsAccepted, payment: str, receipt: str, at: Instant, by: str
) -> list[ResolutionEvent]:
    """The facts of a step that is done; with the last one also of the whole, and of the end of resolution."""
    option, step = remedy.option, remedy.done + 1
    amount = option.schedule[step - 1].amount
    done = RemedyStepExecuted(
        at=at, by=by, cycle=state.cycle, step=step, payment=payment, amount=amount, receipt=receipt
    )
    if step < len(option.schedule):
        return [done]
    whole = RemedyExecuted(at=at, by=by, cycle=state.cycle, option=option.id, digest=option.digest, total=option.amount)
    return [done, whole, conclusion(state, findings, "executed", at, by)]


def _refuse_unknown(state: Resolution, digest: str) -> None:
    remedy = state.remedy
    if remedy is not None and remedy.option.digest == digest and remedy.running and remedy.running.unknown:
        raise Refused(
            "outcome_unknown", "Nobody knows what became of the last payment. Another executor must reconcile it first."
        )


def _is_started(state: Resolution, command: ExecuteRemedy) -> bool:
    remedy = state.remedy
    return remedy is not None and remedy.option.digest == command.digest and remedy.is_started(command.step)


def _refuse_unaccepted(remedy: Remedy) -> None:
    if remedy.option.needs_acceptance and remedy.acceptance is None:
        raise Refused(
            "not_accepted", "It is carried out only after the customer accepted. Record the acceptance first."
        )


def _refuse_other_step(remedy: Remedy, command: ExecuteRemedy) -> None:
    schedule, number = remedy.option.schedule, remedy.done + 1
    if remedy.running is not None:
        raise Refused("execution_started", "The execution has started. Wait for its outcome.")
    if command.step != number:
        raise Refused(
            "other_step", f"The next step is {number} of {len(schedule)}. Start that one.",
            step=number, of=len(schedule),
        )  # fmt: skip
    not_before = schedule[number - 1].not_before
    if not_before is not None and command.at < not_before:
        raise Refused(
            "too_early", f"This instalment is paid from {not_before:%Y-%m-%d} on. Start it then.",
            not_before=not_before.isoformat(),
        )  # fmt: skip


def _refuse_same_hand(remedy: Remedy, actor: Actor) -> None:
    if acting_in(remedy.approvers, actor):
        raise Refused("own_approval", "You approved this remedy. Somebody else must execute it.")
    if acting_in(remedy.doubted_by, actor):
        raise Refused("own_reconciliation", "You found that it had not been paid. Another executor must pay it again.")


def _started(state: Resolution, remedy: Remedy, command: ExecuteRemedy) -> RemedyExecutionStarted:
    option, step = remedy.option, remedy.done + 1
    return RemedyExecutionStarted(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        option=option.id,
        digest=option.digest,
        payment=_payment(command.complaint_id, state, remedy),
        amount=option.schedule[step - 1].amount,
        step=step,
        of=len(option.schedule),
        kind=option.kind,
        customer=remedy.person,
    )


def _payment(complaint: UUID, state: Resolution, remedy: Remedy) -> str:
    """Another one for each step and attempt: a provider that refused a key would refuse it for ever."""
    parts = (str(complaint), str(state.cycle), remedy.option.digest, str(remedy.done + 1), str(remedy.attempts + 1))
    return f"pay-{derived_id(*parts)}"


def _proof(remedy: Remedy, offer: Offer, proof: str | None) -> str:
    """An apology is made by the letter that offers it; a correction or waiver must be seen somewhere."""
    if proof is None and remedy.option.kind != "apology":
        raise Refused("proof_missing", "Say by which reference it can be seen that it was done.")
    return proof or offer.proof
