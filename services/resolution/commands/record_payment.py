"""What the provider said of a payment."""

from typing import Any, ClassVar, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from services.resolution.commands.execute_remedy import completed
from services.resolution.remedy import Remedy
from services.resolution.rules import must_have_findings
from services.resolution.state import Resolution, Settled
from shared.decide import ComplaintCommand, Refused
from shared.events.resolution import RemedyExecutionFailed, ResolutionEvent
from shared.events.vocabulary import SYSTEM, Code, Reference


class RecordPayment(ComplaintCommand, path="/complaints/{complaint_id}/payments", may=(SYSTEM,)):
    """The payment was made, with its receipt, or refused, with a reason; never perhaps (domain 4.2, N6).

    The last act of a paid remedy: resolution is concluded with it. An answer that comes after the outcome was given up
    as unknown counts too; if people found out meanwhile, it must agree with them.
    """

    example: ClassVar[dict[str, Any]] = {
        "payment": "5b9f2c1e-7d34-5a60-8e21-4f0a9c3d6b17",
        "receipt": "receipt-20260321-0004",
    }

    payment: Reference
    receipt: Reference | None = None
    refused: Code | None = None

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if (self.receipt is None) == (self.refused is None):
            raise PydanticCustomError("receipt_or_refusal", "Give either a receipt or the reason of a refusal.")
        return self


def decide(state: Resolution, command: RecordPayment) -> list[ResolutionEvent]:
    known = state.outcome_of(command.payment)
    if known is not None:
        if _agrees(known, command):
            return []
        raise Refused("payment_settled", "The record says otherwise of this payment. Reconcile it with the provider.")
    remedy = running_under(state, command.payment)
    if command.receipt is not None:
        findings = must_have_findings(state)
        return completed(state, remedy, findings, command.payment, command.receipt, command.at, command.actor.id)
    return [
        RemedyExecutionFailed(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=remedy.option.id,
            payment=command.payment,
            reason=str(command.refused),
        )
    ]


def running_under(state: Resolution, payment: str) -> Remedy:
    """The remedy whose payment of this reference is under way. Raises Refused."""
    remedy = state.remedy
    if remedy is None or remedy.running is None or remedy.running.reference != payment:
        raise Refused("unknown_payment", "No execution under this payment reference is running here.")
    return remedy


def _agrees(known: Settled, command: RecordPayment) -> bool:
    """Paid under the same receipt, or not paid, for whatever reason."""
    return known.receipt == command.receipt
