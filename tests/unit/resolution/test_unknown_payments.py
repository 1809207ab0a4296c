"""Nobody knows whether it was paid: it is found out by people, and never paid again blindly (N6, N21)."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from services.resolution.commands.reconcile_payment import ReconcilePayment
from services.resolution.commands.record_unknown_payment import RecordUnknownPayment
from shared.events.resolution import (
    PaymentOutcomeUnknown,
    PaymentReconciled,
    RemedyExecuted,
    RemedyExecutionFailed,
    RemedyExecutionStarted,
    RemedyStepExecuted,
    ResolutionConcluded,
)
from tests.sentences import in_name_of
from tests.unit.resolution.case import case, execute, nobody_knows, not_paid, paid, reconcile
from tests.unit.resolution.examples import (
    BAO,
    COMPLAINT,
    DAY_8,
    EXECUTOR,
    IN_PARTS,
    LATER,
    LEAD,
    OTHER_EXECUTOR,
    A,
    classified,
    corrected_to,
)

DONE = (RemedyStepExecuted, RemedyExecuted, ResolutionConcluded)
UNKNOWN = (*A.up_to_start(), A.unknown())
NOT_PAID = (*UNKNOWN, *A.reconciled(paid=False))


def test_that_nobody_knows_is_recorded_once_and_by_the_system_alone() -> None:
    case(*A.up_to_start()).when(nobody_knows()).then(PaymentOutcomeUnknown, payment="pay-1", option=A.option, step=1)
    case(*UNKNOWN).when(nobody_knows()).then_nothing()
    assert RecordUnknownPayment.may == ("system",)


def test_what_is_known_by_then_does_not_become_unknown() -> None:
    case(*A.up_to_the_end()).when(nobody_knows()).then_nothing()
    case(*A.up_to_start(), A.failed()).when(nobody_knows()).then_nothing()
    case(*NOT_PAID, A.started("pay-2")).when(nobody_knows()).then_nothing()
    case(*A.up_to_acceptance()).when(nobody_knows()).then_refused("unknown_payment")


def test_nobody_finds_out_or_pays_again_what_a_deputy_started_or_doubted_in_their_name() -> None:
    started = (*A.up_to_acceptance(), in_name_of(OTHER_EXECUTOR, A.started()), A.unknown())
    case(*started).when(reconcile(receipt=None)).then_refused("own_execution")
    doubted, failed = A.reconciled(paid=False)
    again = (*UNKNOWN, in_name_of(EXECUTOR, doubted), failed)
    case(*again).when(execute()).then_refused("own_reconciliation")


def test_it_is_not_paid_again_until_somebody_found_out() -> None:
    case(*UNKNOWN).when(execute()).then_refused("outcome_unknown")
    case(*UNKNOWN).when(execute(OTHER_EXECUTOR)).then_refused("outcome_unknown")
    parts = (*IN_PARTS.up_to_acceptance(), IN_PARTS.started(), IN_PARTS.unknown())
    case(*parts).when(execute(told=IN_PARTS, step=2, at=DAY_8)).then_refused("outcome_unknown")


def test_found_paid_it_is_executed_with_the_receipt_that_was_found() -> None:
    reconciled, step, *_ = (
        case(*UNKNOWN)
        .when(reconcile(receipt="receipt-1"))
        .then(PaymentReconciled, *DONE, paid=True, receipt="receipt-1", proof="statement-1", by=OTHER_EXECUTOR.id)
    )
    assert isinstance(reconciled, PaymentReconciled) and isinstance(step, RemedyStepExecuted)
    assert (step.payment, step.receipt, step.by) == ("pay-1", "receipt-1", OTHER_EXECUTOR.id)


def test_an_instalment_that_was_found_paid_leaves_the_next_one_to_be_started() -> None:
    parts = (*IN_PARTS.up_to_acceptance(), IN_PARTS.started(), IN_PARTS.unknown())
    case(*parts).when(reconcile(receipt="receipt-1")).then(PaymentReconciled, RemedyStepExecuted, step=1)


def test_found_unpaid_it_has_failed_and_may_be_started_again_by_another_hand() -> None:
    case(*UNKNOWN).when(reconcile(receipt=None)).then(PaymentReconciled, RemedyExecutionFailed, paid=False)
    case(*NOT_PAID).when(execute(OTHER_EXECUTOR)).then_refused("own_reconciliation")
    (started,) = case(*NOT_PAID).when(execute()).then(RemedyExecutionStarted)
    assert isinstance(started, RemedyExecutionStarted) and started.payment != "pay-1"


def test_whoever_doubted_a_payment_does_not_pay_it_after_a_further_failure_either() -> None:
    events = (*NOT_PAID, A.started("pay-2"), A.failed("pay-2"))
    case(*events).when(execute(OTHER_EXECUTOR)).then_refused("own_reconciliation")


def test_neither_who_started_it_nor_an_approver_finds_out() -> None:
    case(*UNKNOWN).when(reconcile(EXECUTOR, receipt="r")).then_refused("own_execution")
    case(*UNKNOWN).when(reconcile(replace(EXECUTOR, id=LEAD.id), receipt="r")).then_refused("own_approval")
    deputy = replace(OTHER_EXECUTOR, on_behalf_of=EXECUTOR.id)
    case(*UNKNOWN).when(reconcile(deputy, receipt="r")).then_refused("not_the_deputy")
    barred = (*UNKNOWN, classified(complained_of=(OTHER_EXECUTOR.id,)))
    case(*barred).when(reconcile(receipt="r")).then_refused("recused")
    assert ReconcilePayment.may == ("executor",)


def test_nothing_is_found_out_while_the_provider_is_still_asked() -> None:
    case(*A.up_to_start()).when(reconcile(receipt=None)).then_refused("outcome_not_unknown")
    case(*A.up_to_acceptance()).when(reconcile(receipt=None)).then_refused("unknown_payment")
    case(*UNKNOWN).when(reconcile(receipt=None, payment="pay-7")).then_refused("unknown_payment")


def test_finding_out_again_adds_nothing_and_something_else_is_refused() -> None:
    case(*NOT_PAID).when(reconcile(receipt=None)).then_nothing()
    case(*NOT_PAID).when(reconcile(receipt="r")).then_refused("payment_settled")
    case(*A.up_to_the_end()).when(reconcile(receipt="receipt-1")).then_nothing()
    case(*A.up_to_the_end()).when(reconcile(receipt=None)).then_refused("payment_settled")


def test_a_late_answer_of_the_provider_counts_before_anybody_found_out() -> None:
    case(*UNKNOWN).when(paid()).then(*DONE, receipt="receipt-1")
    case(*UNKNOWN).when(not_paid()).then(RemedyExecutionFailed)


def test_a_late_answer_must_agree_with_what_people_found() -> None:
    found_paid = (*UNKNOWN, *A.reconciled(paid=True), A.stepped(), A.executed(), A.concluded())
    case(*found_paid).when(paid()).then_nothing()
    case(*found_paid).when(paid(receipt="receipt-2")).then_refused("payment_settled")
    case(*found_paid).when(not_paid()).then_refused("payment_settled")
    case(*NOT_PAID).when(not_paid()).then_nothing()
    case(*NOT_PAID).when(paid()).then_refused("payment_settled")


def test_it_is_found_out_also_when_the_customer_was_corrected_meanwhile() -> None:
    case(*UNKNOWN, corrected_to(BAO)).when(reconcile(receipt=None)).then(PaymentReconciled, RemedyExecutionFailed)


@pytest.mark.parametrize("said", [{"paid": True}, {"paid": False, "receipt": "r"}])
def test_a_receipt_goes_with_what_was_paid_and_with_nothing_else(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ReconcilePayment(actor=OTHER_EXECUTOR, at=LATER, complaint_id=COMPLAINT, payment="p", proof="s", **said)
