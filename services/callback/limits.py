"""Rules with a number in them: when a callback is due, at which hours, what is audited, when a complaint is special."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.callback.state import Call
from shared.decide.service import Guard
from shared.events.vocabulary import Hours, Severity
from shared.packs.hours import UnknownZone, Window, last_permitted, windows, zone_of
from shared.packs.house import (
    CALL_HOURS,
    CALLBACK_AUDITED,
    CALLBACK_WITHIN,
    MAX_CYCLES_ORDINARY,
    UNREACHABLE_ATTEMPTS,
    UNREACHABLE_CHANNELS,
    UNREACHABLE_DAYS,
)

GUARDS: tuple[Guard, ...] = ()


def callback_due(triggered: datetime) -> datetime:
    """三天: 3 x 24 hours from the conclusion or the courtesy reply (handbook row F44, domain 1.4 gap 1)."""
    return triggered + CALLBACK_WITHIN


def hours_of(own: Hours | None) -> tuple[Hours, ...]:
    """The customer's own hours, or the house's (domain 1.4 gap 2)."""
    return CALL_HOURS if own is None else (own,)


def call_by(due: datetime, own: Hours | None, zone: str) -> datetime:
    """Before when they must be called: due in rest hours means before these begin (domain 1.4 gap 1).

    The due instant itself while nobody knows the zone: a callback is scheduled all the same.
    """
    try:
        return last_permitted(hours_of(own), zone_of(zone), due)
    except UnknownZone:
        return due


def call_windows(own: Hours | None, zone: str, since: datetime, until: datetime) -> tuple[Window, ...]:
    """When they may be called from `since` on and before `until`; none while nobody knows the zone."""
    try:
        return windows(hours_of(own), zone_of(zone), since, until)
    except UnknownZone:
        return ()


def special_in(cycle: int, severity: Severity) -> bool:
    """Special stays special, and from the second reopening on a complaint is special anyway (domain 4.3, loop 1)."""
    return severity == "special" or cycle > MAX_CYCLES_ORDINARY


def sampled(complaint: UUID | str, cycle: int) -> bool:
    """Whether an ordinary complaint's callback record is among those audited (F49).

    Decided by the complaint's id and cycle alone: nobody can choose, and everybody can check.
    """
    digest = hashlib.sha256(f"{complaint}/{cycle}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100 < CALLBACK_AUDITED


def must_be_audited(complaint: UUID | str, cycle: int, severity: Severity) -> bool:
    """All special ones, and a sample of the ordinary (F49; domain 4.3, loop 4)."""
    return severity == "special" or sampled(complaint, cycle)


def days_of(calls: Collection[Call], zone: ZoneInfo) -> int:
    """On how many of the customer's days they were tried."""
    return len({call.at.astimezone(zone).date() for call in calls})


def tried_enough(calls: Collection[Call], zone: ZoneInfo) -> bool:
    """Whether somebody may be given up as unreachable, as far as it can be counted (domain 4.2)."""
    return (
        len(calls) >= UNREACHABLE_ATTEMPTS
        and days_of(calls, zone) >= UNREACHABLE_DAYS
        and len({call.channel for call in calls}) >= UNREACHABLE_CHANNELS
    )
