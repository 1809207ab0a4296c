"""可呼时段 At which instants somebody may be called, by the clock that hangs on their own wall (F44; domain 1.4 gap 2).

Hours are times of day in a zone. An instant is permitted if the wall clock then shows a time within one of them: so it
is decided when clocks are put forward (the hour that is missing) and back (the hour that comes twice), east and west.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from shared.events.vocabulary import Hours

_LOOK = timedelta(days=4)
"""So far is looked for a permitted instant: more than a day that a zone skipped whole (Apia, 30 December 2011)."""
_PROBE = timedelta(hours=6)
"""No zone changes its offset twice within so short a time."""
_TICK = timedelta(microseconds=1)


class UnknownZone(Exception):
    """No such zone in this machine's database of time zones."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `begin` on and before `end`, in UTC."""

    begin: datetime
    end: datetime


@cache
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name, such as `Asia/Shanghai`. Raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a part of a name, such as `Asia`, is a directory
        raise UnknownZone(name) from None


def permits(hours: Sequence[Hours], zone: ZoneInfo, at: datetime) -> bool:
    """Whether the wall clock shows a time within the hours; their end is no longer within."""
    wall = at.astimezone(zone).time()
    return any(_within(wall, time.fromisoformat(each.begin), time.fromisoformat(each.end)) for each in hours)


def windows(hours: Sequence[Hours], zone: ZoneInfo, since: datetime, until: datetime) -> tuple[Window, ...]:
    """The permitted time from `since` on and before `until`, in order, with gaps between."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    turns = (turn for turn in _turns(hours, zone, since, until) if since < turn < until)
    found: list[Window] = []
    # From one turn to the next nothing changes, so the first instant speaks for all.
    for begin, end in pairwise(sorted({since, until, *turns})):
        if permits(hours, zone, begin):
            joined = bool(found) and found[-1].end == begin
            found.append(Window(found.pop().begin if joined else begin, end))
    return tuple(found)


def next_permitted(hours: Sequence[Hours], zone: ZoneInfo, at: datetime) -> datetime | None:
    """The first permitted instant at or after `at`; None if there is none within days."""
    return next((each.begin for each in windows(hours, zone, at, at + _LOOK)), None)


def last_permitted(hours: Sequence[Hours], zone: ZoneInfo, due: datetime) -> datetime:
    """Before which instant somebody must be called so that it happens by `due`: `due` itself, or the end of the hours
    before it. `due` too if nothing before it is permitted.
    """
    return next((each.end for each in reversed(windows(hours, zone, due - _LOOK, due))), due)


def _within(wall: time, begin: time, end: time) -> bool:
    """Hours that end when they begin, or earlier, go on until that time of the next day."""
    return begin <= wall < end if begin < end else wall >= begin or wall < end


def _turns(hours: Sequence[Hours], zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    """Every instant at which the answer may change, and some at which it does not."""
    first = since.astimezone(zone).date() - timedelta(days=1)
    texts = {text for each in hours for text in (each.begin, each.end)}
    for day in range((until - since).days + 4):
        for text in texts:
            wall = datetime.combine(first + timedelta(days=day), time.fromisoformat(text), zone)
            # The same time of day comes twice when clocks are put back.
            yield from (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    while since < until:
        probe = min(since + _PROBE, until)
        if _offset(zone, since) != _offset(zone, probe):
            yield _changed(zone, since, probe)
        since = probe


def _changed(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first instant of the offset that holds at `after` and not yet at `before`."""
    while after - before > _TICK:
        middle = before + (after - before) / 2
        if _offset(zone, middle) == _offset(zone, after):
            after = middle
        else:
            before = middle
    return after


def _offset(zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
