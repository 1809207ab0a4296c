"""维持最终答复 The last word before a customer who stays dissatisfied (domain 1.4 gap 5)."""

from dataclasses import replace

import pytest

from services.callback.commands.reaffirm import ReaffirmFinalPosition
from shared.events.base import Event
from shared.events.callback import FinalPositionReaffirmed
from tests.sentences import given
from tests.unit.callback.examples import (
    CALLER,
    HIGHER,
    SERVICE,
    at_closed,
    at_dissatisfied,
    at_due,
    at_reached,
    at_reaffirmed,
    at_replied,
    at_satisfied,
    attempted,
    closed,
    concluded,
    dissatisfied,
    reaffirm,
    registered,
    reopened,
    review_requested,
    scheduled,
    second_due,
)


def test_a_higher_approver_stands_by_the_decision() -> None:
    (word,) = (
        given(SERVICE, *at_dissatisfied())
        .when(reaffirm())
        .then(FinalPositionReaffirmed, channel="letter", proof="post-8", by=HIGHER.id, cycle=1)
    )
    assert isinstance(word, FinalPositionReaffirmed) and word.letter.clear == "We stand by it."


def test_a_rejection_is_stood_by_as_well() -> None:
    rejected = (*at_replied(), attempted(), dissatisfied())
    given(SERVICE, *rejected).when(reaffirm()).then(FinalPositionReaffirmed)


@pytest.mark.parametrize("known", [at_due(), at_reached(), at_satisfied()])
def test_only_a_dissatisfied_customer_is_answered_for_good(known: tuple[Event, ...]) -> None:
    given(SERVICE, *known).when(reaffirm()).then_refused("not_dissatisfied")


def test_an_earlier_cycles_dissatisfaction_is_not_answered_in_a_later_one() -> None:
    again = (*at_dissatisfied(), reopened(), *second_due())
    given(SERVICE, *again).when(reaffirm()).then_refused("not_dissatisfied")


def test_whoever_approved_it_does_not_stand_by_themself() -> None:
    approved = (registered(), concluded(approvers=(HIGHER.id,)), scheduled(), attempted(), dissatisfied())
    given(SERVICE, *approved).when(reaffirm()).then_refused("own_decision")


def test_whoever_stated_the_final_position_does_not_stand_by_themself() -> None:
    stated = concluded(outcome="final_position", basis="final_position_stated", approvers=(), by=HIGHER.id)
    known = (registered(), stated, scheduled(), attempted(), dissatisfied())
    given(SERVICE, *known).when(reaffirm()).then_refused("own_decision")


def test_nor_does_whoever_handled_it_or_called_the_customer() -> None:
    handler = replace(HIGHER, id="lead-ran")
    given(SERVICE, *at_dissatisfied()).when(reaffirm(handler)).then_refused("handled_the_case")
    caller = replace(HIGHER, id=CALLER.id)
    given(SERVICE, *at_dissatisfied()).when(reaffirm(caller)).then_refused("called_the_customer")


def test_new_facts_are_looked_into_instead() -> None:
    given(SERVICE, *at_dissatisfied()).when(reaffirm(new_facts=True)).then_refused("new_facts_reopen")


@pytest.mark.parametrize("channel", ["phone", "branch", "web"])
def test_rights_are_told_in_writing(channel: str) -> None:
    given(SERVICE, *at_dissatisfied()).when(reaffirm(channel=channel)).then_refused("not_in_writing")


def test_one_last_word_is_enough() -> None:
    given(SERVICE, *at_reaffirmed()).when(reaffirm()).then_refused("already_reaffirmed")
    given(SERVICE, *at_closed()).when(reaffirm()).then_refused("closed")
    given(SERVICE, *at_reaffirmed(), closed(outcome="dissatisfied_final")).when(reaffirm()).then_refused("closed")


def test_while_a_review_is_open_there_is_no_last_word() -> None:
    given(SERVICE, *at_dissatisfied(), review_requested()).when(reaffirm()).then_refused("review_open")


def test_before_the_handling_has_ended_one_waits() -> None:
    given(SERVICE, registered()).when(reaffirm()).then_refused("not_yet_seen")
    given(SERVICE).when(reaffirm()).then_refused("unknown_complaint")


def test_it_is_a_higher_approvers_own_word() -> None:
    assert ReaffirmFinalPosition.may == ("higher_approver",) and ReaffirmFinalPosition.in_person
