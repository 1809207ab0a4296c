"""投诉不成立 The second of two persons confirms a rejection, or returns it (N9)."""

from typing import Any

import pytest

from services.intake.commands.confirm_rejection import ConfirmRejection
from services.intake.commands.return_rejection import ReturnRejection
from shared.decide import Actor
from shared.events.base import Event
from shared.events.intake import ComplaintNotEstablished, RejectionReturned
from shared.reference.staff import StaffMember
from tests.unit.intake.examples import (
    CARDS_LEAD,
    COMPLAINT,
    ESTABLISHED,
    JUDGE,
    LOANS_LEAD,
    NOON,
    OTHER_JUDGE,
    READY,
    REJECTED,
    REJECTION_PROPOSED,
    REOPENED_FOR_JUDGEMENT,
    REVIEWER,
    ZHAO,
    acknowledged,
    after,
    classified,
    closed,
    registered,
    rejection_proposed,
    rejection_returned,
)

ANSWERS = pytest.mark.parametrize("answer", [ConfirmRejection, ReturnRejection])


def answered(answer: Any, actor: Actor = REVIEWER) -> Any:
    return answer(actor=actor, at=NOON, complaint_id=COMPLAINT, reasons="I read it all.")


@pytest.mark.parametrize("second", [REVIEWER, OTHER_JUDGE, LOANS_LEAD])
def test_a_second_person_confirms_with_reasons_of_their_own(second: Actor) -> None:
    (fact,) = (
        after(*REJECTION_PROPOSED)
        .when(answered(ConfirmRejection, second))
        .then(ComplaintNotEstablished, by=second.id, at=NOON, cycle=1, judged_by=JUDGE.id)
    )
    assert isinstance(fact, ComplaintNotEstablished)
    assert (fact.reasons.clear, fact.reasons.owner) == ("I read it all.", ZHAO)


def test_a_second_person_returns_it_with_reasons() -> None:
    (fact,) = (
        after(*REJECTION_PROPOSED).when(answered(ReturnRejection)).then(RejectionReturned, by=REVIEWER.id, cycle=1)
    )
    assert isinstance(fact, RejectionReturned)
    assert (fact.reasons.clear, fact.reasons.owner) == ("I read it all.", ZHAO)


@ANSWERS
def test_the_judge_is_never_the_second_person(answer: Any) -> None:
    after(*REJECTION_PROPOSED).when(answered(answer, JUDGE)).then_refused("same_person")


@ANSWERS
def test_nor_is_anyone_who_acts_for_the_judge(answer: Any) -> None:
    deputy = Actor(REVIEWER.id, "reviewer", "triage", on_behalf_of=JUDGE.id)
    after(*REJECTION_PROPOSED).when(answered(answer, deputy)).then_refused("same_person")


@ANSWERS
def test_the_second_person_is_not_of_the_department_complained_of(answer: Any) -> None:
    after(*REJECTION_PROPOSED).when(answered(answer, CARDS_LEAD)).then_refused("own_department")


@ANSWERS
def test_nor_by_the_directory_after_a_move(answer: Any) -> None:
    moved = {f"staff:{LOANS_LEAD.id}": StaffMember(joined=True, department="cards")}
    after(*REJECTION_PROPOSED).with_references(moved).when(answered(answer, LOANS_LEAD)).then_refused("own_department")


@ANSWERS
def test_the_second_person_is_not_complained_of(answer: Any) -> None:
    history = (registered(), acknowledged(), classified(complained_of=(REVIEWER.id,)), rejection_proposed())
    after(*history).when(answered(answer)).then_refused("complained_of")


@ANSWERS
def test_whoever_confirmed_before_a_reopening_is_not_the_second_person_again(answer: Any) -> None:
    history = (*REOPENED_FOR_JUDGEMENT, acknowledged(cycle=2), rejection_proposed(cycle=2, by=OTHER_JUDGE.id))
    after(*history).when(answered(answer)).then_refused("excluded")
    after(*history).when(answered(answer, JUDGE)).then_refused("excluded")
    assert not after(*history).when(answered(answer, LOANS_LEAD)).refusal


@ANSWERS
def test_whoever_left_or_is_unknown_is_not_the_second_person(answer: Any) -> None:
    gone = {f"staff:{REVIEWER.id}": StaffMember(joined=True, left=True, department="triage")}
    after(*REJECTION_PROPOSED).with_references(gone).when(answered(answer)).then_refused("left_the_firm")
    stranger = Actor("new-1", "reviewer", "triage")
    after(*REJECTION_PROPOSED).when(answered(answer, stranger)).then_refused("not_yet_seen")


@ANSWERS
@pytest.mark.parametrize(
    ("history", "code"),
    [
        ((), "unknown_complaint"),
        ((*REJECTION_PROPOSED, closed()), "closed"),
        (READY, "no_rejection_proposed"),
        (ESTABLISHED, "no_rejection_proposed"),
        (REJECTED, "no_rejection_proposed"),
        ((*REJECTION_PROPOSED, rejection_returned()), "no_rejection_proposed"),
    ],
)
def test_there_must_be_a_rejection_to_decide_on(answer: Any, history: tuple[Event, ...], code: str) -> None:
    after(*history).when(answered(answer)).then_refused(code)


@ANSWERS
def test_it_is_contested_and_no_machine_is_the_second_person(answer: Any) -> None:
    assert answer.contested
    assert set(answer.may) == {"triage_lead", "reviewer", "department_lead"}


@ANSWERS
def test_it_needs_reasons(answer: Any) -> None:
    with pytest.raises(ValueError, match="reasons"):
        answer(actor=REVIEWER, at=NOON, complaint_id=COMPLAINT, reasons=" ")
