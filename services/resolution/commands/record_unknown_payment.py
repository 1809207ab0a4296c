"""付款结果不明 The provider does not say what became of a payment."""

from typing import Any, ClassVar

from services.resolution.commands.record_payment import running_under
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand
from shared.events.resolution import PaymentOutcomeUnknown, ResolutionEvent
from shared.events.vocabulary import SYSTEM, Reference


class RecordUnknownPayment(ComplaintCommand, path="/complaints/{complaint_id}/unknown-payments", may=(SYSTEM,)):
    """It may have been paid, or not: it is never sent again blindly, people find out (domain 4.2, N6, N21).

    Nothing, if its outcome is known after all.
    """

    example: ClassVar[dict[str, Any]] = {"payment": "5b9f2c1e-7d34-5a60-8e21-4f0a9c3d6b17"}

    payment: Reference


def decide(state: Resolution, command: RecordUnknownPayment) -> list[ResolutionEvent]:
    if state.outcome_of(command.payment) is not None:
        return []
    remedy = running_under(state, command.payment)
    if remedy.running is None or remedy.running.unknown:
        return []
    return [
        PaymentOutcomeUnknown(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=remedy.option.id,
            payment=command.payment,
            step=remedy.running.step,
            amount=remedy.option.schedule[remedy.running.step - 1].amount,
        )
    ]
