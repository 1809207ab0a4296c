"""付款核对 Somebody finds out what became of a payment that the provider does not tell of."""

from typing import Any, ClassVar, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from services.resolution.commands.execute_remedy import completed
from services.resolution.commands.record_payment import running_under
from services.resolution.remedy import Payment, Remedy
from services.resolution.rules import acting_in, must_be_workable
from services.resolution.state import Resolution, Settled
from shared.decide import Actor, ComplaintCommand, Refused
from shared.events.resolution import PaymentReconciled, RemedyExecutionFailed, ResolutionEvent
from shared.events.vocabulary import Reference

NOT_PAID = "reconciled-not-paid"
"""The reason of a failure that people found out."""


class ReconcilePayment(ComplaintCommand, path="/complaints/{complaint_id}/reconciliation", may=("executor",)):
    """It was paid, under the provider's receipt, or it was not; and where that can be seen (domain 4.2).

    By an executor who neither started the payment nor approved the remedy. If it was not paid, yet another hand than
    theirs starts it again: nobody alone has money leave twice.
    """

    example: ClassVar[dict[str, Any]] = {
        "payment": "pay-5b9f2c1e-7d34-5a60-8e21-4f0a9c3d6b17",
        "paid": True,
        "receipt": "receipt-20260321-0004",
        "proof": "statement-20260322-0001",
    }

    payment: Reference
    paid: bool
    receipt: Reference | None = None
    """The provider's, if it was paid."""
    proof: Reference

    @model_validator(mode="after")
    def _has_a_receipt_if_paid(self) -> Self:
        if self.paid != (self.receipt is not None):
            raise PydanticCustomError(
                "receipt_if_paid", "Give the provider's receipt if it was paid, and none if it was not."
            )
        return self


def decide(state: Resolution, command: ReconcilePayment) -> list[ResolutionEvent]:
    known = state.outcome_of(command.payment)
    if known is not None:
        return _nothing_new(known, command)
    findings = must_be_workable(state, command.actor)
    remedy = running_under(state, command.payment)
    running = _must_be_unknown(remedy)
    _refuse_same_hand(remedy, running, command.actor)
    reconciled = PaymentReconciled(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        option=remedy.option.id,
        payment=command.payment,
        step=running.step,
        paid=command.paid,
        receipt=command.receipt,
        proof=command.proof,
    )
    if command.receipt is not None:
        done = completed(state, remedy, findings, command.payment, command.receipt, command.at, command.actor.id)
        return [reconciled, *done]
    failed = RemedyExecutionFailed(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        option=remedy.option.id,
        payment=command.payment,
        reason=NOT_PAID,
    )
    return [reconciled, failed]


def _nothing_new(known: Settled, command: ReconcilePayment) -> list[ResolutionEvent]:
    if known.receipt == command.receipt:
        return []
    raise Refused("payment_settled", "The record says otherwise of this payment. Reconcile it with the provider.")


def _must_be_unknown(remedy: Remedy) -> Payment:
    if remedy.running is None or not remedy.running.unknown:
        raise Refused("outcome_not_unknown", "The provider is still being asked. Wait for its answer.")
    return remedy.running


def _refuse_same_hand(remedy: Remedy, running: Payment, actor: Actor) -> None:
    if acting_in(running.starters, actor):
        raise Refused("own_execution", "You started this payment. Another executor must find out what became of it.")
    if acting_in(remedy.approvers, actor):
        raise Refused("own_approval", "You approved this remedy. Another executor must find out what became of it.")
