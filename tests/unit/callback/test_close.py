"""结案 The gate: in this very cycle reached and satisfied, given up by a lead, or answered for good (N1, N2, N24)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.callback.commands.close import CloseComplaint
from shared.decide import NotFound, NotYetSeen
from shared.events.base import Event
from shared.events.callback import ComplaintClosed
from shared.events.intake import WithdrawalDenied
from shared.events.vocabulary import SYSTEM
from tests.sentences import given
from tests.unit.callback.examples import (
    CALLER,
    HIGHER,
    LEAD_ELSEWHERE,
    NOW,
    OTHER_LEAD,
    SERVICE,
    TRIAGE,
    TRIGGER,
    at_archived,
    at_closed,
    at_dissatisfied,
    at_due,
    at_reached,
    at_reaffirmed,
    at_replied,
    at_satisfied,
    at_unreachable,
    attempted,
    audited,
    close,
    fact,
    in_error,
    referred,
    registered,
    reopened,
    review_decided,
    review_requested,
    satisfied,
    scheduled,
    second_due,
    withdrawal_requested,
    withdrawn,
)


def test_a_satisfied_customer_closes_the_loop() -> None:
    given(SERVICE, *at_satisfied()).when(close()).then(ComplaintClosed, outcome="satisfied", by=CALLER.id, cycle=1)


def test_a_rejection_is_closed_the_same_way() -> None:
    given(SERVICE, *at_replied(), attempted(), satisfied()).when(close()).then(ComplaintClosed)


def test_a_caller_closes_what_satisfied_and_nobody_else_does() -> None:
    for lead in (LEAD_ELSEWHERE, OTHER_LEAD):
        given(SERVICE, *at_satisfied()).when(close(lead)).then_refused("caller_closes")


def test_an_unreachable_customers_complaint_is_closed_by_a_lead() -> None:
    for lead in (LEAD_ELSEWHERE, OTHER_LEAD):
        given(SERVICE, *at_unreachable()).when(close(lead)).then(ComplaintClosed, outcome="unreachable", by=lead.id)
    given(SERVICE, *at_unreachable()).when(close()).then_refused("lead_closes")


def test_whoever_was_reached_after_all_is_not_closed_as_unreachable() -> None:
    after_all = (*at_unreachable(), attempted(at=NOW + timedelta(days=2)))
    given(SERVICE, *after_all).when(close(OTHER_LEAD)).then_refused("satisfaction_unknown")


def test_a_dissatisfied_customers_complaint_is_closed_by_a_lead_on_what_a_higher_approver_stands_by() -> None:
    given(SERVICE, *at_reaffirmed()).when(close(OTHER_LEAD)).then(ComplaintClosed, outcome="dissatisfied_final")
    given(SERVICE, *at_reaffirmed()).when(close()).then_refused("lead_closes")


def test_nobody_closes_on_their_own_last_word_or_their_own_calls() -> None:
    both = replace(OTHER_LEAD, id=HIGHER.id)
    given(SERVICE, *at_reaffirmed()).when(close(both)).then_refused("own_reaffirmation")
    caller = replace(OTHER_LEAD, id=CALLER.id)
    for known in (at_reaffirmed(), at_unreachable()):
        given(SERVICE, *known).when(close(caller)).then_refused("called_the_customer")
        deputy = replace(OTHER_LEAD, on_behalf_of=CALLER.id)
        given(SERVICE, *known).when(close(deputy)).then_refused("called_the_customer")


@pytest.mark.parametrize("known", [at_satisfied(), at_unreachable(), at_reaffirmed()])
def test_nobody_closes_what_they_handled(known: tuple[Event, ...]) -> None:
    given(SERVICE, *known).when(close(TRIAGE)).then_refused("handled_the_case")
    given(SERVICE, *known).when(close(replace(CALLER, on_behalf_of=TRIAGE.id))).then_refused("handled_the_case")


@pytest.mark.parametrize("known", [at_satisfied(), at_unreachable(), at_reaffirmed()])
def test_while_a_review_is_open_nothing_is_closed(known: tuple[Event, ...]) -> None:
    for who in (CALLER, OTHER_LEAD):
        given(SERVICE, *known, review_requested()).when(close(who)).then_refused("review_open")
    upheld = (*at_satisfied(), review_requested(), review_decided())
    given(SERVICE, *upheld).when(close()).then(ComplaintClosed)


def test_while_a_withdrawal_is_unanswered_one_waits() -> None:
    asked = (*at_satisfied(), withdrawal_requested())
    refusal = given(SERVICE, *asked).when(close()).then_refused("not_yet_seen")
    assert refusal.details["waiting_for"] == "complaint.withdrawal-denied"
    denied = fact(WithdrawalDenied, SYSTEM, 2, request=TRIGGER, reason="concluded")
    given(SERVICE, *asked, denied).when(close()).then(ComplaintClosed)


@pytest.mark.parametrize("end", [withdrawn(), referred(), in_error()], ids=["withdrawn", "referred", "in error"])
def test_what_intake_ended_is_not_closed_here(end: Event) -> None:
    refusal = given(SERVICE, registered(), end).when(close()).then_refused("ended")
    assert refusal.details["ending"] in refusal.message


def test_an_untrue_record_closes_nothing() -> None:
    untrue = (*at_satisfied(), audited(truthful=False, result_void=True))
    given(SERVICE, *untrue).when(close()).then_refused("not_reached")
    given(SERVICE, *at_unreachable(), audited(truthful=False, result_void=True)).when(close(OTHER_LEAD)).then_refused(
        "not_reached"
    )


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


def test_it_is_contested_and_for_callers_and_leads() -> None:
    assert CloseComplaint.contested and set(CloseComplaint.may) == {"callback_agent", "department_lead", "triage_lead"}
