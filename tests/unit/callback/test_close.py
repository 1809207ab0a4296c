"""结案 The gate: reached and satisfied in this very cycle, or not closed (N1, N2, N24)."""

import pytest

from services.callback.commands.close import CloseComplaint
from shared.decide import NotFound, NotYetSeen
from shared.events.base import Event
from shared.events.callback import ComplaintClosed
from tests.sentences import given
from tests.unit.callback.examples import (
    CALLER,
    SERVICE,
    at_archived,
    at_closed,
    at_dissatisfied,
    at_due,
    at_reached,
    at_replied,
    at_satisfied,
    attempted,
    close,
    registered,
    reopened,
    satisfied,
    scheduled,
    second_due,
)


def test_a_satisfied_customer_closes_the_loop() -> None:
    given(SERVICE, *at_satisfied()).when(close()).then(ComplaintClosed, outcome="satisfied", by=CALLER.id, cycle=1)


def test_a_rejection_is_closed_the_same_way() -> None:
    given(SERVICE, *at_replied(), attempted(), satisfied()).when(close()).then(ComplaintClosed)


def test_closing_again_adds_nothing() -> None:
    given(SERVICE, *at_closed()).when(close()).then_nothing()
    given(SERVICE, *at_archived()).when(close()).then_nothing()


def test_a_dissatisfied_customer_is_never_closed_but_reopened() -> None:
    refusal = given(SERVICE, *at_dissatisfied()).when(close()).then_refused("dissatisfied_not_closed")
    assert "Reopen" in refusal.message


def test_without_a_call_that_reached_the_customer_nothing_closes() -> None:
    given(SERVICE, *at_due()).when(close()).then_refused("not_reached")
    given(SERVICE, *at_due(), attempted("no_answer")).when(close()).then_refused("not_reached")


def test_a_word_without_a_call_closes_nothing() -> None:
    given(SERVICE, *at_due(), satisfied()).when(close()).then_refused("not_reached")


def test_a_call_without_a_word_closes_nothing() -> None:
    given(SERVICE, *at_reached()).when(close()).then_refused("satisfaction_unknown")


@pytest.mark.parametrize(
    "known",
    [(registered(),), (registered(), scheduled(), attempted(), satisfied()), (*at_dissatisfied(), reopened())],
    ids=["registered", "no trigger", "reopened"],
)
def test_before_the_end_of_the_handling_has_arrived_one_waits(known: tuple[Event, ...]) -> None:
    refusal = given(SERVICE, *known).when(close()).then_refused("not_yet_seen")
    assert isinstance(refusal, NotYetSeen) and refusal.details["waiting_for"] == "resolution.concluded"


def test_of_a_complaint_that_nobody_registered_nothing_is_known() -> None:
    assert isinstance(given(SERVICE).when(close()).then_refused("unknown_complaint"), NotFound)


def test_an_earlier_cycles_satisfaction_closes_nothing() -> None:
    second = (*at_closed(), reopened(reason="new_facts"), *second_due())
    given(SERVICE, *second).when(close()).then_refused("not_reached")
    given(SERVICE, *second, attempted(cycle=2)).when(close()).then_refused("satisfaction_unknown")
    given(SERVICE, *second, attempted(cycle=2), satisfied(cycle=2)).when(close()).then(ComplaintClosed, cycle=2)


def test_it_is_contested_and_the_callers_alone() -> None:
    assert CloseComplaint.contested and CloseComplaint.may == ("callback_agent",)
