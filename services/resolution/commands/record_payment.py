"""What the provider said of a payment."""

from typing import Any, ClassVar, Self

from pydantic import model_validator

from services.resolution.commands.execute_remedy import completed
from services.resolution.state import Remedy, Resolution, Settled
from shared.decide import ComplaintCommand, Refused
from shared.events.resolution import RemedyExecutionFailed, ResolutionEvent
from shared.events.vocabulary import Code, Reference


class RecordPayment(ComplaintCommand, path="/complaints/{complaint_id}/payments", may=("system",)):
    """The payment was made, with its receipt, or refused, with a reason; never perhaps (domain 4.2, N6).

    The last act of a paid remedy: resolution is concluded with it.
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
            raise ValueError("either a receipt or the reason of a refusal")
        return self


def decide(state: Resolution, command: RecordPayment) -> list[ResolutionEvent]:
    said = Settled(command.payment, command.receipt, command.refused)
    before = next((each for each in state.settled if each.payment == command.payment), None)
    if before == said:
        return []
    if before is not None:
        raise Refused("payment_settled", "The record says otherwise of this payment. Reconcile it with the provider.")
    remedy = _running(state, command.payment)
    if command.receipt is not None:
        return completed(state, remedy, command.payment, command.receipt, command.at, command.actor.id)
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


def _running(state: Resolution, payment: str) -> Remedy:
    if state.remedy is None or state.remedy.payment != payment:
        raise Refused("unknown_payment", "No execution under this payment reference is running here.")
    return state.remedy
