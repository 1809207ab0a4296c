"""Days and instants as complaint files write them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from closedloop.importing.rows import Unusable

EARLIEST: Final = date(1990, 1, 1)
"""Nothing was received before: an earlier date is a slip of the keyboard."""

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", re.ASCII)
_SLASHES = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d{2})", re.ASCII)
_YEAR_LAST = re.compile(r"(?P<day>\d{1,2})-(?P<month>\d{1,2})-(?P<year>\d{4})", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:?\d{2})", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was, as exactly as the file tells it."""

    day: date
    """As written."""
    at: datetime | None = None
    """In UTC; None where the file names the day only."""

    def until(self, latest: datetime) -> datetime:
        """The instant; of a day its noon in UTC, or `latest` if that is earlier, for it was no later than that."""
        return self.at or min(datetime.combine(self.day, time(12), UTC), latest)

    def is_after(self, other: "Moment") -> bool:
        """By the instants if both are told, else by the days as written."""
        if self.at is not None and other.at is not None:
            return self.at > other.at
        return self.day > other.day

    def __str__(self) -> str:
        return (self.at or self.day).isoformat()


def any_day(column: str, cell: str) -> date:
    """A day in one of five formats: `2019-09-24`; `2023-06-13T12:00:00-05:00`, of which the day as written counts (so
    its offset may be missing); with slashes month/day/year, the year with four or two digits (then 20..); with dashes
    and the year last day-month-year. Raises Unusable for other formats and days that do not exist.
    """
    if found := _ISO.fullmatch(cell) or _SLASHES.fullmatch(cell) or _YEAR_LAST.fullmatch(cell):
        year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
        return _existing(column, cell, year + 2000 if len(found["year"]) == 2 else year, month, day)
    return instant(column, f"{cell}Z" if _LOCAL.fullmatch(cell) else cell).date()


def iso_day(column: str, cell: str) -> date:
    """A day as `2019-09-24`, or an instant, of which the day as written counts. Raises Unusable."""
    if found := _ISO.fullmatch(cell):
        return _existing(column, cell, int(found["year"]), int(found["month"]), int(found["day"]))
    return instant(column, cell).date()


def instant(column: str, cell: str) -> datetime:
    """An instant by RFC 3339, with its offset. Raises Unusable."""
    if not _INSTANT.fullmatch(cell):
        if _LOCAL.fullmatch(cell):
            raise Unusable(
                f"'{column}' is {_quoted(cell)}, without a time zone. Add one, as in 2024-06-15T09:30:00+08:00."
            )
        raise Unusable(f"'{column}' is {_quoted(cell)}, not a date that is known here. Write it as 2024-06-15.")
    try:
        at = datetime.fromisoformat(cell.upper())
        at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unusable(f"'{column}' is {_quoted(cell)}: there is no such time. Correct it.") from None
    return at


def moment(column: str, cell: str, today: date) -> Moment:
    """A day as `2019-09-24`, or an instant with its offset, between EARLIEST and today. Raises Unusable."""
    day = iso_day(column, cell)
    at = instant(column, cell).astimezone(UTC) if has_time(cell) else None
    plausible(column, at.date() if at else day, today)
    return Moment(day, at)


def has_time(cell: str) -> bool:
    return not _ISO.fullmatch(cell)


def plausible(column: str, day: date, today: date) -> date:
    """The day, if it lies between EARLIEST and today. Raises Unusable."""
    if day > today:
        raise Unusable(f"'{column}' is {day.isoformat()}, in the future. Correct the date.")
    if day < EARLIEST:
        raise Unusable(f"'{column}' is {day.isoformat()}, before {EARLIEST.year}. Correct the date.")
    return day


def _existing(column: str, cell: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unusable(
            f"'{column}' is {_quoted(cell)}, read as year {year}, month {month}, day {day}: there is no such day. "
            "Correct the date, best as 2024-06-15."
        ) from None


def _quoted(cell: str) -> str:
    """Only what looks like a date is quoted: another cell may have slipped in here, with somebody's words in it."""
    return f"'{cell}'" if len(cell) <= 40 and re.fullmatch(r"[\dTtZz:+/., -]+", cell, re.ASCII) else "something else"
