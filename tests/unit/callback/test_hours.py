"""可呼时段 Whether somebody may be called is decided by their own wall clock, also where it jumps (F44)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from shared.events.vocabulary import Hours
from shared.packs.hours import UnknownZone, last_permitted, next_permitted, permits, windows, zone_of
from shared.packs.house import CALL_HOURS

ZONES = (
    "Asia/Shanghai", "Asia/Kolkata", "Europe/London", "America/New_York", "America/St_Johns", "Australia/Lord_Howe",
    "Pacific/Apia", "Pacific/Kiritimati", "Africa/Casablanca", "Etc/GMT+12",
)  # fmt: skip
DAY = timedelta(days=1)

zones = st.sampled_from(ZONES).map(zone_of)
instants = st.datetimes(datetime(2005, 1, 1), datetime(2037, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001 -- given its zone at once
times = st.times().map(lambda at: f"{at.hour:02}:{at.minute:02}")
own_hours = st.builds(Hours, begin=times, end=times).map(lambda hours: (hours,))
some_hours = st.one_of(st.just(CALL_HOURS), own_hours)


def local(zone: str, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)  # type: ignore[misc,arg-type]


@for_any(some_hours, zones, instants, st.timedeltas(timedelta(0), 5 * DAY), st.floats(0, 1))
def test_windows_hold_every_permitted_instant_and_no_other(
    hours: tuple[Hours, ...], zone: ZoneInfo, since: datetime, length: timedelta, share: float
) -> None:
    found = windows(hours, zone, since, since + length)
    at = since + length * share
    inside = any(window.begin <= at < window.end for window in found)
    assert at >= since + length or inside is permits(hours, zone, at)


@for_any(some_hours, zones, instants, st.timedeltas(timedelta(0), 5 * DAY))
def test_windows_follow_each_other_with_rest_between(
    hours: tuple[Hours, ...], zone: ZoneInfo, since: datetime, length: timedelta
) -> None:
    found = windows(hours, zone, since, since + length)
    assert all(since <= window.begin < window.end <= since + length for window in found)
    assert all(one.end < other.begin for one, other in pairwise(found))


@for_any(some_hours, zones, instants, st.floats(0, 1, exclude_max=True))
def test_the_next_permitted_instant_is_permitted_and_none_before_it_is(
    hours: tuple[Hours, ...], zone: ZoneInfo, at: datetime, share: float
) -> None:
    found = next_permitted(hours, zone, at)
    assert found is None or (found >= at and permits(hours, zone, found))
    between = at + ((found or at + 4 * DAY) - at) * share
    assert between in (at, found) or not permits(hours, zone, between)
    assert (found == at) is permits(hours, zone, at)


@for_any(zones, instants, st.floats(0, 1))
def test_whoever_calls_before_the_last_permitted_instant_calls_before_it_is_due(
    zone: ZoneInfo, due: datetime, share: float
) -> None:
    last = last_permitted(CALL_HOURS, zone, due)
    assert due - 4 * DAY < last <= due
    assert permits(CALL_HOURS, zone, last - timedelta(microseconds=1))
    between = last + (due - last) * share
    assert between == due or not permits(CALL_HOURS, zone, between)


@for_any(instants, zones)
def test_the_house_calls_only_within_nine_to_twelve_and_two_to_eight(at: datetime, zone: ZoneInfo) -> None:
    wall = at.astimezone(zone)
    assert permits(CALL_HOURS, zone, at) is (9 <= wall.hour < 12 or 14 <= wall.hour < 20)


def test_the_same_instant_is_noon_in_one_place_and_night_in_another() -> None:
    at = local("Asia/Shanghai", 2026, 3, 2, 15)
    assert permits(CALL_HOURS, zone_of("Asia/Shanghai"), at)
    assert not permits(CALL_HOURS, zone_of("America/New_York"), at)
    assert next_permitted(CALL_HOURS, zone_of("America/New_York"), at) == local("America/New_York", 2026, 3, 2, 9)


def test_a_callback_due_at_night_is_made_the_evening_before() -> None:
    night = local("Asia/Shanghai", 2026, 3, 5, 3)
    assert last_permitted(CALL_HOURS, zone_of("Asia/Shanghai"), night) == local("Asia/Shanghai", 2026, 3, 4, 20)
    day = local("Asia/Shanghai", 2026, 3, 5, 15)
    assert last_permitted(CALL_HOURS, zone_of("Asia/Shanghai"), day) == day


def test_when_clocks_go_forward_the_hour_that_is_missing_has_no_minute_to_call_in() -> None:
    zone, hours = zone_of("America/New_York"), (Hours(begin="02:15", end="02:45"),)
    before = local("America/New_York", 2026, 3, 8, 1)  # 02:00 is 03:00
    assert next_permitted(hours, zone, before) == local("America/New_York", 2026, 3, 9, 2, 15)
    longer = (Hours(begin="02:30", end="03:30"),)
    (window,) = windows(longer, zone, before, before + timedelta(hours=6))
    assert (window.begin, window.end) == (
        local("America/New_York", 2026, 3, 8, 3),
        local("America/New_York", 2026, 3, 8, 3, 30),
    )


def test_when_clocks_go_back_the_hour_that_comes_twice_is_permitted_twice() -> None:
    zone, hours = zone_of("America/New_York"), (Hours(begin="01:15", end="01:45"),)
    since = local("America/New_York", 2026, 11, 1, 0)
    first, second = windows(hours, zone, since, since + timedelta(hours=8))
    assert first.begin == local("America/New_York", 2026, 11, 1, 1, 15)
    assert second.begin == local("America/New_York", 2026, 11, 1, 1, 15, fold=1)
    assert second.begin - first.begin == timedelta(hours=1)


def test_a_day_that_a_place_skipped_has_no_hours_and_hides_none_of_the_next() -> None:
    at = local("Pacific/Apia", 2011, 12, 29, 21)
    assert next_permitted(CALL_HOURS, zone_of("Pacific/Apia"), at) == local("Pacific/Apia", 2011, 12, 31, 9)


def test_hours_may_run_past_midnight_or_round_the_clock() -> None:
    zone = zone_of("Asia/Shanghai")
    late = (Hours(begin="21:00", end="01:00"),)
    assert permits(late, zone, local("Asia/Shanghai", 2026, 3, 2, 23)) and not permits(
        late, zone, local("Asia/Shanghai", 2026, 3, 2, 1)
    )
    always, at = (Hours(begin="00:00", end="00:00"),), local("Asia/Shanghai", 2026, 3, 2, 3)
    assert [(each.begin, each.end) for each in windows(always, zone, at, at + 2 * DAY)] == [(at, at + 2 * DAY)]


@pytest.mark.parametrize("name", ["Asia/Atlantis", "Asia", "Nowhere", "../Asia/Shanghai", ""])
def test_a_zone_that_nobody_knows_is_said_to_be_unknown(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone_of(name)
