"""What the screens of callback show after each fact, and to whom."""

from datetime import timedelta

import pytest

from services.callback.views import callbacks, closures, satisfaction
from services.callback.views.callbacks import CallbackDue
from services.callback.views.closures import Closure
from services.callback.views.satisfaction import Satisfaction
from shared.decide import Actor
from shared.events.base import Event
from shared.projections.folding import Row
from shared.projections.view import View
from tests.rows import keys_shown, rows_of, shown
from tests.unit.callback.examples import (
    AGENT,
    CALLER,
    COMPLAINT,
    COMPLIANCE,
    DUE,
    INVESTIGATORS,
    LEAD,
    LEAD_ELSEWHERE,
    NOW,
    ROOMS,
    archived,
    at_archived,
    at_closed,
    at_dissatisfied,
    at_due,
    at_reached,
    at_replied,
    at_satisfied,
    attempted,
    classified,
    closed,
    concluded,
    deadline_passed,
    registered,
    reopened,
    satisfied,
    second_due,
    summarised,
)

KEY = str(COMPLAINT)


def callback(*events: Event) -> Row:
    return rows_of(callbacks.VIEW, COMPLAINT, *events)[KEY]


def closure(*events: Event) -> Row:
    return rows_of(closures.VIEW, COMPLAINT, *events)[KEY]


@pytest.mark.parametrize(
    ("events", "status"),
    [
        (at_due(), "due"),
        ((*at_due(), attempted("busy")), "attempting"),
        (at_reached(), "reached"),
        ((*at_reached(), attempted("busy")), "attempting"),
        (at_satisfied(), "satisfied"),
        (at_dissatisfied(), "dissatisfied"),
        ((*at_dissatisfied(), reopened()), "reopened"),
        ((*at_dissatisfied(), reopened(), *second_due()), "due"),
        (at_closed(), "closed"),
        ((*at_closed(), summarised()), "summarised"),
        (at_archived(), "archived"),
    ],
)
def test_a_callback_says_how_far_it_is(events: tuple[Event, ...], status: str) -> None:
    assert CallbackDue.model_validate(callback(*events)).status == status


def test_a_callback_shows_what_the_caller_needs() -> None:
    row = callback(*at_due(severity="special", restricted=True), attempted("busy"), attempted("no_answer"))
    assert CallbackDue.model_validate(row) == CallbackDue(
        complaint_id=COMPLAINT,
        status="attempting",
        due_at=DUE,
        overdue=False,
        missed=None,
        attempts=2,
        last_outcome="no_answer",
        last_attempt_at=NOW + timedelta(days=1),
        severity="special",
        restricted=True,
        department="cards",
        cycle=1,
        handled_by=["agent-lin", "triage-hua", "lead-ran", "inv-mei", "inv-tao"],
    )
    assert "inv-tao" in INVESTIGATORS


def test_a_courtesy_reply_shows_no_department() -> None:
    assert callback(*at_replied())["department"] is None


def test_a_missed_deadline_shows_and_stays() -> None:
    row = callback(*at_due(), deadline_passed(), attempted(), satisfied(at=DUE + timedelta(days=1)))
    assert (row["overdue"], row["missed"], row["status"]) == (True, 1, "satisfied")


def test_a_new_cycle_starts_counting_anew_but_forgets_no_missed_deadline() -> None:
    again = callback(*at_due(), deadline_passed(), attempted("busy"), reopened(special=True))
    assert (again["overdue"], again["missed"], again["attempts"], again["cycle"]) == (False, 1, 0, 2)
    assert (again["due_at"], again["last_outcome"], again["last_attempt_at"]) == (None, None, None)
    assert again["severity"] == "special"
    second = callback(*at_dissatisfied(), reopened(), *second_due(), attempted("busy", cycle=2))
    assert (second["attempts"], second["due_at"]) == (1, NOW + timedelta(days=13))


def test_an_earlier_cycles_late_breach_does_not_make_the_new_one_overdue() -> None:
    row = callback(*at_dissatisfied(), reopened(), *second_due(), deadline_passed(superseded=True))
    assert (row["overdue"], row["missed"]) == (False, 1)


def test_the_worklist_has_no_complaint_that_is_being_handled_again() -> None:
    one, worklist = callbacks.VIEW.questions
    assert one.where is not None and worklist.where is not None
    again = callback(*at_dissatisfied(), reopened())
    assert shown(one.where, again, CALLER) and not shown(worklist.where, again, CALLER)
    before = callback(concluded())
    assert not shown(one.where, before, CALLER) and not shown(worklist.where, before, CALLER)
    due = callback(*at_due())
    assert shown(one.where, due, CALLER) and shown(worklist.where, due, CALLER)


def test_the_worklist_has_no_complaint_that_is_closed() -> None:
    one, worklist = callbacks.VIEW.questions
    assert one.where is not None and worklist.where is not None
    for events in (at_closed(), (*at_closed(), summarised()), at_archived()):
        row = callback(*events)
        assert shown(one.where, row, CALLER) and not shown(worklist.where, row, CALLER)
    for events in (at_reached(), at_satisfied(), at_dissatisfied()):
        assert shown(worklist.where, callback(*events), CALLER)


def test_each_cycle_has_its_own_word() -> None:
    second = (*second_due(), attempted(cycle=2), satisfied(cycle=2))
    rows = rows_of(satisfaction.VIEW, COMPLAINT, *at_dissatisfied(), reopened(), *second)
    assert list(rows) == [KEY, f"{KEY}/1", f"{KEY}/2"]
    first, last = (Satisfaction.model_validate(row) for row in list(rows.values())[1:])
    assert (first.satisfied, first.words, first.cycle) == (False, "Still there", 1)
    assert last == Satisfaction(
        complaint_id=COMPLAINT,
        cycle=2,
        satisfied=True,
        timeliness=4,
        professionalism=5,
        effectiveness=4,
        attitude=5,
        words="Quick and kind",
        recorded_by=CALLER.id,
        recorded_at=NOW + timedelta(days=1),
    )


def test_a_closure_shows_how_it_ended() -> None:
    assert Closure.model_validate(closure(*at_archived())) == Closure(
        complaint_id=COMPLAINT,
        outcome="satisfied",
        closed_at=closed().at,
        cycles=1,
        cause="fee.unannounced",
        archived_at=archived().at,
        department="cards",
        restricted=False,
    )


def test_a_reopened_complaint_is_no_closure_until_it_closes_again() -> None:
    where = closures.VIEW.questions[0].where
    assert where is not None
    reopening = (*at_closed(), summarised(), reopened(reason="new_facts"))
    assert not shown(where, closure(*reopening), COMPLIANCE)
    again = closure(*reopening, *second_due(), closed(cycle=2))
    assert shown(where, again, COMPLIANCE)
    assert (again["cycles"], again["cause"]) == (2, None)


SEES = {LEAD: True, LEAD_ELSEWHERE: False, AGENT: False, COMPLIANCE: True, CALLER: True}
RESTRICTED = {
    "by the conclusion": at_due(restricted=True),
    "by the classification": (registered(), classified(restricted=True), *at_due()[1:]),
    "after the conclusion": (*at_due(), classified(restricted=True)),
    "in a later cycle": (*at_dissatisfied(), reopened(), classified(restricted=True, cycle=2), *second_due()),
}


def told(view: View, *before: Event) -> dict[str, Row]:
    """The view's rows once the customer has answered, and, where only that shows, once it is closed."""
    ended = (closed(),) if view is closures.VIEW else ()
    return rows_of(view, COMPLAINT, *before, attempted(), satisfied(), *ended)


@pytest.mark.parametrize("view", ROOMS.views, ids=lambda view: view.name)
@pytest.mark.parametrize("actor", SEES, ids=lambda actor: actor.id)
@pytest.mark.parametrize("restricted", RESTRICTED.values(), ids=RESTRICTED)
def test_a_restricted_case_shows_only_to_its_department_and_to_who_reads_all(
    view: View, actor: Actor, restricted: tuple[Event, ...]
) -> None:
    for question in view.questions:
        assert question.where is not None
        assert bool(keys_shown(question.where, told(view, *restricted), actor)) is SEES[actor]
        assert keys_shown(question.where, told(view, *at_due()), actor)


def test_a_restriction_hides_the_words_of_earlier_cycles_too() -> None:
    where = satisfaction.VIEW.questions[0].where
    assert where is not None
    open_case = told(satisfaction.VIEW, *at_dissatisfied(), reopened(), *second_due())
    assert keys_shown(where, open_case, AGENT) == [f"{KEY}/1"]
    restricted = told(satisfaction.VIEW, *RESTRICTED["in a later cycle"])
    assert keys_shown(where, restricted, AGENT) == []
    assert keys_shown(where, restricted, LEAD) == [f"{KEY}/1"]


def test_a_conclusion_that_rests_on_an_older_classification_lifts_nothing() -> None:
    row = callback(registered(), classified(severity="special", restricted=True), *at_due()[1:])
    assert (row["severity"], row["restricted"]) == ("special", True)


def test_callers_see_a_restricted_rejection_that_no_department_handles() -> None:
    for view in ROOMS.views:
        rows = told(view, *at_replied(restricted=True))
        for question in view.questions:
            assert question.where is not None
            assert keys_shown(question.where, rows, CALLER)
            assert not keys_shown(question.where, rows, LEAD)


@pytest.mark.parametrize("view", [satisfaction.VIEW, closures.VIEW], ids=lambda view: view.name)
def test_nothing_shows_before_it_happened(view: View) -> None:
    where = view.questions[0].where
    assert where is not None and not keys_shown(where, rows_of(view, COMPLAINT, *at_due()), COMPLIANCE)


def test_every_question_can_be_answered_from_its_columns() -> None:
    for view in ROOMS.views:
        columns = {column.name for column in view.columns}
        for question in view.questions:
            assert set(question.model.model_fields) <= columns
            assert {*question.filters, question.order} <= columns | {"key"}
