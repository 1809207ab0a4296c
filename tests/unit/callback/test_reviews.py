"""核查 A review of the decision: asked in time, one at a time, decided by another unit, in time (No.3 Art. 20)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.callback.commands.decide_review import DecideReview
from services.callback.commands.pass_review_deadline import PassReviewDeadline
from services.callback.commands.request_review import RequestReview
from shared.decide import Actor
from shared.decide.command import SYSTEM_ACTOR
from shared.events.base import Event
from shared.events.callback import ComplaintReopened, ReviewDeadlinePassed, ReviewDecided, ReviewRequested
from shared.reference.staff import StaffMember
from tests.sentences import Given, given, state_of
from tests.unit.callback.examples import (
    AGENT,
    APPROVERS,
    AUDITOR,
    CALLER,
    COMPLAINT,
    DESK,
    HIGHER,
    INVESTIGATORS,
    NOW,
    PERSON,
    REVIEWER,
    ROOMS,
    SERVICE,
    TRIAGE,
    at_closed,
    at_due,
    at_replied,
    at_satisfied,
    at_withdrawn,
    attempted,
    audited,
    closed,
    concluded,
    decide_review,
    reaffirmed,
    registered,
    reopened,
    request_review,
    reversed_remedy,
    review_decided,
    review_requested,
    scheduled,
    taken_over,
    wish,
)

DAY = timedelta(days=1)
STAFF = {
    "staff:appr-tang": StaffMember(joined=True, department="operations", roles=("approver",)),
    "staff:triage-hua": StaffMember(joined=True, department="triage", roles=("triage_lead",)),
    "staff:triage-bo": StaffMember(joined=True, department="triage", roles=("reviewer",)),
    "staff:review-bo": StaffMember(joined=True, department="centre", roles=("reviewer",)),
    "staff:high-gu": StaffMember(joined=True, department="operations", roles=("higher_approver",)),
}
UNDER_REVIEW = (*at_closed(), review_requested())


def under_review(*known: Event) -> Given:
    return given(SERVICE, *known).with_references(STAFF)


# 申请 Asking for one


def test_an_agent_records_that_the_customer_asks_for_a_review() -> None:
    (asked,) = (
        given(SERVICE, *at_closed())
        .when(request_review())
        .then(ReviewRequested, review="review-1", asked_by="customer", decide_by=NOW + 32 * DAY, by=AGENT.id)
    )
    assert isinstance(asked, ReviewRequested) and asked.grounds.owner == PERSON


def test_what_the_superior_institution_asks_for_comes_in_at_the_desk() -> None:
    asked = {"asked_by": "superior_institution"}
    given(SERVICE, *at_closed()).when(request_review(DESK, **asked)).then(ReviewRequested, **asked)
    given(SERVICE, *at_closed()).when(request_review(AGENT, **asked)).then_refused("not_the_desk")


@pytest.mark.parametrize(
    ("known", "decided_after"),
    [(at_due(), 0 * DAY), (at_replied(), 0 * DAY), (at_closed(), 2 * DAY), ((*at_due(), reaffirmed()), 2 * DAY)],
    ids=["concluded", "replied", "closed", "reaffirmed"],
)
def test_it_is_asked_for_within_thirty_days_of_the_decision(known: tuple[Event, ...], decided_after: timedelta) -> None:
    last = NOW + decided_after + 30 * DAY
    given(SERVICE, *known).when(request_review(at=last)).then(ReviewRequested)
    refusal = (
        given(SERVICE, *known).when(request_review(at=last + timedelta(seconds=1))).then_refused("review_too_late")
    )
    assert refusal.details["decided_at"] == (NOW + decided_after).isoformat()


def test_one_is_open_at_a_time_and_each_has_its_name() -> None:
    given(SERVICE, *UNDER_REVIEW).when(request_review(review="review-2")).then_refused("review_open")
    upheld = (*UNDER_REVIEW, review_decided())
    given(SERVICE, *upheld).when(request_review()).then_refused("review_known")
    given(SERVICE, *upheld).when(request_review(review="review-2")).then(ReviewRequested)


def test_without_a_decision_there_is_nothing_to_review() -> None:
    given(SERVICE, registered()).when(request_review()).then_refused("not_yet_seen")
    given(SERVICE, *at_withdrawn()).when(request_review()).then_refused("ended")
    given(SERVICE).when(request_review()).then_refused("unknown_complaint")


# 决定 Deciding it


def test_upheld_the_decision_stands() -> None:
    (decided,) = (
        under_review(*UNDER_REVIEW)
        .when(decide_review())
        .then(ReviewDecided, result="upheld", department="centre", by=REVIEWER.id)
    )
    assert isinstance(decided, ReviewDecided) and decided.letter.owner == PERSON


def test_changed_it_is_reopened_at_the_remedy_in_the_same_moment() -> None:
    _, again = under_review(*UNDER_REVIEW).when(decide_review(result="changed")).then(ReviewDecided, ComplaintReopened)
    assert isinstance(again, ComplaintReopened)
    assert (again.reason, again.stage, again.cycle, again.explanation) == ("review_changed", "resolution", 2, None)
    assert again.excluded == (*INVESTIGATORS, *APPROVERS)


def test_a_rejection_that_is_changed_is_judged_anew() -> None:
    known = (*at_replied(), review_requested())
    _, again = under_review(*known).when(decide_review(result="changed")).then(ReviewDecided, ComplaintReopened)
    assert isinstance(again, ComplaintReopened)
    assert (again.stage, again.excluded) == ("judgement", ("agent-lin", "triage-hua", "triage-bo"))


def test_what_another_system_had_resolved_is_investigated_here_if_it_is_changed() -> None:
    known = (registered(), taken_over(), scheduled(trigger_kind="taken_over"), review_requested())
    _, again = under_review(*known).when(decide_review(result="changed")).then(ReviewDecided, ComplaintReopened)
    assert isinstance(again, ComplaintReopened) and again.stage == "investigation"


def test_a_higher_approver_of_another_unit_may_decide_too() -> None:
    known = (*at_replied(), review_requested())
    under_review(*known).when(decide_review(HIGHER)).then(ReviewDecided, department="operations")


def test_nobody_of_the_responsible_department_or_of_a_deciders_decides() -> None:
    responsible = replace(REVIEWER, department="cards")
    under_review(*UNDER_REVIEW).when(decide_review(responsible)).then_refused("same_unit")
    under_review(*UNDER_REVIEW).when(decide_review(HIGHER)).then_refused("same_unit")
    judges = replace(REVIEWER, department="triage")
    under_review(*at_replied(), review_requested()).when(decide_review(judges)).then_refused("same_unit")


def test_nor_anybody_whom_the_directory_has_there_whatever_their_token_says() -> None:
    moved = {"staff:review-bo": StaffMember(joined=True, department="cards", roles=("reviewer",))}
    under_review(*UNDER_REVIEW).with_references(moved).when(decide_review()).then_refused("same_unit")


def test_whoever_stated_the_final_position_decided_it() -> None:
    stated = concluded(outcome="final_position", basis="final_position_stated", approvers=(), by="appr-tang")
    known = (registered(), stated, scheduled(), review_requested())
    under_review(*known).when(decide_review(HIGHER)).then_refused("same_unit")


def test_while_the_directorys_record_of_a_decider_is_missing_one_waits() -> None:
    refusal = given(SERVICE, *UNDER_REVIEW).when(decide_review()).then_refused("not_yet_seen")
    assert refusal.details["waiting_for"] == "staff:appr-tang"


def test_it_asks_for_the_records_of_who_decided_once_it_knows_who_that_was() -> None:
    command = decide_review()
    for known, wanted in ((UNDER_REVIEW, ["staff:appr-tang"]), (at_replied(), ["staff:triage-hua", "staff:triage-bo"])):
        assert list(command.needed_then({command.subject_id(): state_of(SERVICE, *known)})) == wanted
    assert list(command.needed_then({command.subject_id(): state_of(SERVICE, registered())})) == []


@pytest.mark.parametrize("who", ["inv-mei", "agent-lin", "lead-ran"])
def test_nobody_who_handled_it_decides(who: str) -> None:
    under_review(*UNDER_REVIEW).when(decide_review(replace(REVIEWER, id=who))).then_refused("handled_the_case")


def test_nor_anybody_who_called_closed_or_audited_before() -> None:
    known = (*at_satisfied(), audited(), closed(by="lead-xu"), review_requested())
    for who in (CALLER.id, AUDITOR.id, "lead-xu"):
        under_review(*known).when(decide_review(replace(REVIEWER, id=who))).then_refused("acted_before")


def test_who_decided_an_earlier_review_does_not_decide_the_next() -> None:
    known = (*UNDER_REVIEW, review_decided(), review_requested(review="review-2"))
    under_review(*known).when(decide_review(review="review-2")).then_refused("acted_before")


def test_only_an_open_review_is_decided() -> None:
    under_review(*at_closed()).when(decide_review()).then_refused("no_such_review")
    under_review(*UNDER_REVIEW).when(decide_review(review="review-2")).then_refused("no_such_review")
    under_review(*UNDER_REVIEW, review_decided()).when(decide_review()).then_refused("no_such_review")
    under_review().when(decide_review()).then_refused("unknown_complaint")


def test_a_review_that_another_reopening_overtook_is_still_decided_and_reopens_nothing_more() -> None:
    overtaken = (*UNDER_REVIEW, reversed_remedy(), reopened(reason="remedy_reversed"))
    under_review(*overtaken).when(decide_review(result="changed")).then(ReviewDecided, cycle=2)


# 逾期 In time or not


def test_a_review_that_is_not_decided_in_time_is_written_down_once() -> None:
    due = review_requested().decide_by
    late = wish(PassReviewDeadline, SYSTEM_ACTOR, review="review-1", due_at=due, at=due)
    (passed,) = given(SERVICE, *UNDER_REVIEW).when(late).then(ReviewDeadlinePassed, review="review-1", due_at=due)
    given(SERVICE, *UNDER_REVIEW, passed).when(late).then_nothing()
    decided_late = review_decided(at=due + DAY)
    given(SERVICE, *UNDER_REVIEW, decided_late).when(late).then(ReviewDeadlinePassed)
    given(SERVICE, *UNDER_REVIEW, review_decided(at=due)).when(late).then_nothing()
    given(SERVICE, *UNDER_REVIEW).when(late.model_copy(update={"at": due - DAY})).then_refused("not_due")
    given(SERVICE, *at_closed()).when(late).then_refused("no_such_review")
    given(SERVICE).when(late).then_refused("unknown_complaint")


def test_asking_for_one_sets_the_alarm() -> None:
    (alarm,) = (deadline for deadline in ROOMS.deadlines if deadline.later.kind == "review_overdue")
    asked = review_requested()
    assert alarm.later.due(asked) == asked.decide_by
    command = alarm.command(f"complaint:{COMPLAINT}", asked).model_copy(update={"at": asked.decide_by})
    given(SERVICE, *UNDER_REVIEW).when(command).then(ReviewDeadlinePassed)


def test_who_may_ask() -> None:
    assert set(RequestReview.may) == {"agent", "triage_lead", "regulator_desk"}
    assert set(DecideReview.may) == {"reviewer", "higher_approver"} and DecideReview.in_person
    assert PassReviewDeadline.may == ("system",)


def test_a_tries_record_does_not_change_when_it_was_decided() -> None:
    tried_again = (*at_due(), attempted("busy", at=NOW + 20 * DAY))
    given(SERVICE, *tried_again).when(request_review(at=NOW + 31 * DAY)).then_refused("review_too_late")


def test_a_lead_takes_the_request_of_a_customer_whose_case_is_restricted() -> None:
    lead = Actor(TRIAGE.id, "triage_lead", "centre")
    given(SERVICE, *at_closed()).when(request_review(lead)).then(ReviewRequested)
