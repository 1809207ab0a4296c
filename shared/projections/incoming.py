"""A record on its way into a subscriber, and what to do with it: take, drop as a double, or park.

Told from headers and turn alone, so that what a subscriber does not want is never parsed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from shared.eventlog.protocol import Record

Reason = Literal["gap", "behind", "broken", "unknown_type", "malformed"]
Turn = Literal["next", "double", "early", "forged"]
"""Where a record stands in its stream: the next version; one that was there already; one whose predecessor is still
missing; one that does not continue the chain."""
Stream = tuple[str, str]
"""(subject, source)."""


class Incoming(NamedTuple):
    """A record with what its headers say; `payload` is what the subscriber made of it, or why it could not.

    A tuple, as the others that are made for every single event: they take a fraction of a frozen dataclass's time.
    """

    record: Record
    source: str
    version: int
    type: str
    turn: Turn = "next"
    fills: bool = False
    """An earlier record waited for this one."""
    payload: Any = None
    error: str | None = None

    @property
    def subject(self) -> str:
        return self.record.key

    @property
    def stream(self) -> Stream:
        return (self.record.key, self.source)


def incoming(record: Record) -> Incoming:
    """What the headers say. Version 0 stands for a record that is not one of ours."""
    headers = dict(record.headers)
    try:
        return Incoming(record, headers["source"].decode(), int(headers["version"]), headers["type"].decode())
    except (KeyError, ValueError):
        return Incoming(record, "", 0, "", error="headers")


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that waits, and why."""

    item: Incoming
    reason: Reason


@dataclass(slots=True)
class Sorted:
    """What comes of a batch."""

    taken: list[Incoming] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    healed: set[str] = field(default_factory=set)
    """Subjects of which something came that was missing, perhaps: what is parked of them can be tried again."""


def sort_out(items: Iterable[Incoming], waiting: Mapping[str, Reason]) -> Sorted:
    """Decide about each item in order. `waiting`: subjects with something parked, and the reason of the first.

    Pure. Later events of a parked subject wait behind it, across sources: an effect must not pass its parked cause.
    """
    result = Sorted()
    waiting = dict(waiting)
    for item in items:
        reason = waiting.get(item.subject)
        if item.turn == "double":
            continue
        if (why := _broken(item)) is not None and (reason is None or item.turn != "early"):
            waiting.setdefault(item.subject, why)
            result.parked.append(Parked(item, why))
        elif item.turn == "next" and (reason is None or reason == "gap"):
            result.taken.append(item)
            if reason == "gap":
                result.healed.add(item.subject)
        else:
            waiting.setdefault(item.subject, "gap")
            result.parked.append(Parked(item, "gap" if reason is None else "behind"))
    return result


def _broken(item: Incoming) -> Reason | None:
    if item.version == 0:
        return "malformed"
    if item.turn == "forged":
        return "broken"
    if item.error is None:
        return None
    return "unknown_type" if item.error == "unknown_type" else "broken"
