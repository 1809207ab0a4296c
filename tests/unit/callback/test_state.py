"""What callback knows of a complaint after each fact."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from services.callback.state import FOLDS, LEARNS, Callback, Cycle, Trigger
from shared.decide import Actor
from shared.events.base import Event
from shared.events.callback import FromCallback
from shared.events.directory import StaffEvent
from shared.events.intake import ComplaintDowngraded, ComplaintEscalatedToSpecial, ComplaintReclassified
from shared.events.vocabulary import Hours
from shared.reference.roles import READ_ALL
from tests.sentences import state_of
from tests.unit.callback.examples import (
    AGENT,
    APPROVERS,
    CALLER,
    DUE,
    HANDLED_BY,
    INVESTIGATORS,
    LEAD,
    LEAD_ELSEWHERE,
    NOW,
    PERSON,
    SERVICE,
    TRIAGE,
    at_archived,
    at_closed,
    at_due,
    at_reached,
    at_replied,
    at_satisfied,
    attempted,
    classified,
    concluded,
    corrected,
    deadline_passed,
    external_decision,
    fact,
    not_established,
    referral_recorded,
    registered,
    reopened,
    replied,
    review_requested,
    said,
    taken_over,
)

KNOWN = Callback(person=PERSON, time_zone="Asia/Shanghai")


def test_a_complaint_is_known_from_its_registration() -> None:
    assert state_of(SERVICE, registered()) == KNOWN
    own = Hours(begin="18:00", end="20:00")
    assert state_of(SERVICE, registered(time_zone="Europe/London", call_hours=own)) == replace(
        KNOWN, time_zone="Europe/London", call_hours=own
    )


def test_a_correction_of_the_register_is_heeded() -> None:
    other = "person:00000000-0000-4000-8000-000000000000"
    evenings = Hours(begin="18:00", end="20:00")
    changes: dict[str, Any] = {"person": other, "time_zone": "Europe/London", "call_hours": evenings}
    for field, value in changes.items():
        right = corrected(field=field, **{field: value})
        assert getattr(state_of(SERVICE, registered(), right), field) == value
    own = registered(call_hours=evenings)
    assert state_of(SERVICE, own, corrected(field="call_hours")) == KNOWN
    assert state_of(SERVICE, registered(), corrected(field="contact", text=said("x"))) == KNOWN


def test_a_classification_says_how_grave_and_how_open_and_only_ever_more_so() -> None:
    grave = classified(severity="special", restricted=True)
    for known in ((registered(), grave), (registered(), grave, classified()), (registered(), grave, *at_due()[1:])):
        state = state_of(SERVICE, *known)
        assert (state.severity, state.restricted) == ("special", True)
    assert state_of(SERVICE, registered(), classified()) == KNOWN


def test_classified_anew_or_escalated_it_becomes_graver_and_only_openly_less_so() -> None:
    anew = fact(
        ComplaintReclassified, TRIAGE.id, 0, category="cards.fees", severity="special", explanation=said("Media")
    )
    escalated = fact(ComplaintEscalatedToSpecial, TRIAGE.id, 0, reasons=("media",))
    for graver in (anew, escalated):
        assert state_of(SERVICE, *at_due(), graver).severity == "special"
        downgraded = fact(ComplaintDowngraded, TRIAGE.id, 0, signed_off_by="comp-yi", reasons=said("A slip"))
        assert state_of(SERVICE, *at_due(), graver, downgraded).severity == "ordinary"


def test_a_case_restricted_while_the_callback_is_due_is_closed_to_others_at_once() -> None:
    state = state_of(SERVICE, *at_due(), classified(restricted=True))
    assert state.open_to(LEAD) and not state.open_to(LEAD_ELSEWHERE)


def test_a_conclusion_says_who_handled_it_who_decided_and_where() -> None:
    state = state_of(SERVICE, registered(), concluded(severity="special", restricted=True))
    assert state.now.trigger == Trigger("resolution_concluded", NOW, HANDLED_BY, INVESTIGATORS, APPROVERS)
    assert state.hands == {*HANDLED_BY, *INVESTIGATORS}
    assert (state.severity, state.restricted, state.department) == ("special", True, "cards")


def test_a_courtesy_reply_has_no_responsible_department_and_no_investigators() -> None:
    state = state_of(SERVICE, registered(), not_established(), replied(severity="special", restricted=True))
    handled_by = ("agent-lin", "triage-hua", "triage-bo")
    assert state.now.trigger == Trigger("courtesy_reply", NOW, handled_by, deciders=("triage-hua", "triage-bo"))
    assert (state.severity, state.restricted, state.department) == ("special", True, "")


def test_a_case_taken_over_brings_who_had_handled_it_and_where() -> None:
    state = state_of(SERVICE, registered(), taken_over())
    assert state.now.trigger == Trigger("taken_over", NOW, ("inv-mei", "agent-lin"))
    assert (state.department, state.hands) == ("cards", {"inv-mei", "agent-lin"})
    assert state_of(SERVICE, registered(), taken_over(stage="established")).now.trigger is None


def test_a_scheduled_callback_is_due() -> None:
    state = state_of(SERVICE, *at_due())
    assert (state.now.due_at, state.now.scheduled_at, state.deadlines) == (DUE, NOW, {1: DUE})


def test_only_a_try_that_reached_the_customer_counts_as_such() -> None:
    assert state_of(SERVICE, *at_due(), attempted("busy")).now.reached_by == ()
    assert state_of(SERVICE, *at_reached()).now.reached_by == (CALLER.id,)


def test_a_word_settles_the_cycle_at_its_instant() -> None:
    state = state_of(SERVICE, *at_satisfied())
    assert state.now.result == "satisfied" and list(state.settled) == [1]


def test_closing_and_what_follows() -> None:
    assert not state_of(SERVICE, *at_satisfied()).now.closed
    assert state_of(SERVICE, *at_closed()).now.closed
    now = state_of(SERVICE, *at_archived()).now
    assert (now.outcome, now.summarised, now.archived) == ("satisfied", True, True)


def test_a_reopening_leaves_nothing_of_the_cycle_but_who_acted_and_when_it_was_settled_and_missed() -> None:
    before = state_of(SERVICE, *at_archived(), deadline_passed())
    after = state_of(SERVICE, *at_archived(), deadline_passed(), reopened(special=True))
    assert after.now == Cycle()
    assert after == replace(before, cycle=2, severity="special", now=Cycle())
    assert (after.overdue, after.hands >= {*HANDLED_BY}, CALLER.id in after.acted) == (frozenset({1}), True, True)


def test_a_reopening_without_a_result_settles_the_cycle() -> None:
    assert state_of(SERVICE, *at_due(), reopened()).settled == {1: reopened().at}


def test_an_open_review_and_a_decision_from_outside_outlast_what_does_not_answer_them() -> None:
    known = (*at_closed(), review_requested(), referral_recorded(), external_decision())
    state = state_of(SERVICE, *known)
    assert (state.review, state.overruled) == ("review-1", True)
    after = state_of(SERVICE, *known, reopened(reason="remedy_reversed"))
    assert (after.review, after.overruled) == ("review-1", False)


def test_a_machine_is_nobody_who_acted() -> None:
    assert "system" not in state_of(SERVICE, *at_archived()).acted


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


def test_it_learns_only_what_others_state_and_knows_the_staff() -> None:
    assert not any(issubclass(event, FromCallback) for event in LEARNS)
    assert set(get_args(StaffEvent)) < LEARNS
    assert set(FOLDS) == {"complaint", "staff"}
