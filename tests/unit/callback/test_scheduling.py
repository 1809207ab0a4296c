"""安排回访 The end of the handling brings exactly one callback a cycle, due within three days (F44)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given as for_any
from hypothesis import strategies as st

from services.callback.limits import callback_due, special_in
from services.callback.reactions import (
    when_courtesy_reply_sent_schedule_callback,
    when_resolution_concluded_schedule_callback,
)
from shared.events.base import Event
from shared.events.callback import CallbackEvent, CallbackScheduled
from shared.events.intake import CourtesyReplySent
from shared.events.resolution import ResolutionConcluded
from shared.events.vocabulary import Severity
from tests.sentences import state_of
from tests.unit.callback.examples import (
    DUE,
    HANDLED_BY,
    INVESTIGATORS,
    NOW,
    SERVICE,
    TRIGGER,
    at_dissatisfied,
    at_due,
    at_replied,
    concluded,
    registered,
    reopened,
    replied,
)


def on(event: ResolutionConcluded | CourtesyReplySent, *before: Event, trigger: UUID = TRIGGER) -> list[CallbackEvent]:
    state = state_of(SERVICE, *before, event)
    if isinstance(event, CourtesyReplySent):
        return when_courtesy_reply_sent_schedule_callback(state, event, trigger)
    return when_resolution_concluded_schedule_callback(state, event, trigger)


def test_a_conclusion_schedules_the_callback() -> None:
    assert on(concluded(), registered()) == [
        CallbackScheduled(
            at=NOW,
            by="system",
            cycle=1,
            trigger=TRIGGER,
            trigger_kind="resolution_concluded",
            due_at=DUE,
            handled_by=HANDLED_BY,
            investigators=INVESTIGATORS,
        )
    ]


def test_a_courtesy_reply_schedules_one_too() -> None:
    (scheduled,) = on(replied(), registered())
    assert isinstance(scheduled, CallbackScheduled)
    assert (scheduled.trigger_kind, scheduled.due_at) == ("courtesy_reply", DUE)
    assert (scheduled.handled_by, scheduled.investigators) == (("agent-lin", "triage-hua", "triage-bo"), ())


def test_a_second_trigger_in_the_same_cycle_schedules_nothing() -> None:
    assert on(concluded(), *at_due()) == []
    assert on(replied(), *at_due()) == []
    assert on(concluded(), *at_replied()) == []


def test_the_first_trigger_of_a_cycle_counts() -> None:
    state = state_of(SERVICE, *at_replied(), concluded())
    assert state.trigger is not None and state.trigger.kind == "courtesy_reply"


def test_a_trigger_of_a_lower_cycle_schedules_nothing_and_counts_for_nothing() -> None:
    second = (*at_dissatisfied(), reopened())
    assert on(concluded(cycle=1), *second) == []
    assert on(replied(cycle=1), *second) == []
    assert state_of(SERVICE, *second, concluded(cycle=1)).trigger is None


def test_a_trigger_of_a_lower_cycle_schedules_nothing_in_the_place_of_the_current_one() -> None:
    waiting = (*at_dissatisfied(), reopened(), concluded(cycle=2))
    assert on(concluded(cycle=1), *waiting) == []


def test_a_trigger_that_was_not_learned_schedules_nothing() -> None:
    assert when_resolution_concluded_schedule_callback(state_of(SERVICE, registered()), concluded(), TRIGGER) == []


def test_the_next_cycle_has_a_callback_of_its_own() -> None:
    at = NOW + timedelta(days=10)
    (scheduled,) = on(concluded(cycle=2, at=at), *at_dissatisfied(), reopened())
    assert isinstance(scheduled, CallbackScheduled)
    assert (scheduled.cycle, scheduled.due_at) == (2, at + timedelta(days=3))


def test_each_reaction_answers_its_own_fact() -> None:
    assert {reaction.on for reaction in SERVICE.reactions} == {ResolutionConcluded, CourtesyReplySent}
    for reaction in SERVICE.reactions:
        event = concluded() if reaction.on is ResolutionConcluded else replied()
        (scheduled,) = reaction.react(state_of(SERVICE, registered(), event), event, TRIGGER)
        assert isinstance(scheduled, CallbackScheduled) and scheduled.trigger == TRIGGER


instants = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@for_any(instants)
def test_three_days_are_72_hours_at_whatever_time_of_the_year(at: datetime) -> None:
    assert (callback_due(at) - at).total_seconds() == 72 * 3600


@for_any(st.integers(1, 1000), st.sampled_from(["ordinary", "special"]))
def test_special_stays_special_and_the_third_cycle_is_special_anyway(cycle: int, severity: Severity) -> None:
    assert special_in(cycle, severity) is (severity == "special" or cycle >= 3)
