"""What callback knows of a complaint after each fact."""

import pytest

from services.callback.state import FOLDS, LEARNS, Callback, Trigger
from shared.decide import Actor
from shared.events.base import Event
from shared.events.callback import FromCallback
from shared.reference.roles import READ_ALL
from tests.sentences import state_of
from tests.unit.callback.examples import (
    AGENT,
    CALLER,
    DUE,
    HANDLED_BY,
    INVESTIGATORS,
    LEAD,
    LEAD_ELSEWHERE,
    PERSON,
    SERVICE,
    at_archived,
    at_closed,
    at_due,
    at_reached,
    at_replied,
    at_satisfied,
    attempted,
    classified,
    concluded,
    deadline_passed,
    registered,
    reopened,
    replied,
)


def test_a_complaint_is_known_from_its_registration() -> None:
    assert state_of(SERVICE, registered()) == Callback(person=PERSON)


def test_a_classification_says_how_grave_and_how_open_and_only_ever_more_so() -> None:
    grave = classified(severity="special", restricted=True)
    for known in ((registered(), grave), (registered(), grave, classified()), (registered(), grave, *at_due()[1:])):
        state = state_of(SERVICE, *known)
        assert (state.severity, state.restricted) == ("special", True)
    assert state_of(SERVICE, registered(), classified()) == Callback(person=PERSON)


def test_a_case_restricted_while_the_callback_is_due_is_closed_to_others_at_once() -> None:
    state = state_of(SERVICE, *at_due(), classified(restricted=True))
    assert state.open_to(LEAD) and not state.open_to(LEAD_ELSEWHERE)


def test_a_conclusion_says_who_handled_it_and_where() -> None:
    state = state_of(SERVICE, registered(), concluded(severity="special", restricted=True))
    assert state.trigger == Trigger("resolution_concluded", HANDLED_BY, INVESTIGATORS)
    assert (state.severity, state.restricted, state.department) == ("special", True, "cards")


def test_a_courtesy_reply_has_no_responsible_department_and_no_investigators() -> None:
    state = state_of(SERVICE, registered(), replied(severity="special", restricted=True))
    assert state.trigger == Trigger("courtesy_reply", ("agent-lin", "triage-hua", "triage-bo"))
    assert (state.severity, state.restricted, state.department) == ("special", True, "")


def test_a_scheduled_callback_is_due() -> None:
    assert state_of(SERVICE, *at_due()).due_at == DUE


def test_only_a_try_that_reached_the_customer_counts_as_such() -> None:
    assert state_of(SERVICE, *at_due(), attempted("busy")).reached_by == ()
    assert state_of(SERVICE, *at_reached()).reached_by == (CALLER.id,)


def test_a_word_settles_the_cycle_at_its_instant() -> None:
    state = state_of(SERVICE, *at_satisfied())
    assert state.result == "satisfied" and list(state.settled) == [1]


def test_closing_and_what_follows() -> None:
    assert not state_of(SERVICE, *at_satisfied()).closed
    assert state_of(SERVICE, *at_closed()).closed
    state = state_of(SERVICE, *at_archived())
    assert (state.outcome, state.summarised, state.archived) == ("satisfied", True, True)


def test_a_reopening_leaves_nothing_of_the_cycle_but_when_it_was_settled_and_missed() -> None:
    state = state_of(SERVICE, *at_archived(), deadline_passed(), reopened(special=True))
    assert state == Callback(
        cycle=2,
        person=PERSON,
        severity="special",
        department="cards",
        settled=state_of(SERVICE, *at_archived()).settled,
        overdue=frozenset({1}),
    )


def test_a_reopening_without_a_result_settles_the_cycle() -> None:
    assert state_of(SERVICE, *at_due(), reopened()).settled == {1: reopened().at}


def test_severity_and_restriction_outlive_a_reopening() -> None:
    state = state_of(SERVICE, *at_due(severity="special", restricted=True), reopened(special=False))
    assert (state.severity, state.restricted) == ("special", True)
    assert state_of(SERVICE, *at_due(severity="special"), reopened(), concluded(cycle=2)).severity == "special"


@pytest.mark.parametrize("known", [at_due(restricted=True), at_replied(restricted=True)], ids=["concluded", "replied"])
def test_a_restricted_case_is_open_to_who_decides_on_all_and_to_the_callers(known: tuple[Event, ...]) -> None:
    state = state_of(SERVICE, *known)
    assert all(state.open_to(Actor("someone", role, "elsewhere")) for role in READ_ALL)
    assert state.open_to(CALLER)
    assert not state.open_to(AGENT) and not state.open_to(LEAD_ELSEWHERE)


def test_a_restricted_case_is_open_to_its_department() -> None:
    assert state_of(SERVICE, *at_due(restricted=True)).open_to(LEAD)
    assert state_of(SERVICE, *at_due()).open_to(AGENT)


def test_it_learns_only_what_others_state_and_no_reference_facts() -> None:
    assert not any(issubclass(event, FromCallback) for event in LEARNS)
    assert set(FOLDS) == {"complaint"}
