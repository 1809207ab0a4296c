"""改约回访 A time agreed with the customer: within their hours, before it is due, unless they ask otherwise (F44)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.callback.commands.reschedule import RescheduleCallback
from shared.decide import Actor
from shared.events.callback import CallbackRescheduled
from tests.sentences import given
from tests.unit.callback.examples import (
    CALLER,
    DUE,
    NOW,
    SERVICE,
    at_closed,
    at_due,
    at_satisfied,
    registered,
    reschedule,
    slot,
)

HOUR = timedelta(hours=1)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def test_a_time_within_the_customers_hours_is_agreed() -> None:
    agreed = reschedule(begin=local(5, 9), end=local(5, 11))
    given(SERVICE, *at_due()).when(agreed).then(
        CallbackRescheduled, begin=local(5, 9), end=local(5, 11), past_due=False, by=CALLER.id, cycle=1
    )


@pytest.mark.parametrize(("begin", "end"), [((5, 8), (5, 10)), ((5, 11), (5, 13)), ((5, 11), (5, 14, 30))])
def test_at_their_time_of_rest_only_if_they_ask(begin: tuple[int, ...], end: tuple[int, ...]) -> None:
    resting: dict[str, Any] = {"begin": local(*begin), "end": local(*end)}
    refusal = given(SERVICE, *at_due()).when(reschedule(**resting)).then_refused("outside_hours")
    assert refusal.details["zone"] == "Asia/Shanghai"
    given(SERVICE, *at_due()).when(reschedule(**resting, requested_by_customer=True)).then(CallbackRescheduled)


def test_past_due_only_if_they_ask() -> None:
    late: dict[str, Any] = {"begin": local(6, 9), "end": local(6, 10)}
    refusal = given(SERVICE, *at_due()).when(reschedule(**late)).then_refused("slot_past_due")
    assert refusal.details["due_at"] == DUE.isoformat()
    given(SERVICE, *at_due()).when(reschedule(**late, requested_by_customer=True)).then(
        CallbackRescheduled, past_due=True, requested_by_customer=True
    )


def test_a_time_that_begins_before_it_is_due_and_ends_after_is_past_due() -> None:
    across = reschedule(begin=DUE - HOUR, end=DUE + HOUR)
    given(SERVICE, *at_due()).when(across).then_refused("slot_past_due")
    given(SERVICE, *at_due()).when(reschedule(begin=DUE - HOUR, end=DUE)).then(CallbackRescheduled, past_due=False)


def test_nobody_waits_longer_than_four_hours() -> None:
    given(SERVICE, *at_due()).when(reschedule(begin=local(5, 14), end=local(5, 17))).then(CallbackRescheduled)
    for end in (local(5, 14), local(5, 13), local(5, 18, 1)):
        given(SERVICE, *at_due()).when(reschedule(begin=local(5, 14), end=end)).then_refused("slot_length")


@pytest.mark.parametrize("begin", [NOW + timedelta(days=1), NOW + timedelta(days=32, minutes=1)])
def test_it_is_still_to_come_and_within_a_month(begin: datetime) -> None:
    asked = reschedule(begin=begin, end=begin + HOUR, requested_by_customer=True)
    given(SERVICE, *at_due()).when(asked).then_refused("slot_when")


def test_agreed_twice_the_same_adds_nothing_and_another_time_takes_its_place() -> None:
    given(SERVICE, *at_due(), slot()).when(reschedule()).then_nothing()
    given(SERVICE, *at_due(), slot()).when(reschedule(begin=local(5, 9), end=local(5, 10))).then(CallbackRescheduled)


def test_a_zone_that_nobody_knows_is_corrected_first() -> None:
    nowhere = (registered(time_zone="Asia/Atlantis"), *at_due()[1:])
    given(SERVICE, *nowhere).when(reschedule()).then_refused("zone_unknown")


def test_only_who_may_call_agrees_on_a_time_and_only_while_a_call_is_due() -> None:
    assert RescheduleCallback.may == ("callback_agent",)
    handler = Actor("inv-mei", "callback_agent", "hotline")
    given(SERVICE, *at_due()).when(reschedule(handler)).then_refused("handled_the_case")
    given(SERVICE, registered()).when(reschedule()).then_refused("not_yet_seen")
    given(SERVICE, *at_satisfied()).when(reschedule()).then_refused("already_answered")
    given(SERVICE, *at_closed()).when(reschedule()).then_refused("closed")
