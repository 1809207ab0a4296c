"""Approving: four eyes, exactly these terms, within one's own limit (N3, N4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.resolution.commands.approve_remedy import ApproveRemedy
from services.resolution.commands.reject_remedy import RejectRemedy
from services.resolution.commands.return_remedy import ReturnRemedy
from shared.decide import Actor, Command, Forbidden
from shared.events.intake import ComplaintDowngraded
from shared.events.investigation import ConflictDeclared
from shared.events.resolution import (
    ApprovalEscalated,
    RemedyApproved,
    RemedyExecutionStarted,
    RemedyRejected,
    RemedyReturned,
    RemedySubmitted,
)
from shared.events.vocabulary import Money
from shared.reference.customers import CustomerFile
from shared.reference.limits import LimitsTable
from shared.reference.staff import StaffMember
from tests.sentences import in_name_of
from tests.unit.resolution.case import accept, approve, case, execute, guards_after, offer, reject, send_back, submit
from tests.unit.resolution.examples import (
    APPROVER,
    BAO,
    CHEN,
    DAI,
    EXECUTOR,
    HIGHER,
    IN_PARTS,
    INVESTIGATOR,
    LATER,
    LEAD,
    NOON,
    NOTHING,
    OFFICER,
    OTHER_COMPLAINT,
    RECUSED,
    SOON,
    A,
    B,
    Told,
    classified,
    corrected_to,
    found,
    limits,
    made_special,
    reopened,
    sealed,
    staff,
    table,
    yuan,
)

BIG, VAST = Told(amount=yuan(2_001)), Told(amount=yuan(60_000))
OTHER_APPROVER, OTHER_HIGHER = replace(APPROVER, id="approver-2"), replace(HIGHER, id="higher-2")
MORE = staff(approver_2=StaffMember(True, roles=("approver",)), higher_2=StaffMember(True, roles=("higher_approver",)))


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
            total=A.amount,
        )
    )
    assert isinstance(event, RemedyApproved)
    assert (event.instruction.owner, event.instruction.clear) == (CHEN, "pay today")


def test_approving_and_returning_are_contested_and_need_the_directory_and_the_limits() -> None:
    for command in (ApproveRemedy, ReturnRemedy, RejectRemedy):
        assert command.contested and command.in_person
        assert command.may == ("department_lead", "approver", "higher_approver")
    assert approve().needed() == (f"staff:{LEAD.id}", "limits:house")


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


def test_nobody_decides_on_what_a_deputy_proposed_in_their_name() -> None:
    events = (found(), in_name_of(LEAD, A.proposed()), A.submitted())
    for wish in (approve(), send_back(), reject()):
        case(*events).when(wish).then_refused("own_proposal")
    case(found(), in_name_of(OFFICER, A.proposed(by="deputy-1"))).when(submit()).then(RemedySubmitted)


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
    case(*told, classified()).when(approve()).then_refused("recused")


@pytest.mark.parametrize("wish", [approve, send_back, reject])
@pytest.mark.parametrize("now", [("loans", ("department_lead",)), ("cards", ("investigator",))])
def test_nobody_decides_by_a_token_of_before_they_moved(
    wish: Callable[[], Command], now: tuple[str, tuple[str, ...]]
) -> None:
    moved = staff(lead_1=StaffMember(True, False, *now))
    refusal = case(*A.up_to_submission()).with_references(moved).when(wish()).then_refused("office_not_held")
    assert isinstance(refusal, Forbidden)


@pytest.mark.parametrize("wish", [approve, send_back, reject])
@pytest.mark.parametrize("party", [OFFICER.id, INVESTIGATOR.id, "investigator-0"])
def test_nobody_decides_under_whom_somebody_proposed_or_investigated(wish: Callable[[], Command], party: str) -> None:
    bosses = {"lead_1": "boss-1", "boss_1": party, party.replace("-", "_"): None}
    line = staff(**{who: StaffMember(True, reports_to=boss) for who, boss in bosses.items()})
    case(*A.up_to_submission()).with_references(line).when(wish()).then_refused("reports_to_party")


@pytest.mark.parametrize("wish", [approve, send_back, reject])
def test_nobody_with_a_barred_person_above_them_at_any_level_decides(wish: Callable[[], Command]) -> None:
    line = staff(
        lead_1=StaffMember(True, reports_to="boss-1"),
        boss_1=StaffMember(True, reports_to="boss-2"),
        boss_2=StaffMember(True, reports_to=RECUSED.id),
    )
    case(*A.up_to_submission()).with_references(line).when(wish()).then_refused("reports_to_recused")
    above = (*A.up_to_submission(), classified(complained_of=("boss-1",)))
    case(*above).with_references(line).when(wish()).then_refused("reports_to_recused")


def test_a_line_that_is_not_known_to_its_end_makes_the_decision_wait() -> None:
    line = staff(lead_1=StaffMember(True, reports_to="boss-1"))
    case(*A.up_to_submission()).with_references(line).when(approve()).then_refused("not_yet_seen")


def test_whoever_declared_a_conflict_even_after_the_findings_does_not_approve() -> None:
    conflict = ConflictDeclared(at=LATER, by=LEAD.id, cycle=1, person=LEAD.id, nature=sealed("a cousin"))
    case(*A.up_to_submission(), conflict).when(approve()).then_refused("recused")


def test_a_lead_of_another_department_decides_nothing_here() -> None:
    for wish in (approve, send_back, reject):
        refusal = case(*A.up_to_submission()).when(wish(replace(LEAD, department="loans")))
        assert isinstance(refusal.then_refused("not_responsible_department"), Forbidden)


def test_whom_a_reopening_at_resolution_excludes_does_not_approve_but_decided_before() -> None:
    again = Told(cycle=2)
    anew = (*A.up_to_the_end(), reopened(stage="resolution", excluded=(LEAD.id,)), again.proposed(), again.submitted())
    case(*anew).when(approve(told=again)).then_refused("excluded")
    case(*anew).when(approve(APPROVER, again)).then(RemedyApproved)
    third = Told(cycle=3)
    later = (*again.up_to_the_end()[3:], reopened(3), *third.up_to_submission())
    case(*anew, *later).when(approve(told=third)).then(RemedyApproved)


def test_a_withdrawal_that_the_customer_disputes_brings_nobody_back_who_was_excluded() -> None:
    again = Told(cycle=3)
    before = (*A.up_to_the_end(), reopened(stage="resolution", excluded=(LEAD.id,)))
    disputed = reopened(3, excluded=("agent-1",)).model_copy(update={"reason": "withdrawal_disputed"})
    third = found(cycle=3), again.proposed(), again.submitted()
    case(*before, disputed, *third).when(approve(told=again)).then_refused("excluded")
    case(*before, reopened(3), *third).when(approve(told=again)).then(RemedyApproved)


def test_whoever_executed_it_before_does_not_approve_the_step_that_is_added() -> None:
    events = (*A.up_to_start(), A.failed(), made_special(), NOTHING.proposed())
    both = replace(APPROVER, id=EXECUTOR.id)
    case(*events).when(approve(both)).then_refused("own_execution")


def test_who_left_does_not_approve_and_who_is_unknown_has_to_wait() -> None:
    gone = StaffMember(joined=True, left=True)
    case(*A.up_to_submission()).with_references(staff(lead_1=gone)).when(approve()).then_refused("left_the_firm")
    case(*A.up_to_submission()).when(approve(Actor("lead-2", "department_lead", "cards"))).then_refused("not_yet_seen")


def test_stale_limits_make_an_approval_wait() -> None:
    case(*A.up_to_submission()).with_stale_limits().when(approve()).then_refused("not_yet_seen")


def test_above_the_limit_the_refusal_names_limit_sum_and_who_could() -> None:
    escalated = (*BIG.up_to_submission(), BIG.approved(step=1, of=2), BIG.escalated())
    poor = limits(department_lead=2_000, approver=2_000, higher_approver=5_000)
    by_department = [
        {"role": "approver", "department": "loans", "limit": {"minor": 9_000_00, "currency": "CNY"}},
        {"role": "approver", "department": "*", "limit": {"minor": 2_000_00, "currency": "CNY"}},
    ]
    known = LimitsTable(activated=(table("loans@1", NOON - timedelta(days=1), by_department),))
    refusal = case(*escalated).with_limits(known).when(approve(APPROVER, BIG)).then_refused("above_limit")
    assert refusal.details == {"limit": 2_000_00, "total": 2_001_00, "currency": "CNY", "needed_role": "approver"}
    assert "approver" in refusal.message
    case(*escalated).with_limits(poor).when(approve(APPROVER, BIG)).then(
        RemedyApproved, ApprovalEscalated, step=2, of=3, total=None
    )
    case(*BIG.up_to_submission()).when(approve(APPROVER, BIG)).then(RemedyApproved, limit=yuan(50_000), step=1, of=1)


def test_exactly_the_limit_may_be_approved() -> None:
    told = Told(amount=yuan(2_000))
    case(*told.up_to_submission()).when(approve(told=told)).then(RemedyApproved)


def test_above_everybodys_limit_the_refusal_names_nobody() -> None:
    told = Told(amount=yuan(1_000_001))
    for who in (LEAD, APPROVER, HIGHER):
        refusal = case(*told.up_to_submission()).when(approve(who, told)).then_refused("above_limit")
        assert refusal.details["needed_role"] is None
        assert "Nobody" in refusal.message


def test_a_limit_of_another_department_does_not_help() -> None:
    entry = {"role": "department_lead", "department": "loans", "limit": {"minor": 10**9, "currency": "CNY"}}
    known = LimitsTable(activated=(table("loans@1", NOON - timedelta(days=1), [entry]),))
    case(*A.up_to_submission()).with_limits(known).when(approve()).then_refused("above_limit")


def test_above_the_leads_limit_the_approval_goes_on_to_the_role_above() -> None:
    events = case(*BIG.up_to_submission()).when(approve(told=BIG))
    _, escalated = events.then(RemedyApproved, ApprovalEscalated, step=1, of=2, limit=yuan(2_000), total=None)
    assert isinstance(escalated, ApprovalEscalated)
    assert (escalated.to, escalated.total, escalated.limit) == ("approver", yuan(2_001), yuan(2_000))


def test_the_sum_with_what_was_given_before_decides_how_many_steps_there_are() -> None:
    other = Told(amount=yuan(1_500), complaint=OTHER_COMPLAINT)
    given = guards_after(other.up_to_approval())
    case(*A.up_to_submission()).with_guards(given).when(approve()).then(RemedyApproved, ApprovalEscalated, of=2)


def dollars(amount: int) -> Money:
    return Money(minor=amount * 100, currency="USD")


def test_half_of_a_limit_used_in_dollars_leaves_half_of_it_in_yuan() -> None:
    """The lead's limit is 2,000 in each currency: 1,500 dollars leave 500 yuan of it."""
    other = Told(amount=dollars(1_500), complaint=OTHER_COMPLAINT)
    given = guards_after(other.up_to_approval())
    for amount, steps in ((500, 1), (501, 2)):
        told = Told(amount=yuan(amount))
        facts = (RemedyApproved, ApprovalEscalated)[:steps]
        case(*told.up_to_submission()).with_guards(given).when(approve(told=told)).then(
            *facts, limit=yuan(500), of=steps
        )


def test_a_limit_that_is_used_up_in_one_currency_is_used_up_in_all() -> None:
    other = Told(amount=dollars(1_000_000), complaint=OTHER_COMPLAINT)
    given = guards_after(other.up_to_approval())
    for who in (LEAD, APPROVER, HIGHER):
        refusal = case(*A.up_to_submission()).with_guards(given).when(approve(who)).then_refused("above_limit")
        assert (refusal.details["limit"], refusal.details["needed_role"]) == (0, None)


def test_where_somebody_has_no_authority_in_a_currency_what_was_given_in_it_leaves_them_none() -> None:
    other = Told(amount=dollars(1), complaint=OTHER_COMPLAINT)
    given = guards_after(other.up_to_approval())
    poor = case(*A.up_to_submission()).with_limits(limits(department_lead=2_000)).with_guards(given)
    poor.when(approve()).then_refused("above_limit")


def test_what_was_paid_in_another_currency_in_an_earlier_cycle_uses_up_the_limit_too() -> None:
    first, second = Told(amount=dollars(1_500)), Told(amount=yuan(600), cycle=2)
    case(*first.up_to_the_end(), reopened(), *second.up_to_submission()).when(approve(told=second)).then(
        RemedyApproved, ApprovalEscalated, limit=yuan(500), of=2
    )


def test_what_was_approved_in_another_currency_after_it_does_not_stop_what_was_approved_before() -> None:
    """Whoever approved the later one answers for both."""
    later = Told(amount=dollars(1_500), complaint=OTHER_COMPLAINT)
    after = guards_after((*later.up_to_submission(), later.approved(at=SOON)))
    here = guards_after(A.up_to_approval())
    case(*A.up_to_acceptance()).with_guards(here | after).when(execute()).then(RemedyExecutionStarted)
    before = guards_after(later.up_to_approval())
    case(*A.up_to_acceptance()).with_guards(here | before).when(execute()).then_refused("above_limit")


FIRST = (*VAST.up_to_submission(), VAST.approved(step=1, of=3), VAST.escalated())
SECOND = (*FIRST, VAST.approved(APPROVER, step=2, of=3), VAST.escalated("higher_approver"))


def test_a_large_sum_takes_every_role_in_order_and_only_the_last_limit_counts() -> None:
    case(*VAST.up_to_submission()).when(approve(told=VAST)).then(RemedyApproved, ApprovalEscalated, step=1, of=3)
    case(*FIRST).when(approve(APPROVER, VAST)).then(RemedyApproved, ApprovalEscalated, step=2, of=3)
    case(*SECOND).when(approve(HIGHER, VAST)).then(RemedyApproved, step=3, of=3, total=VAST.amount)


def test_a_step_is_not_taken_by_a_role_below_it() -> None:
    refusal = (
        case(*FIRST).with_references(staff(lead_2=StaffMember(True))).when(approve(replace(LEAD, id="lead-2"), VAST))
    )
    assert refusal.then_refused("higher_role_needed").details == {"needed_role": "approver"}
    case(*SECOND).with_references(MORE).when(approve(OTHER_APPROVER, VAST)).then_refused("higher_role_needed")


def test_each_step_is_another_person() -> None:
    case(*FIRST).when(approve(replace(HIGHER, id=LEAD.id), VAST)).then_refused("approved_before")
    case(*SECOND).when(approve(replace(HIGHER, id=LEAD.id), VAST)).then_refused("approved_before")


def test_somebody_higher_may_take_a_lower_step_but_saves_none_that_was_announced() -> None:
    case(*FIRST).when(approve(HIGHER, VAST)).then(RemedyApproved, ApprovalEscalated, step=2, of=3)
    taken = (*FIRST, VAST.approved(HIGHER, step=2, of=3))
    case(*taken).with_references(MORE).when(approve(OTHER_HIGHER, VAST)).then(RemedyApproved, step=3, of=3)


def test_whose_limit_covers_an_ordinary_remedy_approves_it_alone() -> None:
    case(*VAST.up_to_submission()).when(approve(HIGHER, VAST)).then(RemedyApproved, step=1, of=1)
    case(*A.up_to_submission()).when(approve(APPROVER)).then(RemedyApproved, step=1, of=1)


def test_steps_that_were_announced_stay_though_limits_were_raised_and_grow_if_they_were_lowered() -> None:
    raised = limits(department_lead=2_000, approver=99_000, higher_approver=99_000)
    case(*FIRST).with_limits(raised).when(approve(APPROVER, VAST)).then(RemedyApproved, ApprovalEscalated, step=2, of=3)
    escalated = (*BIG.up_to_submission(), BIG.approved(step=1, of=2), BIG.escalated())
    lowered = limits(department_lead=1, approver=100, higher_approver=99_000)
    case(*escalated).with_limits(lowered).when(approve(APPROVER, BIG)).then(
        RemedyApproved, ApprovalEscalated, step=2, of=3
    )


def test_an_approval_that_lacks_a_step_is_none() -> None:
    case(*FIRST).when(offer(told=VAST)).then_refused("approval_incomplete")
    refusal = case(*SECOND).when(offer(told=VAST)).then_refused("approval_incomplete")
    assert refusal.details == {"given": 2, "needed": 3}


SPECIAL = (found(severity="special"), A.proposed(), NOTHING.proposed(), A.submitted())


def test_a_special_complaint_takes_two_persons_however_small_the_sum() -> None:
    for who in (LEAD, APPROVER, HIGHER):
        case(*SPECIAL).when(approve(who)).then(RemedyApproved, ApprovalEscalated, step=1, of=2)
    halfway = (*SPECIAL, A.approved(step=1, of=2), A.escalated())
    case(*halfway).when(approve(replace(APPROVER, id=LEAD.id))).then_refused("approved_before")
    case(*halfway).when(approve(APPROVER)).then(RemedyApproved, step=2, of=2)
    special_nothing = (found(severity="special"), A.proposed(), NOTHING.proposed(), NOTHING.submitted())
    case(*special_nothing).when(approve(told=NOTHING)).then(RemedyApproved, ApprovalEscalated, step=1, of=2)


def test_what_becomes_special_after_its_approval_takes_another_one_and_a_choice() -> None:
    events = (*A.up_to_acceptance(), made_special())
    case(*events).when(approve(APPROVER)).then_refused("too_few_options")
    case(*events, NOTHING.proposed()).when(approve()).then_refused("approved_before")
    case(*events, NOTHING.proposed()).when(approve(APPROVER)).then(RemedyApproved, step=2, of=2)
    case(*events, NOTHING.proposed(), A.approved(APPROVER, step=2, of=2)).when(execute()).then(RemedyExecutionStarted)
    case(*events).when(execute()).then_refused("approval_incomplete")


def test_a_downgrade_that_was_signed_off_makes_one_approval_enough_again() -> None:
    downgraded = ComplaintDowngraded(at=LATER, by="triage-1", cycle=1, signed_off_by="c-1", reasons=sealed("a mistake"))
    case(*SPECIAL, downgraded).when(approve()).then(RemedyApproved, step=1, of=1)


def test_a_remedy_of_another_customer_is_not_approved_offered_accepted_or_paid() -> None:
    case(*A.up_to_submission(), corrected_to(BAO)).when(approve()).then_refused("other_customer")
    case(*A.up_to_approval(), corrected_to(BAO)).when(offer()).then_refused("other_customer")
    case(*A.up_to_offer(), corrected_to(BAO)).when(accept()).then_refused("other_customer")
    case(*A.up_to_acceptance(), corrected_to(BAO)).when(execute()).then_refused("other_customer")
    case(*A.up_to_acceptance(), corrected_to(BAO)).when(send_back()).then(RemedyReturned)


def test_what_was_given_under_another_file_of_the_same_customer_counts() -> None:
    known = {CHEN: CustomerFile(into=BAO), BAO: CustomerFile(others=frozenset({CHEN, DAI}))}
    under_dai = (found(person=DAI), *Told(complaint=OTHER_COMPLAINT).up_to_approval()[1:])
    here = case(*A.up_to_submission()).with_limits(limits(department_lead=1_000, approver=1_200))
    here.with_guards(guards_after(under_dai)).with_references(known)
    here.when(approve()).then(RemedyApproved, ApprovalEscalated, step=1, of=2)
    parted = case(*A.up_to_submission()).with_limits(limits(department_lead=1_000))
    parted.with_guards(guards_after(under_dai)).when(approve()).then(RemedyApproved, step=1, of=1)


def test_the_table_in_force_at_the_instant_of_approval_decides() -> None:
    entry = {"role": "department_lead", "department": "*", "limit": {"minor": 1, "currency": "CNY"}}
    lowered = table("low@2", LATER, [entry])
    known = LimitsTable(activated=(*limits(department_lead=2_000).activated, lowered))
    submitted = case(*A.up_to_submission()).with_limits(known)
    submitted.when(approve(at=LATER - timedelta(microseconds=1))).then(RemedyApproved, limits="test@1", of=1)
    case(*A.up_to_submission()).with_limits(known).when(approve(at=LATER)).then_refused("above_limit")


def test_no_remedy_is_within_any_limit() -> None:
    case(*NOTHING.up_to_submission()).with_limits(limits(approver=1)).when(approve(told=NOTHING)).then(
        RemedyApproved, limit=yuan(0), limits="test@1"
    )


def test_two_remedies_of_600_for_one_customer_do_not_slip_under_a_limit_of_1000() -> None:
    other = Told(complaint=OTHER_COMPLAINT)
    here = case(*A.up_to_submission()).with_limits(limits(department_lead=1_000, approver=1_200))
    here.with_guards(guards_after(other.up_to_approval()))
    here.when(approve()).then(RemedyApproved, ApprovalEscalated, step=1, of=2)
    here.when(approve(APPROVER)).then(RemedyApproved, step=1, of=1, total=yuan(1_200))


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


@pytest.mark.parametrize("wish", [send_back, reject])
def test_a_running_execution_cannot_be_called_back_but_a_failed_one_can(wish: Callable[[], Command]) -> None:
    case(*A.up_to_start()).when(wish()).then_refused("execution_started")
    case(*A.up_to_start(), A.unknown()).when(wish()).then_refused("execution_started")
    assert case(*A.up_to_start(), A.failed()).when(wish()).refusal is None
    case(*A.up_to_the_end()).when(wish()).then_refused("concluded")


@pytest.mark.parametrize("wish", [send_back, reject])
def test_what_is_partly_paid_is_owed_and_not_taken_back(wish: Callable[..., Command]) -> None:
    partly = (*IN_PARTS.up_to_acceptance(), IN_PARTS.started(), IN_PARTS.stepped())
    case(*partly).when(wish(told=IN_PARTS)).then_refused("partly_paid")


def test_an_option_is_rejected_with_reasons() -> None:
    (event,) = case(*A.up_to_approval()).when(reject()).then(RemedyRejected, digest=A.digest, option=A.option)
    assert isinstance(event, RemedyRejected)
    assert (event.reasons.owner, event.reasons.clear) == (CHEN, "not at all")


def test_returning_or_rejecting_again_adds_nothing() -> None:
    case(*A.up_to_submission(), A.returned()).when(send_back()).then_nothing()
    case(*A.up_to_submission(), A.rejected()).when(reject()).then_nothing()


@pytest.mark.parametrize("wish", [send_back, reject])
def test_only_what_is_on_its_way_is_returned_or_rejected(wish: Callable[..., Command]) -> None:
    case(found(), A.proposed()).when(wish()).then_refused("nothing_submitted")
    case(*A.up_to_submission(), B.proposed()).when(wish(told=B)).then_refused("other_digest")


def test_an_approval_that_was_returned_or_rejected_is_dead() -> None:
    for ended in (A.returned(), A.rejected()):
        case(*A.up_to_approval(), ended).when(approve()).then_refused("nothing_submitted")
        case(*A.up_to_approval(), ended).when(offer()).then_refused("nothing_submitted")
        case(*A.up_to_acceptance(), ended).when(execute()).then_refused("nothing_submitted")


def test_approval_and_return_at_once_are_decided_by_which_comes_first() -> None:
    case(*A.up_to_submission(), A.approved()).when(send_back(APPROVER)).then(RemedyReturned)
    case(*A.up_to_submission(), A.returned()).when(approve(APPROVER)).then_refused("nothing_submitted")


def test_deciding_needs_findings_of_this_cycle() -> None:
    case().when(approve()).then_refused("not_yet_seen")
    case().when(send_back()).then_refused("not_yet_seen")
    case(*A.up_to_submission(), reopened()).when(approve(OFFICER)).then_refused("not_yet_seen")
