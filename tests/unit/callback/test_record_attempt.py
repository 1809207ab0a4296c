"""回访记录 Who may call, when, and what the record must say (N8)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from services.callback.commands.record_attempt import RecordAttempt
from shared.decide import Actor, NotFound, NotYetSeen
from shared.events.base import Event
from shared.events.callback import CallbackAttempted
from shared.events.vocabulary import Hours
from tests.sentences import given
from tests.unit.callback.examples import (
    ACTIONS,
    CALLER,
    NOW,
    OTHER_CALLER,
    PERSON,
    SERVICE,
    at_closed,
    at_dissatisfied,
    at_due,
    at_reached,
    at_replied,
    at_satisfied,
    attempt,
    attempted,
    audited,
    concluded,
    corrected,
    in_error,
    referred,
    registered,
    reopened,
    scheduled,
    second_due,
    slot,
    withdrawn,
)


def test_a_caller_records_a_try_that_reached_the_customer() -> None:
    given(SERVICE, *at_due()).when(attempt()).then(
        CallbackAttempted,
        outcome="reached",
        channel="phone",
        recording="rec-2",
        no_recording_reason=None,
        notes=None,
        by=CALLER.id,
        cycle=1,
    )


@pytest.mark.parametrize("outcome", ["no_answer", "busy", "wrong_number", "refused", "asked_later"])
def test_a_try_that_failed_is_recorded_as_well(outcome: str) -> None:
    given(SERVICE, *at_due()).when(attempt(outcome=outcome)).then(CallbackAttempted, outcome=outcome)


def test_a_rejection_is_called_back_too() -> None:
    given(SERVICE, *at_replied()).when(attempt()).then(CallbackAttempted)


def test_notes_are_the_persons_data() -> None:
    (attempted,) = given(SERVICE, *at_due()).when(attempt(notes="Call again at six.")).then(CallbackAttempted)
    assert isinstance(attempted, CallbackAttempted) and attempted.notes is not None
    assert (attempted.notes.owner, attempted.notes.clear) == (PERSON, "Call again at six.")


def test_the_reason_for_no_recording_does_instead_of_one() -> None:
    by_letter = attempt(channel="letter", recording=None, no_recording_reason="not-a-call")
    given(SERVICE, *at_due()).when(by_letter).then(CallbackAttempted, no_recording_reason="not-a-call")


@pytest.mark.parametrize(
    "record",
    [{"recording": None}, {"recording": "rec-2", "no_recording_reason": "not-a-call"}],
    ids=["neither", "both"],
)
def test_recording_or_reason_exactly_one_of_them(record: dict[str, str | None]) -> None:
    given(SERVICE, *at_due()).when(attempt(**record)).then_refused("recording_or_reason")  # type: ignore[arg-type]


@pytest.mark.parametrize("who", ["agent-lin", "triage-hua", "lead-ran", "inv-mei", "inv-tao"])
def test_whoever_handled_or_investigated_the_case_does_not_call(who: str) -> None:
    given(SERVICE, *at_due()).when(attempt(Actor(who, "callback_agent", "hotline"))).then_refused("handled_the_case")


def test_nobody_calls_for_somebody_who_handled_the_case() -> None:
    given(SERVICE, *at_due()).when(attempt(replace(CALLER, on_behalf_of="lead-ran"))).then_refused("handled_the_case")


def test_whoever_judged_a_rejection_does_not_call() -> None:
    judge = Actor("triage-bo", "callback_agent", "centre")
    given(SERVICE, *at_replied()).when(attempt(judge)).then_refused("handled_the_case")


def test_of_a_complaint_that_nobody_registered_nothing_is_known() -> None:
    assert isinstance(given(SERVICE).when(attempt()).then_refused("unknown_complaint"), NotFound)


def test_before_the_handling_has_ended_one_waits() -> None:
    refusal = given(SERVICE, registered()).when(attempt()).then_refused("not_yet_seen")
    assert isinstance(refusal, NotYetSeen) and refusal.details["waiting_for"] == "resolution.concluded"


def test_in_the_next_cycle_one_waits_for_its_own_end() -> None:
    again = (*at_dissatisfied(), reopened())
    given(SERVICE, *again).when(attempt()).then_refused("not_yet_seen")
    later = attempt(at=NOW + timedelta(days=11))
    given(SERVICE, *again, *second_due()).when(later).then(CallbackAttempted, cycle=2)


def test_without_a_schedule_one_waits() -> None:
    refusal = given(SERVICE, registered(), concluded()).when(attempt()).then_refused("not_yet_seen")
    assert refusal.details["waiting_for"] == "callback.scheduled"


def test_once_the_customer_has_answered_nobody_calls_again() -> None:
    given(SERVICE, *at_satisfied()).when(attempt()).then_refused("already_answered")
    given(SERVICE, *at_dissatisfied()).when(attempt(OTHER_CALLER)).then_refused("already_answered")


def test_after_closing_nobody_calls() -> None:
    given(SERVICE, *at_closed()).when(attempt()).then_refused("closed")


def test_the_customer_may_be_reached_more_than_once() -> None:
    given(SERVICE, *at_reached()).when(attempt(OTHER_CALLER)).then(CallbackAttempted, by=OTHER_CALLER.id)


def test_whoever_handled_an_earlier_cycle_does_not_call_in_a_later_one() -> None:
    second = (*at_dissatisfied(), reopened(), concluded(cycle=2, handled_by=("lead-xu",), investigators=()))
    later = attempt(Actor("inv-mei", "callback_agent", "hotline"), at=NOW + timedelta(days=11))
    due = scheduled(cycle=2, handled_by=("lead-xu",))
    given(SERVICE, *second, due).when(later).then_refused("handled_the_case")


def test_whose_record_was_untrue_does_not_call_this_customer_again() -> None:
    untrue = (*at_satisfied(), audited(truthful=False, result_void=True))
    given(SERVICE, *untrue).when(attempt()).then_refused("record_untrue")
    given(SERVICE, *untrue).when(attempt(replace(OTHER_CALLER, on_behalf_of=CALLER.id))).then_refused("record_untrue")
    given(SERVICE, *untrue).when(attempt(OTHER_CALLER)).then(CallbackAttempted, by=OTHER_CALLER.id)
    again = (*untrue, reopened(reason="new_facts"), *second_due())
    given(SERVICE, *again).when(attempt(at=NOW + timedelta(days=11))).then_refused("record_untrue")


@pytest.mark.parametrize("end", [withdrawn(), referred(), in_error()], ids=["withdrawn", "referred", "in error"])
def test_nobody_is_called_about_what_intake_ended(end: Event) -> None:
    given(SERVICE, registered(), end).when(attempt()).then_refused("ended")


# The record is complete (F42, F44)


@pytest.mark.parametrize("missing", ["identified", "asked_permission", "stated_subject", "discussed", "thanked"])
def test_whoever_was_reached_was_told_who_calls_and_why_and_was_asked_heard_and_thanked(missing: str) -> None:
    done = tuple(action for action in ACTIONS if action != missing)
    refusal = given(SERVICE, *at_due()).when(attempt(actions=done)).then_refused("actions_missing")
    assert refusal.details["missing"] == [missing] and missing in refusal.message


def test_all_that_is_missing_is_named() -> None:
    refusal = given(SERVICE, *at_due()).when(attempt(actions=())).then_refused("actions_missing")
    assert len(refusal.details["missing"]) == 5


def test_a_try_that_failed_or_that_was_written_needs_no_standard_actions() -> None:
    given(SERVICE, *at_due()).when(attempt(outcome="busy", actions=())).then(CallbackAttempted, actions=())
    given(SERVICE, *at_due()).when(attempt(channel="email", actions=())).then(CallbackAttempted, channel="email")


def test_who_asked_to_be_called_later_may_say_when() -> None:
    when = NOW + timedelta(days=3)
    later = attempt(outcome="asked_later", call_again_at=when)
    given(SERVICE, *at_due()).when(later).then(CallbackAttempted, call_again_at=when)
    given(SERVICE, *at_due()).when(attempt(outcome="asked_later")).then(CallbackAttempted, call_again_at=None)
    given(SERVICE, *at_due()).when(attempt(call_again_at=when)).then_refused("nothing_to_call_again")


@pytest.mark.parametrize("days", [1, 2, 33])
def test_later_is_after_this_call_and_within_a_month(days: int) -> None:
    later = attempt(outcome="asked_later", call_again_at=NOW + timedelta(days=days))
    given(SERVICE, *at_due()).when(later).then_refused("call_again_when")


# When it was (F44, N8, N12)


def test_a_call_bears_the_time_when_it_was_made_and_may_be_entered_within_a_day() -> None:
    for hours in (0, 1, 2.5, 24):
        called_at = NOW + timedelta(days=2) - timedelta(hours=hours)
        given(SERVICE, *at_due()).when(attempt(called_at=called_at)).then(CallbackAttempted, at=called_at)


def test_a_call_is_not_entered_later_than_a_day_nor_before_it_was_made() -> None:
    long_ago = attempt(called_at=NOW + timedelta(hours=23))
    given(SERVICE, *at_due()).when(long_ago).then_refused("entered_too_late")
    to_come = attempt(called_at=NOW + timedelta(days=2, seconds=1))
    given(SERVICE, *at_due()).when(to_come).then_refused("called_in_future")


def test_a_call_from_before_the_end_of_the_handling_counts_for_nothing() -> None:
    before = attempt(called_at=NOW - timedelta(seconds=1), at=NOW + timedelta(hours=1))
    given(SERVICE, *at_due()).when(before).then_refused("called_too_early")


def test_the_same_call_entered_again_adds_nothing() -> None:
    again = attempt(called_at=attempted().at)
    given(SERVICE, *at_reached()).when(again).then_nothing()
    given(SERVICE, *at_reached()).when(attempt(OTHER_CALLER, called_at=attempted().at)).then(CallbackAttempted)


# At which hour (F44, N8)


def at_local(hour: int, minute: int = 0, zone: str = "Asia/Shanghai") -> datetime:
    return datetime(2026, 3, 4, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize("hour", [0, 3, 8, 12, 13, 20, 23])
def test_at_their_time_of_rest_nobody_is_called_and_one_is_told_when_to(hour: int) -> None:
    refusal = given(SERVICE, *at_due()).when(attempt(at=at_local(hour))).then_refused("outside_hours")
    begin = 9 if hour < 9 else 14
    expected = at_local(begin) if hour < 14 else at_local(9) + timedelta(days=1)
    assert datetime.fromisoformat(refusal.details["next_permitted"]) == expected
    assert (refusal.details["zone"], refusal.details["local_time"]) == ("Asia/Shanghai", f"{hour:02}:00")


@pytest.mark.parametrize("hour", [9, 11, 14, 19])
def test_at_other_times_they_are_called(hour: int) -> None:
    given(SERVICE, *at_due()).when(attempt(at=at_local(hour))).then(CallbackAttempted)


def test_what_counts_is_when_it_was_not_when_it_was_entered() -> None:
    entered_at_night = attempt(called_at=at_local(19), at=at_local(23))
    given(SERVICE, *at_due()).when(entered_at_night).then(CallbackAttempted)
    made_at_night = attempt(called_at=at_local(3), at=at_local(15))
    given(SERVICE, *at_due()).when(made_at_night).then_refused("outside_hours")


def test_it_is_the_clock_on_the_customers_wall() -> None:
    abroad = (registered(time_zone="America/New_York"), *at_due()[1:])
    given(SERVICE, *abroad).when(attempt(at=at_local(15))).then_refused("outside_hours")
    given(SERVICE, *abroad).when(attempt(at=at_local(15, zone="America/New_York"))).then(CallbackAttempted)
    moved = (*at_due(), corrected(field="time_zone", time_zone="America/New_York"))
    given(SERVICE, *moved).when(attempt(at=at_local(15))).then_refused("outside_hours")


def test_the_customers_own_hours_take_the_place_of_the_houses() -> None:
    evenings = (registered(call_hours=Hours(begin="20:30", end="22:00")), *at_due()[1:])
    given(SERVICE, *evenings).when(attempt(at=at_local(21))).then(CallbackAttempted)
    given(SERVICE, *evenings).when(attempt(at=at_local(10))).then_refused("outside_hours")
    given(SERVICE, *evenings, corrected(field="call_hours")).when(attempt(at=at_local(10))).then(CallbackAttempted)


def test_at_a_time_agreed_or_asked_for_they_are_called_whatever_the_hour() -> None:
    agreed = slot(begin=at_local(21), end=at_local(22))
    given(SERVICE, *at_due(), agreed).when(attempt(at=at_local(21, 30))).then(CallbackAttempted)
    given(SERVICE, *at_due(), agreed).when(attempt(at=at_local(22))).then_refused("outside_hours")
    asked = attempt(at=at_local(22), customer_requested=True)
    given(SERVICE, *at_due()).when(asked).then(CallbackAttempted, customer_requested=True)


@pytest.mark.parametrize("channel", ["letter", "email", "sms", "app"])
def test_what_is_written_wakes_nobody(channel: str) -> None:
    written = attempt(at=at_local(3), channel=channel, outcome="no_answer")
    given(SERVICE, *at_due()).when(written).then(CallbackAttempted, channel=channel)


def test_of_a_customer_whose_clock_nobody_knows_the_register_is_corrected_first() -> None:
    nowhere = (registered(time_zone="Asia/Atlantis"), *at_due()[1:])
    given(SERVICE, *nowhere).when(attempt(at=at_local(10))).then_refused("zone_unknown")
    given(SERVICE, *nowhere).when(attempt(at=at_local(10), channel="sms")).then(CallbackAttempted)


@pytest.mark.parametrize("wrong", [{"outcome": "perhaps"}, {"channel": "pigeon"}, {"notes": " "}, {"recording": "a b"}])
def test_the_record_is_made_of_known_words(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        attempt(**wrong)  # type: ignore[arg-type]


def test_only_callback_agents_may_ask() -> None:
    assert RecordAttempt.may == ("callback_agent",)
