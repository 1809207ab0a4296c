"""客户满意/不满意 What the customer says, only after they were reached (F43)."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from services.callback.commands.record_satisfaction import RecordSatisfaction
from shared.events.callback import CustomerDissatisfied, CustomerSatisfied
from tests.sentences import given
from tests.unit.callback.examples import (
    CALLER,
    OTHER_CALLER,
    PERSON,
    SCORES,
    SERVICE,
    at_closed,
    at_dissatisfied,
    at_due,
    at_reached,
    at_satisfied,
    attempted,
    record,
    registered,
    reopened,
    second_due,
    wish,
)


def test_a_satisfied_customer_is_recorded() -> None:
    (word,) = given(SERVICE, *at_reached()).when(record()).then(CustomerSatisfied, scores=SCORES, by=CALLER.id, cycle=1)
    assert isinstance(word, CustomerSatisfied)
    assert (word.words.owner, word.words.clear) == (PERSON, "Quick and kind.")


def test_a_dissatisfied_customer_is_recorded() -> None:
    given(SERVICE, *at_reached()).when(record(satisfied=False)).then(CustomerDissatisfied, scores=SCORES)


def test_what_they_said_by_subject_is_theirs() -> None:
    told = record(feedback={"fee": "Tell us before.", "opinion": "Well done."})
    (word,) = given(SERVICE, *at_reached()).when(told).then(CustomerSatisfied)
    assert isinstance(word, CustomerSatisfied) and word.feedback is not None
    assert word.feedback.fee is not None and word.feedback.fee.owner == PERSON
    assert (word.feedback.fee.clear, word.feedback.product) == ("Tell us before.", None)
    given(SERVICE, *at_reached()).when(record(feedback={})).then(CustomerSatisfied, feedback=None)


def test_nobody_speaks_for_a_customer_who_was_not_reached() -> None:
    given(SERVICE, *at_due()).when(record()).then_refused("not_reached")
    for outcome in ("no_answer", "busy", "wrong_number", "refused", "asked_later"):
        given(SERVICE, *at_due(), attempted(outcome)).when(record()).then_refused("not_reached")


def test_only_who_reached_the_customer_records_their_word() -> None:
    given(SERVICE, *at_reached()).when(record(actor=OTHER_CALLER)).then_refused("another_caller")
    given(SERVICE, *at_reached(), attempted(by=OTHER_CALLER.id)).when(record(actor=OTHER_CALLER)).then(
        CustomerSatisfied, by=OTHER_CALLER.id
    )


def test_the_customer_has_one_word_a_cycle() -> None:
    for events in (at_satisfied(), at_dissatisfied()):
        given(SERVICE, *events).when(record()).then_refused("already_answered")


def test_an_earlier_cycles_call_reached_nobody_in_this_one() -> None:
    second = (*at_dissatisfied(), reopened(), *second_due())
    given(SERVICE, *second).when(record()).then_refused("not_reached")
    given(SERVICE, *second, attempted(cycle=2)).when(record()).then(CustomerSatisfied, cycle=2)


def test_whoever_handled_the_case_records_no_word() -> None:
    handler = replace(CALLER, id="lead-ran")
    given(SERVICE, *at_due(), attempted(by="lead-ran")).when(record(actor=handler)).then_refused("handled_the_case")


def test_before_and_after_the_callback_there_is_no_word() -> None:
    given(SERVICE).when(record()).then_refused("unknown_complaint")
    given(SERVICE, registered()).when(record()).then_refused("not_yet_seen")
    given(SERVICE, *at_closed()).when(record()).then_refused("closed")


@pytest.mark.parametrize("score", [0, 6])
def test_scores_run_from_one_to_five(score: int) -> None:
    scores = {"timeliness": score, "professionalism": 3, "effectiveness": 3, "attitude": 3}
    with pytest.raises(ValidationError):
        wish(RecordSatisfaction, CALLER, satisfied=True, scores=scores, words="Fine.")


def test_the_customers_own_words_are_not_left_out() -> None:
    with pytest.raises(ValidationError):
        wish(RecordSatisfaction, CALLER, satisfied=True, scores=SCORES, words=" ")


def test_only_callback_agents_may_ask() -> None:
    assert RecordSatisfaction.may == ("callback_agent",)
