"""The payment that leaves the house, and how its outcome comes back."""

import pytest

from services.resolution.commands.record_payment import RecordPayment
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.due import Sent
from shared.events.resolution import RemedyExecutionFailed, RemedyStepExecuted
from tests.unit.resolution.case import case
from tests.unit.resolution.examples import APOLOGY, COMPLAINT, NOON, ROOMS, A

(PAYMENT,) = ROOMS.effects
SUBJECT = f"complaint:{COMPLAINT}"


def came_back(sent: Sent) -> RecordPayment:
    command = PAYMENT.command(SUBJECT, A.started(), sent)
    assert isinstance(command, RecordPayment)
    return command


def test_a_started_payment_leaves_at_once_with_nothing_personal() -> None:
    assert PAYMENT.later.due(A.started()) == NOON
    assert PAYMENT.later.on is type(A.started())
    assert PAYMENT.request(SUBJECT, A.started()) == {
        "payment": "pay-1",
        "amount_minor": 600_00,
        "currency": "CNY",
        "complaint": str(COMPLAINT),
    }


def test_without_money_nothing_leaves() -> None:
    assert PAYMENT.later.due(APOLOGY.started()) is None


def test_its_receipt_comes_back_as_a_command_of_the_system() -> None:
    command = came_back(Sent(receipt="receipt-1"))
    assert (command.actor, command.complaint_id, command.payment) == (SYSTEM_ACTOR, COMPLAINT, "pay-1")
    assert (command.receipt, command.refused) == ("receipt-1", None)
    assert case(*A.up_to_start()).when(command).decided[0] == A.stepped().model_copy(update={"at": command.at})


def test_its_refusal_comes_back_with_the_reason() -> None:
    case(*A.up_to_start()).when(came_back(Sent(refused="account-closed"))).then(
        RemedyExecutionFailed, reason="account-closed"
    )


def test_a_reason_in_prose_does_not_get_into_a_fact() -> None:
    assert came_back(Sent(refused="Mrs Chen has no such account")).refused == "refused-by-provider"


@pytest.mark.parametrize("receipt", ["收据 7", "two words", "r" * 121, ""])
def test_a_payment_with_an_odd_receipt_is_recorded_all_the_same(receipt: str) -> None:
    command = came_back(Sent(receipt=receipt))
    assert command.receipt is not None and command.receipt.startswith("sha256:")
    case(*A.up_to_start()).when(command)
    (step, *_) = case(*A.up_to_start()).when(command).decided
    assert isinstance(step, RemedyStepExecuted)
