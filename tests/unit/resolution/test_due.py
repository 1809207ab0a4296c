"""What leaves the house or runs out, and how its outcome comes back."""

import pytest

from services.resolution.commands.lapse_offer import LapseOffer
from services.resolution.commands.pass_action_deadline import PassActionDeadline
from services.resolution.commands.record_payment import RecordPayment
from services.resolution.commands.record_reversal import RecordReversal
from services.resolution.commands.record_unknown_payment import RecordUnknownPayment
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.due import Sent
from shared.events.resolution import (
    CorrectiveActionOverdue,
    OfferLapsed,
    PaymentOutcomeUnknown,
    RemedyExecutionFailed,
    RemedyStepExecuted,
    ReversalBooked,
)
from tests.unit.resolution.case import case
from tests.unit.resolution.examples import (
    APOLOGY,
    CHEN,
    COMPLAINT,
    LAPSES,
    LATER,
    NOON,
    ROOMS,
    SOON,
    WAIVER,
    A,
    Told,
    found,
    raised,
)

PAYMENT, REVERSAL = ROOMS.effects
OFFER_LAPSES, ACTION_OVERDUE = ROOMS.deadlines
SUBJECT = f"complaint:{COMPLAINT}"


def came_back(sent: Sent) -> RecordPayment:
    command = PAYMENT.command(SUBJECT, A.started(), sent)
    assert isinstance(command, RecordPayment)
    return command


def test_a_started_payment_leaves_at_once_for_the_customer_and_names_no_account() -> None:
    assert PAYMENT.later.due(A.started()) == NOON
    assert PAYMENT.later.on is type(A.started())
    assert PAYMENT.request(SUBJECT, A.started()) == {
        "kind": "payment",
        "payment": "pay-1",
        "amount_minor": 600_00,
        "currency": "CNY",
        "complaint": str(COMPLAINT),
        "customer": CHEN,
    }


@pytest.mark.parametrize("told", [APOLOGY, WAIVER], ids=lambda told: told.kind)
def test_where_nothing_is_paid_nothing_leaves(told: Told) -> None:
    assert PAYMENT.later.due(told.started()) is None


def test_what_was_started_before_a_kind_was_told_leaves_all_the_same() -> None:
    assert PAYMENT.later.due(A.started().model_copy(update={"kind": None, "customer": None})) == NOON


def test_its_receipt_comes_back_as_a_command_of_the_system() -> None:
    command = came_back(Sent(receipt="receipt-1"))
    assert (command.actor, command.complaint_id, command.payment) == (SYSTEM_ACTOR, COMPLAINT, "pay-1")
    assert (command.receipt, command.refused) == ("receipt-1", None)
    assert case(*A.up_to_start()).when(command).decided[0] == A.stepped().model_copy(update={"at": command.at})


def test_its_refusal_comes_back_with_the_reason() -> None:
    case(*A.up_to_start()).when(came_back(Sent(refused="account-closed"))).then(
        RemedyExecutionFailed, reason="account-closed"
    )


def test_that_nobody_can_tell_comes_back_too() -> None:
    assert PAYMENT.unknown is not None
    command = PAYMENT.unknown(SUBJECT, A.started())
    assert isinstance(command, RecordUnknownPayment)
    case(*A.up_to_start()).when(command).then(PaymentOutcomeUnknown, payment="pay-1", step=1, amount=A.amount)


def test_a_reason_in_prose_does_not_get_into_a_fact() -> None:
    assert came_back(Sent(refused="Mrs Chen has no such account")).refused == "refused-by-provider"


@pytest.mark.parametrize("receipt", ["收据 7", "two words", "r" * 121, ""])
def test_a_payment_with_an_odd_receipt_is_recorded_all_the_same(receipt: str) -> None:
    command = came_back(Sent(receipt=receipt))
    assert command.receipt is not None and command.receipt.startswith("sha256:")
    case(*A.up_to_start()).when(command)
    (step, *_) = case(*A.up_to_start()).when(command).decided
    assert isinstance(step, RemedyStepExecuted)


def test_a_reversal_leaves_under_its_own_entry_and_can_not_be_taken_for_a_payment() -> None:
    assert REVERSAL.later.due(A.reversed()) == LATER
    request = REVERSAL.request(SUBJECT, A.reversed())
    assert request == {
        "kind": "reversal",
        "entry": "rev-1",
        "amount_minor": 600_00,
        "currency": "CNY",
        "complaint": str(COMPLAINT),
        "customer": CHEN,
    }
    assert "payment" not in request


def test_the_booking_of_a_reversal_comes_back_as_a_command_of_the_system() -> None:
    command = REVERSAL.command(SUBJECT, A.reversed(), Sent(receipt="receipt-9"))
    assert isinstance(command, RecordReversal)
    case(*A.up_to_reversal()).when(command).then(ReversalBooked, entry="rev-1", receipt="receipt-9", digest=A.digest)


def test_an_offer_lapses_by_itself() -> None:
    assert OFFER_LAPSES.later.due(A.offered()) == LAPSES
    command = OFFER_LAPSES.command(SUBJECT, A.offered()).model_copy(update={"at": LAPSES})
    assert isinstance(command, LapseOffer)
    case(*A.up_to_offer()).when(command).then(OfferLapsed)


def test_an_action_that_is_not_done_becomes_overdue_by_itself() -> None:
    assert ACTION_OVERDUE.later.due(raised()) == SOON
    command = ACTION_OVERDUE.command(SUBJECT, raised()).model_copy(update={"at": SOON})
    assert isinstance(command, PassActionDeadline)
    case(found(), raised()).when(command).then(CorrectiveActionOverdue, action="a1", due_at=SOON)
