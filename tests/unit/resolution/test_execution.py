"""Executing once, what the provider says, and the end of resolution (N4, N5, N6)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.resolution.commands.record_payment import RecordPayment
from shared.decide import Actor
from shared.decide.command import SYSTEM_ACTOR
from shared.events.base import Event
from shared.events.resolution import (
    RemedyExecuted,
    RemedyExecutionFailed,
    RemedyExecutionStarted,
    RemedyStepExecuted,
    ResolutionConcluded,
)
from shared.reference.customers import CustomerFile
from shared.reference.limits import LimitsTable
from shared.reference.staff import Deputy, StaffMember
from tests.unit.resolution.case import case, conclude, execute, guards_after, not_paid, paid
from tests.unit.resolution.examples import (
    AGENT,
    APOLOGY,
    APPROVER,
    BAO,
    CHEN,
    COMPLAINT,
    CORRECTION,
    DAY_8,
    EXECUTOR,
    HIGHER,
    IN_PARTS,
    LATER,
    LEAD,
    NOON,
    NOTHING,
    OFFICER,
    OTHER_COMPLAINT,
    OTHER_EXECUTOR,
    ROOMS,
    SOON,
    WAIVER,
    A,
    Told,
    classified,
    found,
    limits,
    made_special,
    reopened,
    staff,
    table,
    yuan,
)

REFUND = Told(kind="refund")
PAYMENT = ROOMS.effects[0]
DONE = (RemedyStepExecuted, RemedyExecuted, ResolutionConcluded)


def payment_of(*events: Event, told: Told = A) -> str:
    (started,) = case(*events).when(execute(told=told)).then(RemedyExecutionStarted)
    assert isinstance(started, RemedyExecutionStarted)
    return started.payment


@pytest.mark.parametrize("told", [A, REFUND], ids=lambda told: told.kind)
def test_money_starts_to_move_once_approved_and_accepted(told: Told) -> None:
    case(*told.up_to_acceptance()).when(execute(told=told)).then(
        RemedyExecutionStarted, digest=told.digest, amount=told.amount, option=told.option, by=EXECUTOR.id
    )


@pytest.mark.parametrize("told", [A, REFUND], ids=lambda told: told.kind)
def test_money_does_not_leave_before_approval_offer_and_acceptance(told: Told) -> None:
    case().when(execute(told=told)).then_refused("not_yet_seen")
    case(found()).when(execute(told=told)).then_refused("nothing_submitted")
    case(*told.up_to_submission()).when(execute(told=told)).then_refused("not_approved")
    case(*told.up_to_approval()).when(execute(told=told)).then_refused("not_offered")
    case(*told.up_to_offer()).when(execute(told=told)).then_refused("not_accepted")


def test_only_what_was_approved_is_executed() -> None:
    other = Told("option-b", amount=yuan(400))
    case(*A.up_to_acceptance(), other.proposed()).when(execute(told=other)).then_refused("other_digest")


def test_an_acceptance_of_an_earlier_cycle_moves_no_money() -> None:
    again = Told(cycle=2)
    case(*A.up_to_the_end(), reopened(), *again.up_to_offer()).when(execute(told=again)).then_refused("not_accepted")
    case(*A.up_to_the_end(), reopened(), *again.up_to_offer()).when(execute()).then_refused("other_digest")
    case(*A.up_to_acceptance(), reopened()).when(execute()).then_refused("not_yet_seen")


def test_the_approver_does_not_execute() -> None:
    case(*A.up_to_acceptance()).when(execute(replace(EXECUTOR, id=LEAD.id))).then_refused("own_approval")


def test_nobody_recused_and_nobody_who_left_executes() -> None:
    barred = (found(recused=(EXECUTOR.id,)), *A.up_to_acceptance()[1:])
    case(*barred).when(execute()).then_refused("recused")
    gone = staff(executor_1=StaffMember(joined=True, left=True))
    case(*A.up_to_acceptance()).with_references(gone).when(execute()).then_refused("left_the_firm")
    case(*A.up_to_acceptance()).when(execute(replace(EXECUTOR, id="executor-9"))).then_refused("not_yet_seen")


def test_no_deputy_executes_for_or_as_somebody_who_approved() -> None:
    away = StaffMember(
        True, False, "finance", ("executor",), deputies=(Deputy(EXECUTOR.id, NOON, SOON), Deputy(LEAD.id, NOON, SOON))
    )
    for absent, deputy in ((LEAD.id, EXECUTOR.id), (OTHER_EXECUTOR.id, LEAD.id)):
        known = staff(**{absent.replace("-", "_"): away})
        wish = execute(Actor(deputy, "deputy", "finance", on_behalf_of=absent))
        case(*A.up_to_acceptance()).with_references(known).when(wish).then_refused("own_approval")


def test_an_approval_by_somebody_who_may_not_touch_the_case_any_more_moves_no_money() -> None:
    case(*A.up_to_acceptance(), classified(complained_of=(LEAD.id,))).when(execute()).then_refused("approver_recused")


def test_starting_again_while_it_runs_or_when_it_is_done_adds_nothing() -> None:
    case(*A.up_to_start()).when(execute()).then_nothing()
    case(*A.up_to_the_end()).when(execute()).then_nothing()


def test_once_it_is_done_nothing_else_is_executed() -> None:
    case(*A.up_to_the_end()).when(execute(told=Told("option-b"))).then_refused("concluded")


def test_a_payment_reference_is_the_same_for_the_same_attempt_and_another_for_every_other() -> None:
    again = Told(cycle=2)
    first = payment_of(*A.up_to_acceptance())
    second = payment_of(*A.up_to_acceptance(), A.started("pay-1"), A.failed("pay-1"))
    third = payment_of(*A.up_to_acceptance(), A.started(), A.failed(), A.started("pay-2"), A.failed("pay-2"))
    reopening = payment_of(*A.up_to_the_end(), reopened(), *again.up_to_acceptance(), told=again)
    assert first == payment_of(*A.up_to_acceptance())
    assert first.startswith("pay-")
    assert len({first, second, third, reopening}) == 4


def test_a_lowered_limit_stops_the_execution_of_what_was_approved_before() -> None:
    entry = {"role": "department_lead", "department": "*", "limit": {"minor": 500_00, "currency": "CNY"}}
    lowered = LimitsTable(activated=(*limits(department_lead=2_000).activated, table("low@2", LATER, [entry])))
    before = case(*A.up_to_acceptance()).with_limits(lowered).with_guards(guards_after(A.up_to_acceptance()))
    before.when(execute(at=LATER - timedelta(seconds=1))).then(RemedyExecutionStarted)
    after = case(*A.up_to_acceptance()).with_limits(lowered).with_guards(guards_after(A.up_to_acceptance()))
    assert after.when(execute(at=LATER)).then_refused("above_limit").details["limit"] == 500_00


def test_it_is_the_approvers_limit_that_is_asked_for_not_the_executors() -> None:
    big = Told(amount=yuan(30_000))
    case(*big.up_to_acceptance(APPROVER)).when(execute(told=big)).then(RemedyExecutionStarted)
    case(*big.up_to_acceptance(LEAD)).when(execute(told=big)).then_refused("above_limit")


def test_its_own_approval_is_not_counted_twice() -> None:
    known = limits(department_lead=600)
    here = case(*A.up_to_acceptance()).with_limits(known).with_guards(guards_after(A.up_to_acceptance()))
    here.when(execute()).then(RemedyExecutionStarted)


def test_what_the_customer_was_granted_before_counts_again_at_execution() -> None:
    other = Told(complaint=OTHER_COMPLAINT)
    guards = guards_after(other.up_to_approval(), A.up_to_acceptance())
    here = case(*A.up_to_acceptance()).with_limits(limits(department_lead=1_000)).with_guards(guards)
    assert here.when(execute()).then_refused("above_limit").details["total"] == 1_200_00


def test_what_somebody_higher_granted_afterwards_does_not_hold_up_the_earlier_remedy() -> None:
    other = Told(amount=yuan(5_000), complaint=OTHER_COMPLAINT)
    guards = guards_after(A.up_to_acceptance(), other.up_to_approval(HIGHER))
    here = case(*A.up_to_acceptance()).with_limits(limits(department_lead=1_000)).with_guards(guards)
    here.when(execute()).then(RemedyExecutionStarted)


def test_stale_limits_make_an_execution_wait() -> None:
    case(*A.up_to_acceptance()).with_stale_limits().when(execute()).then_refused("not_yet_seen")
    assert execute().needed() == (f"staff:{EXECUTOR.id}", "limits:house")


def test_customers_joined_between_approval_and_execution_hold_the_later_remedy_back() -> None:
    """Each was approved within the limit when nobody knew that both are of one customer."""
    other = Told(complaint=OTHER_COMPLAINT)
    under_bao = (found(person=BAO), *other.up_to_approval()[1:])
    guards = guards_after(under_bao, A.up_to_approval())
    joined = {CHEN: CustomerFile(into=BAO), BAO: CustomerFile(others=frozenset({CHEN}))}
    here = case(*A.up_to_acceptance()).with_limits(limits(department_lead=1_000)).with_guards(guards)
    here.when(execute()).then(RemedyExecutionStarted)
    assert here.with_references(joined).when(execute()).then_refused("above_limit").details["total"] == 1_200_00


def test_what_is_paid_goes_to_the_customer_whose_complaint_it_is() -> None:
    case(*A.up_to_acceptance()).when(execute()).then(RemedyExecutionStarted, customer=CHEN, kind="compensation")


def test_instalments_are_paid_one_by_one_each_from_its_day_on() -> None:
    accepted = IN_PARTS.up_to_acceptance()
    case(*accepted).when(execute(told=IN_PARTS, step=2)).then_refused("other_step")
    case(*accepted).when(execute(told=IN_PARTS)).then(RemedyExecutionStarted, step=1, of=2, amount=yuan(200))
    running = (*accepted, IN_PARTS.started())
    case(*running).when(execute(told=IN_PARTS, step=2)).then_refused("execution_started")
    case(*running).when(paid()).then(RemedyStepExecuted, step=1, amount=yuan(200))
    first = (*running, IN_PARTS.stepped())
    case(*first).when(execute(told=IN_PARTS)).then_nothing()
    early = case(*first).when(execute(told=IN_PARTS, step=2, at=DAY_8 - timedelta(seconds=1)))
    assert early.then_refused("too_early").details == {"not_before": DAY_8.isoformat()}
    case(*first).when(execute(told=IN_PARTS, step=2, at=DAY_8)).then(
        RemedyExecutionStarted, step=2, of=2, amount=yuan(400)
    )
    second = (*first, IN_PARTS.started("pay-2", 2))
    events = case(*second).when(paid("pay-2")).then(*DONE, step=2, amount=yuan(400))
    assert isinstance(events[1], RemedyExecuted) and isinstance(events[2], ResolutionConcluded)
    assert events[1].total == events[2].total == yuan(600)
    over = (*second, IN_PARTS.stepped("pay-2", step=2))
    case(*over, IN_PARTS.executed(), IN_PARTS.concluded()).when(execute(told=IN_PARTS, step=3)).then_refused(
        "concluded"
    )


def test_limit_digest_and_roles_are_asked_for_again_at_each_instalment() -> None:
    first = (*IN_PARTS.up_to_acceptance(), IN_PARTS.started(), IN_PARTS.stepped())
    second = execute(told=IN_PARTS, step=2, at=DAY_8)
    lower = LimitsTable(
        activated=(
            *limits(department_lead=2_000).activated,
            table("low@2", DAY_8, [{"role": "department_lead", "department": "*", "limit": yuan(599).model_dump()}]),
        )
    )
    case(*first).with_limits(lower).when(second).then_refused("above_limit")
    case(*first).when(execute(replace(EXECUTOR, id=LEAD.id), IN_PARTS, DAY_8, step=2)).then_refused("own_approval")
    case(*first, classified(complained_of=(EXECUTOR.id,))).when(second).then_refused("recused")
    case(*first, made_special()).when(second).then_refused("approval_incomplete")


def test_each_step_and_attempt_has_a_payment_reference_of_its_own() -> None:
    first = (*IN_PARTS.up_to_acceptance(), IN_PARTS.started(), IN_PARTS.failed())
    again = payment_of(*first, told=IN_PARTS)
    (second,) = (
        case(*first, IN_PARTS.started("pay-2"), IN_PARTS.stepped("pay-2"))
        .when(execute(told=IN_PARTS, step=2, at=DAY_8))
        .then(RemedyExecutionStarted)
    )
    assert isinstance(second, RemedyExecutionStarted)
    assert len({payment_of(*IN_PARTS.up_to_acceptance(), told=IN_PARTS), again, second.payment}) == 3


def test_a_waiver_needs_acceptance_and_proof_and_nothing_is_paid() -> None:
    case(*WAIVER.up_to_offer()).when(execute(told=WAIVER, proof="ledger-1")).then_refused("not_accepted")
    case(*WAIVER.up_to_acceptance()).when(execute(told=WAIVER)).then_refused("proof_missing")
    events = case(*WAIVER.up_to_acceptance()).when(execute(told=WAIVER, proof="ledger-1"))
    started, step, *_ = events.then(RemedyExecutionStarted, *DONE, kind="waiver", amount=yuan(600))
    assert isinstance(started, RemedyExecutionStarted) and isinstance(step, RemedyStepExecuted)
    assert (PAYMENT.later.due(started), step.receipt) == (None, "ledger-1")


def test_a_settlement_needs_acceptance_even_without_money() -> None:
    told = Told("settled", "correction", yuan(0), settlement=True)
    case(*told.up_to_offer()).when(execute(told=told, proof="x")).then_refused("not_accepted")
    case(*told.up_to_acceptance()).when(execute(told=told, proof="x")).then(RemedyExecutionStarted, *DONE)


def test_an_apology_is_done_by_its_letter_and_ends_resolution_at_once() -> None:
    events = case(*APOLOGY.up_to_offer()).when(execute(told=APOLOGY)).then(RemedyExecutionStarted, *DONE)
    step = events[1]
    assert isinstance(step, RemedyStepExecuted)
    assert (step.receipt, step.amount, step.step) == ("post-1", yuan(0), 1)
    assert isinstance(events[3], ResolutionConcluded)
    assert EXECUTOR.id in events[3].handled_by


def test_a_correction_must_be_seen_somewhere() -> None:
    case(*CORRECTION.up_to_offer()).when(execute(told=CORRECTION)).then_refused("proof_missing")
    events = case(*CORRECTION.up_to_offer()).when(execute(told=CORRECTION, proof="change-7"))
    step = events.then(RemedyExecutionStarted, *DONE)[1]
    assert isinstance(step, RemedyStepExecuted)
    assert step.receipt == "change-7"


@pytest.mark.parametrize("told", [APOLOGY, CORRECTION], ids=lambda told: told.kind)
def test_without_money_it_needs_approval_and_offer_but_no_acceptance(told: Told) -> None:
    case(*told.up_to_submission()).when(execute(told=told, proof="x")).then_refused("not_approved")
    case(*told.up_to_approval()).when(execute(told=told, proof="x")).then_refused("not_offered")
    case(*told.up_to_acceptance()).when(execute(told=told, proof="x")).then(RemedyExecutionStarted, *DONE)


def test_no_remedy_is_not_executed() -> None:
    case(*NOTHING.up_to_offer()).when(execute(told=NOTHING)).then_refused("nothing_to_execute")


def test_a_receipt_ends_execution_and_resolution() -> None:
    events = case(*A.up_to_start()).when(paid()).then(*DONE, payment="pay-1", receipt="receipt-1", amount=A.amount)
    assert isinstance(events[1], RemedyExecuted)
    assert events[1].total == A.amount


def test_the_conclusion_names_everyone_who_acted_but_not_the_system() -> None:
    concluded = case(*A.up_to_start()).when(paid()).then(*DONE)[2]
    assert isinstance(concluded, ResolutionConcluded)
    assert set(concluded.handled_by) == {
        "agent-0", "triage-1", "investigator-1", OFFICER.id, LEAD.id, AGENT.id, EXECUTOR.id
    }  # fmt: skip
    assert concluded.investigators == ("investigator-1", "investigator-0")
    assert (concluded.outcome, concluded.basis, concluded.total) == ("executed", "remedy_executed", A.amount)
    assert (concluded.department, concluded.cause, concluded.digest) == ("cards", "fee-error", A.digest)
    assert (concluded.verdict, concluded.approvers) == ("upheld", (LEAD.id,))


def test_the_conclusion_names_those_of_earlier_cycles_too_and_how_grave_it_is() -> None:
    again = Told(cycle=2)
    events: Sequence[Event] = (*A.up_to_the_end(), reopened(special=True), found(cycle=2, restricted=True))
    approvals = (again.approved(APPROVER, step=1, of=2), again.approved(HIGHER, step=2, of=2))
    later = (again.proposed("officer-2"), again.submitted("officer-2"), *approvals, again.offered())
    whole = (*events, *later, again.accepted(), again.started("pay-9"))
    concluded = case(*whole).when(paid("pay-9")).then(*DONE)[2]
    assert isinstance(concluded, ResolutionConcluded)
    assert {OFFICER.id, "officer-2", APPROVER.id} <= set(concluded.handled_by)
    assert (concluded.severity, concluded.restricted, concluded.cycle) == ("special", True, 2)
    assert concluded.approvers == (APPROVER.id, HIGHER.id)


def test_the_same_receipt_again_adds_nothing_also_in_a_later_cycle() -> None:
    case(*A.up_to_the_end()).when(paid()).then_nothing()
    case(*A.up_to_the_end(), reopened(), found(cycle=2)).when(paid()).then_nothing()


def test_a_refused_payment_is_a_failure_and_nothing_is_concluded() -> None:
    case(*A.up_to_start()).when(not_paid()).then(
        RemedyExecutionFailed, payment="pay-1", reason="account-closed", option=A.option
    )
    case(*A.up_to_start(), A.failed()).when(not_paid()).then_nothing()


def test_after_a_failure_it_may_be_started_again_and_only_the_new_payment_counts() -> None:
    events = (*A.up_to_start(), A.failed(), A.started("pay-2"))
    case(*events).when(paid("pay-2")).then(*DONE)
    case(*events).when(paid("pay-1")).then_refused("payment_settled")


def test_a_refusal_for_another_reason_says_the_same() -> None:
    case(*A.up_to_start(), A.failed()).when(not_paid(refused="account-unknown")).then_nothing()


def test_a_provider_that_contradicts_itself_is_not_believed() -> None:
    case(*A.up_to_the_end()).when(not_paid()).then_refused("payment_settled")
    case(*A.up_to_the_end()).when(paid(receipt="receipt-2")).then_refused("payment_settled")


def test_a_payment_nobody_started_is_refused() -> None:
    case(*A.up_to_acceptance()).when(paid()).then_refused("unknown_payment")
    case(*A.up_to_start()).when(paid("pay-7")).then_refused("unknown_payment")
    case().when(paid()).then_refused("unknown_payment")


@pytest.mark.parametrize("said", [{}, {"receipt": "r", "refused": "no"}])
def test_a_payment_is_made_or_refused_never_perhaps(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RecordPayment(actor=SYSTEM_ACTOR, at=NOON, complaint_id=COMPLAINT, payment="pay-1", **said)
    assert RecordPayment.may == ("system",)


def test_no_remedy_ends_with_its_letter() -> None:
    (event,) = (
        case(*NOTHING.up_to_offer())
        .when(conclude())
        .then(ResolutionConcluded, outcome="no_remedy", basis="no_remedy_approved", total=yuan(0), by=OFFICER.id)
    )
    assert isinstance(event, ResolutionConcluded)
    assert LEAD.id in event.handled_by


def test_no_remedy_ends_also_when_the_customer_accepted_it() -> None:
    case(*NOTHING.up_to_acceptance()).when(conclude()).then(ResolutionConcluded)


def test_concluding_again_adds_nothing() -> None:
    case(*NOTHING.up_to_the_end()).when(conclude()).then_nothing()
    case(*A.up_to_the_end()).when(conclude(told=A)).then_refused("concluded")


def test_concluding_without_remedy_needs_approval_letter_and_another_person() -> None:
    case().when(conclude()).then_refused("not_yet_seen")
    case(found()).when(conclude()).then_refused("nothing_submitted")
    case(*NOTHING.up_to_submission()).when(conclude()).then_refused("not_approved")
    case(*NOTHING.up_to_approval()).when(conclude()).then_refused("not_offered")
    case(*NOTHING.up_to_offer()).when(conclude(replace(OFFICER, id=LEAD.id))).then_refused("own_approval")
    case(*NOTHING.up_to_offer()).when(conclude(replace(OFFICER, id="recused-1"))).then_refused("recused")


def test_a_remedy_that_is_due_is_not_concluded_away() -> None:
    case(*A.up_to_offer()).when(conclude(told=A)).then_refused("remedy_due")
