"""Approving: four eyes, exactly these terms, within one's own limit (N3, N4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.resolution.commands.approve_remedy import ApproveRemedy
from services.resolution.commands.return_remedy import ReturnRemedy
from shared.decide import Actor, Forbidden
from shared.events.resolution import RemedyApproved, RemedyReturned
from shared.reference.limits import LimitsTable
from shared.reference.staff import StaffMember
from tests.unit.resolution.case import approve, case, guards_after, send_back
from tests.unit.resolution.examples import (
    APPROVER,
    CHEN,
    HIGHER,
    INVESTIGATOR,
    LATER,
    LEAD,
    NOON,
    NOTHING,
    OFFICER,
    OTHER_COMPLAINT,
    RECUSED,
    A,
    Told,
    classified,
    found,
    limits,
    reopened,
    staff,
    table,
    yuan,
)

B = Told("option-b", amount=yuan(400))


def test_the_leader_approves_with_an_instruction_and_the_record_explains_the_limit() -> None:
    (event,) = (
        case(*A.up_to_submission())
        .when(approve())
        .then(
            RemedyApproved,
            digest=A.digest,
            amount=A.amount,
            step=1,
            of=1,
            limit=yuan(2_000),
            limits="house@1",
            role="department_lead",
            department="cards",
            by=LEAD.id,
        )
    )
    assert isinstance(event, RemedyApproved)
    assert (event.instruction.owner, event.instruction.clear) == (CHEN, "pay today")


def test_approving_and_returning_are_contested_and_need_the_directory_and_the_limits() -> None:
    assert ApproveRemedy.contested and ReturnRemedy.contested
    assert approve().needed() == (f"staff:{LEAD.id}", "limits:house")
    assert ApproveRemedy.may == ReturnRemedy.may == ("department_lead", "approver", "higher_approver")


def test_approving_again_adds_nothing_but_a_second_approver_has_nothing_left_to_approve() -> None:
    case(*A.up_to_approval()).when(approve()).then_nothing()
    case(*A.up_to_approval()).when(approve(APPROVER)).then_refused("already_approved")


def test_only_the_terms_submitted_can_be_approved() -> None:
    case(found(), A.proposed()).when(approve()).then_refused("nothing_submitted")
    case(*A.up_to_submission(), B.proposed()).when(approve(told=B)).then_refused("other_digest")


def test_nobody_approves_on_behalf_of_another() -> None:
    refusal = case(*A.up_to_submission()).when(approve(replace(LEAD, on_behalf_of="lead-9")))
    assert isinstance(refusal.then_refused("acting_for_another"), Forbidden)


def test_whoever_proposed_any_option_of_this_cycle_does_not_approve() -> None:
    events = (found(), A.proposed(), B.proposed(by=LEAD.id), A.submitted())
    case(*events).when(approve()).then_refused("own_proposal")


def test_whoever_proposed_only_in_an_earlier_cycle_may_approve_now() -> None:
    again = Told(cycle=2)
    case(found(), A.proposed(by=LEAD.id), reopened(), *again.up_to_submission()).when(approve(told=again)).then(
        RemedyApproved
    )


@pytest.mark.parametrize("investigator", [INVESTIGATOR.id, "investigator-0"])
def test_whoever_investigated_in_any_cycle_does_not_approve(investigator: str) -> None:
    case(*A.up_to_submission()).when(approve(replace(LEAD, id=investigator))).then_refused("investigated")


def test_nobody_recused_approves_or_returns() -> None:
    case(*A.up_to_submission()).when(approve(RECUSED)).then_refused("recused")
    case(*A.up_to_submission()).when(send_back(RECUSED)).then_refused("recused")


def test_whoever_is_complained_of_only_after_the_findings_neither_approves_nor_returns() -> None:
    told = (*A.up_to_submission(), classified(complained_of=(LEAD.id,)))
    case(*told).when(approve()).then_refused("recused")
    case(*told).when(send_back()).then_refused("recused")
    superior = (*A.up_to_submission(), classified(complained_of=("boss-1",)))
    subordinate = StaffMember(joined=True, reports_to="boss-1")
    case(*superior).with_references(staff(lead_1=subordinate)).when(approve()).then_refused("reports_to_recused")


def test_nobody_who_reports_to_a_recused_person_approves() -> None:
    subordinate = StaffMember(joined=True, reports_to=RECUSED.id)
    case(*A.up_to_submission()).with_references(staff(lead_1=subordinate)).when(approve()).then_refused(
        "reports_to_recused"
    )


def test_who_left_does_not_approve_and_who_is_unknown_has_to_wait() -> None:
    gone = StaffMember(joined=True, left=True)
    case(*A.up_to_submission()).with_references(staff(lead_1=gone)).when(approve()).then_refused("has_left")
    case(*A.up_to_submission()).when(approve(Actor("lead-2", "department_lead", "cards"))).then_refused("not_yet_seen")


def test_stale_limits_make_an_approval_wait() -> None:
    case(*A.up_to_submission()).with_stale_limits().when(approve()).then_refused("not_yet_seen")


def test_above_the_limit_the_refusal_names_limit_sum_and_who_could() -> None:
    told = Told(amount=yuan(2_001))
    refusal = case(*told.up_to_submission()).when(approve(told=told)).then_refused("above_limit")
    assert refusal.details == {
        "limit": 2_000_00,
        "total": 2_001_00,
        "currency": "CNY",
        "needed_role": "approver",
    }
    assert "approver" in refusal.message
    case(*told.up_to_submission()).when(approve(APPROVER, told)).then(RemedyApproved, limit=yuan(50_000))


def test_exactly_the_limit_may_be_approved() -> None:
    told = Told(amount=yuan(2_000))
    case(*told.up_to_submission()).when(approve(told=told)).then(RemedyApproved)


def test_above_everybodys_limit_the_refusal_names_nobody() -> None:
    told = Told(amount=yuan(1_000_001))
    refusal = case(*told.up_to_submission()).when(approve(HIGHER, told)).then_refused("above_limit")
    assert refusal.details["needed_role"] is None
    assert "Nobody" in refusal.message


def test_a_limit_of_another_department_does_not_help() -> None:
    entry = {"role": "department_lead", "department": "loans", "limit": {"minor": 10**9, "currency": "CNY"}}
    known = LimitsTable(activated=(table("loans@1", NOON - timedelta(days=1), [entry]),))
    case(*A.up_to_submission()).with_limits(known).when(approve()).then_refused("above_limit")
    case(*A.up_to_submission()).with_limits(known).when(approve(replace(LEAD, department="loans"))).then(RemedyApproved)


def test_the_table_in_force_at_the_instant_of_approval_decides() -> None:
    entry = {"role": "department_lead", "department": "*", "limit": {"minor": 1, "currency": "CNY"}}
    lowered = table("low@2", LATER, [entry])
    known = LimitsTable(activated=(*limits(department_lead=2_000).activated, lowered))
    submitted = case(*A.up_to_submission()).with_limits(known)
    submitted.when(approve(at=LATER - timedelta(microseconds=1))).then(RemedyApproved, limits="test@1")
    case(*A.up_to_submission()).with_limits(known).when(approve(at=LATER)).then_refused("above_limit")


def test_no_remedy_is_within_any_limit() -> None:
    case(*NOTHING.up_to_submission()).with_limits(limits(approver=1)).when(approve(told=NOTHING)).then(
        RemedyApproved, limit=yuan(0), limits="test@1"
    )


def test_two_remedies_of_600_for_one_customer_do_not_slip_under_a_limit_of_1000() -> None:
    other = Told(complaint=OTHER_COMPLAINT)
    here = case(*A.up_to_submission()).with_limits(limits(department_lead=1_000, approver=1_200))
    here.with_guards(guards_after(other.up_to_approval()))
    assert here.when(approve()).then_refused("above_limit").details["total"] == 1_200_00
    here.refusal = None
    here.when(approve(APPROVER)).then(RemedyApproved)


def test_what_this_complaint_was_given_in_earlier_cycles_counts_even_after_the_window() -> None:
    again = Told(cycle=2, amount=yuan(500))
    events = (*A.up_to_the_end(), reopened(), *again.up_to_submission())
    in_two_years = LATER + timedelta(days=730)
    here = case(*events).with_limits(limits(department_lead=1_000)).with_guards(guards_after(events))
    refusal = here.when(approve(told=again, at=in_two_years)).then_refused("above_limit")
    assert refusal.details["total"] == 1_100_00


def test_what_was_given_on_this_complaint_counts_once_though_the_customers_sum_has_it_too() -> None:
    again = Told(cycle=2, amount=yuan(400))
    events = (*A.up_to_the_end(), reopened(), *again.up_to_submission())
    here = case(*events).with_limits(limits(department_lead=1_000)).with_guards(guards_after(events))
    here.when(approve(told=again)).then(RemedyApproved)


def test_an_earlier_cycles_approval_never_counts_as_this_ones() -> None:
    again = Told(cycle=2)
    case(*A.up_to_the_end(), reopened(), *again.up_to_submission()).when(approve()).then_refused("other_digest")
    assert A.digest != again.digest


def test_an_instruction_is_never_blank() -> None:
    with pytest.raises(ValueError, match="instruction"):
        ApproveRemedy(actor=LEAD, at=LATER, complaint_id=A.complaint, digest=A.digest, instruction="  ")


@pytest.mark.parametrize("events", [A.up_to_submission(), A.up_to_approval(), A.up_to_offer(), A.up_to_acceptance()])
def test_a_remedy_can_be_returned_until_its_execution_starts(events: tuple[RemedyApproved, ...]) -> None:
    (event,) = case(*events).when(send_back()).then(RemedyReturned, digest=A.digest, option=A.option)
    assert isinstance(event, RemedyReturned)
    assert (event.reasons.owner, event.reasons.clear) == (CHEN, "too little")


def test_a_running_execution_cannot_be_called_back_but_a_failed_one_can() -> None:
    case(*A.up_to_start()).when(send_back()).then_refused("execution_started")
    case(*A.up_to_start(), A.failed()).when(send_back()).then(RemedyReturned)
    case(*A.up_to_the_end()).when(send_back()).then_refused("concluded")


def test_returning_again_adds_nothing() -> None:
    case(*A.up_to_submission(), A.returned()).when(send_back()).then_nothing()


def test_only_what_is_on_its_way_is_returned() -> None:
    case(found(), A.proposed()).when(send_back()).then_refused("nothing_submitted")
    case(*A.up_to_submission(), B.proposed()).when(send_back(told=B)).then_refused("other_digest")


def test_an_approval_that_was_returned_is_dead() -> None:
    case(*A.up_to_approval(), A.returned()).when(approve()).then_refused("nothing_submitted")


def test_deciding_needs_findings_of_this_cycle() -> None:
    case().when(approve()).then_refused("not_yet_seen")
    case().when(send_back()).then_refused("not_yet_seen")
    case(*A.up_to_submission(), reopened()).when(approve(OFFICER)).then_refused("not_yet_seen")
