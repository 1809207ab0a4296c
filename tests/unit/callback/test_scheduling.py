"""安排回访 The end of the handling brings exactly one callback a cycle, due within three days (F44)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.callback.limits import callback_due, special_in
from services.callback.reactions import (
    when_complaint_taken_over_schedule_callback,
    when_courtesy_reply_sent_schedule_callback,
    when_registration_corrected_tell_new_hours,
    when_resolution_concluded_schedule_callback,
)
from shared.events.base import Event
from shared.events.callback import CallbackEvent, CallbackHoursChanged, CallbackScheduled
from shared.events.intake import (
    ComplaintReferred,
    ComplaintTakenOver,
    CourtesyReplySent,
    RegisteredInError,
    RegistrationCorrected,
    WithdrawalConfirmed,
    WithdrawalDisputed,
)
from shared.events.resolution import RemedyReversed, ResolutionConcluded
from shared.events.vocabulary import Hours, Severity
from tests.sentences import state_of
from tests.unit.callback.examples import (
    DUE,
    HANDLED_BY,
    INVESTIGATORS,
    NOW,
    SERVICE,
    TRIGGER,
    at_closed,
    at_dissatisfied,
    at_due,
    at_replied,
    attempted,
    audited,
    concluded,
    corrected,
    registered,
    reopened,
    replied,
    said,
    scheduled,
    slot,
    taken_over,
)


def on(
    event: ResolutionConcluded | CourtesyReplySent | ComplaintTakenOver, *before: Event, trigger: UUID = TRIGGER
) -> list[CallbackEvent]:
    state = state_of(SERVICE, *before, event)
    if isinstance(event, ComplaintTakenOver):
        return when_complaint_taken_over_schedule_callback(state, event, trigger)
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
            call_by=DUE,
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
    assert state.now.trigger is not None and state.now.trigger.kind == "courtesy_reply"


def test_a_trigger_of_a_lower_cycle_schedules_nothing_and_counts_for_nothing() -> None:
    second = (*at_dissatisfied(), reopened())
    assert on(concluded(cycle=1), *second) == []
    assert on(replied(cycle=1), *second) == []
    assert state_of(SERVICE, *second, concluded(cycle=1)).now.trigger is None


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


def test_what_another_system_had_resolved_is_called_back_from_here() -> None:
    (due,) = on(taken_over(), registered())
    assert isinstance(due, CallbackScheduled)
    assert (due.trigger_kind, due.due_at, due.handled_by) == ("taken_over", DUE, ("inv-mei", "agent-lin"))
    assert on(taken_over(), registered(), taken_over(), scheduled(trigger_kind="taken_over")) == []


@pytest.mark.parametrize("stage", ["acknowledged", "established"])
def test_what_it_had_not_resolved_is_called_back_once_it_is_here(stage: str) -> None:
    earlier = taken_over(stage=stage)
    assert on(earlier, registered()) == []
    (due,) = on(concluded(handled_by=("lead-xu",), investigators=()), registered(), earlier)
    assert isinstance(due, CallbackScheduled)
    assert due.handled_by == ("lead-xu", "agent-lin", "inv-mei")


def test_whoever_handled_an_earlier_cycle_or_told_an_untruth_is_told_apart_in_a_later_one() -> None:
    known = (*at_due(), attempted(by="call-old"), audited(caller="call-old", truthful=False), reopened())
    (due,) = on(concluded(cycle=2, handled_by=("lead-xu",), investigators=("inv-ye",)), *known)
    assert isinstance(due, CallbackScheduled) and due.investigators == ("inv-ye",)
    assert due.handled_by == ("lead-xu", "agent-lin", "call-old", "inv-mei", "inv-tao", "lead-ran", "triage-hua")


# 可呼时段 Before when it must be made (gap 1)


@pytest.mark.parametrize(
    ("register", "by"),
    [
        ({}, DUE),
        ({"time_zone": "America/New_York"}, DUE - timedelta(hours=8)),
        ({"time_zone": "Pacific/Auckland"}, DUE - timedelta(hours=2)),
        ({"call_hours": Hours(begin="20:30", end="22:00")}, DUE - timedelta(hours=19)),
        ({"time_zone": "Asia/Atlantis"}, DUE),
    ],
    ids=["in hours", "at four in the morning", "at ten in the evening", "before own hours", "nobody knows where"],
)
def test_due_in_rest_hours_means_before_they_begin(register: dict[str, Any], by: datetime) -> None:
    (due,) = on(concluded(), registered(**register))
    assert isinstance(due, CallbackScheduled) and (due.due_at, due.call_by) == (DUE, by)


def test_another_clock_is_another_instant_to_call_by() -> None:
    moved = corrected(field="time_zone", time_zone="America/New_York")
    state = state_of(SERVICE, *at_due(), moved)
    (told,) = when_registration_corrected_tell_new_hours(state, moved)
    assert told == CallbackHoursChanged(at=moved.at, by="system", cycle=1, call_by=DUE - timedelta(hours=8))
    evenings = corrected(field="call_hours", call_hours=Hours(begin="20:30", end="22:00"))
    (told,) = when_registration_corrected_tell_new_hours(state_of(SERVICE, *at_due(), evenings), evenings)
    assert isinstance(told, CallbackHoursChanged) and told.call_by == DUE - timedelta(hours=19)


@pytest.mark.parametrize(
    "known", [(registered(),), (*at_due(), slot()), at_dissatisfied(), at_closed()], ids=lambda known: str(len(known))
)
def test_where_no_call_is_awaited_or_its_time_is_agreed_nothing_changes(known: tuple[Event, ...]) -> None:
    moved = corrected(field="time_zone", time_zone="America/New_York")
    assert when_registration_corrected_tell_new_hours(state_of(SERVICE, *known, moved), moved) == []


def test_other_corrections_tell_no_hours() -> None:
    other = corrected(field="contact", text=said("+86 21 5555 0000"))
    assert when_registration_corrected_tell_new_hours(state_of(SERVICE, *at_due(), other), other) == []


def test_each_reaction_answers_its_own_fact() -> None:
    assert {reaction.on for reaction in SERVICE.reactions} == {
        ResolutionConcluded, CourtesyReplySent, ComplaintTakenOver, RegistrationCorrected, RemedyReversed,
        WithdrawalDisputed, WithdrawalConfirmed, ComplaintReferred, RegisteredInError,
    }  # fmt: skip
    for event in (concluded(), replied(), taken_over()):
        (reaction,) = (each for each in SERVICE.reactions if each.on is type(event))
        (scheduled,) = reaction.react(state_of(SERVICE, registered(), event), event, TRIGGER)
        assert isinstance(scheduled, CallbackScheduled) and scheduled.trigger == TRIGGER


instants = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@for_any(instants)
def test_three_days_are_72_hours_at_whatever_time_of_the_year(at: datetime) -> None:
    assert (callback_due(at) - at).total_seconds() == 72 * 3600


@for_any(st.integers(1, 1000), st.sampled_from(["ordinary", "special"]))
def test_special_stays_special_and_the_third_cycle_is_special_anyway(cycle: int, severity: Severity) -> None:
    assert special_in(cycle, severity) is (severity == "special" or cycle >= 3)
