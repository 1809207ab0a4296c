"""回访记录 Who may call, when, and what the record must say (N8)."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from services.callback.commands.record_attempt import RecordAttempt
from shared.decide import Actor, NotFound, NotYetSeen
from shared.events.callback import CallbackAttempted
from tests.sentences import given
from tests.unit.callback.examples import (
    CALLER,
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
    concluded,
    registered,
    reopened,
    second_due,
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
    given(SERVICE, *again, *second_due()).when(attempt()).then(CallbackAttempted, cycle=2)


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


@pytest.mark.parametrize("wrong", [{"outcome": "perhaps"}, {"channel": "pigeon"}, {"notes": " "}, {"recording": "a b"}])
def test_the_record_is_made_of_known_words(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        attempt(**wrong)  # type: ignore[arg-type]


def test_only_callback_agents_may_ask() -> None:
    assert RecordAttempt.may == ("callback_agent",)
