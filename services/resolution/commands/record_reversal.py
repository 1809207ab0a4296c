"""冲正入账 What the provider said of a compensating entry."""

from typing import Any, ClassVar, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from services.resolution.reversal import under
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Refused
from shared.events.resolution import ResolutionEvent, ReversalBooked
from shared.events.vocabulary import SYSTEM, Code, Reference


class RecordReversal(ComplaintCommand, path="/complaints/{complaint_id}/reversal-bookings", may=(SYSTEM,)):
    """It was booked, with its receipt, or refused, with a reason (domain 4.2, N21).

    Only what was booked counts against the customer's limit no more. It may come after the reopening.
    """

    example: ClassVar[dict[str, Any]] = {
        "entry": "rev-5b9f2c1e-7d34-5a60-8e21-4f0a9c3d6b17",
        "receipt": "receipt-20260328-0002",
    }

    entry: Reference
    receipt: Reference | None = None
    refused: Code | None = None

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if (self.receipt is None) == (self.refused is None):
            raise PydanticCustomError("receipt_or_refusal", "Give either a receipt or the reason of a refusal.")
        return self


def decide(state: Resolution, command: RecordReversal) -> list[ResolutionEvent]:
    reversal = under(state.reversals, command.entry)
    if reversal is None:
        raise Refused("unknown_entry", "No reversal under this entry is running here.")
    known = state.outcome_of(command.entry)
    if known is not None:
        if known.receipt == command.receipt:
            return []
        raise Refused("payment_settled", "The record says otherwise of this payment. Reconcile it with the provider.")
    return [
        ReversalBooked(
            at=command.at,
            by=command.actor.id,
            cycle=reversal.cycle,
            entry=command.entry,
            receipt=command.receipt,
            refused=command.refused,
            digest=reversal.digest,
        )
    ]
