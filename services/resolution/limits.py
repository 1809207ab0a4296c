"""Rules with numbers: a remedy's digest, authority limits, and the sum one customer was given (N4, N5)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import takewhile
from typing import Any, TypedDict
from uuid import UUID

from services.resolution.state import Approval, Option, Resolution
from shared.decide import Command, Known, Refused
from shared.decide.service import Guard
from shared.events.envelope import canonical, instant
from shared.events.resolution import RemedyApproved, RemedyDeclined, RemedyReturned
from shared.events.vocabulary import Money, RemedyKind
from shared.packs.house import REMEDY_WINDOW
from shared.reference.limits import Table

APPROVING = ("department_lead", "approver", "higher_approver")
"""Roles that may approve at all; how much is in the table of limits."""


class Entry(TypedDict):
    """A remedy that was approved for a customer: its digest names complaint, cycle and option."""

    digest: str
    at: str
    minor: int


def remedy_digest(
    *,
    complaint: UUID,
    cycle: int,
    option: str,
    kind: RemedyKind,
    amount: Money,
    steps: Sequence[Money],
    execute_by: datetime,
) -> str:
    """SHA-256 (hex) over the terms in canonical bytes. Whatever would change what is paid changes it."""
    terms = {
        "complaint": str(complaint),
        "cycle": cycle,
        "option": option,
        "kind": kind,
        "amount": amount.model_dump(),
        "steps": [step.model_dump() for step in steps],
        "execute_by": instant(execute_by),
    }
    return sha256(canonical(terms)).hexdigest()


def customer_row(state: Resolution, option: Option) -> str | None:
    """The guard row that sums what this customer was given in this currency; None for a remedy without money."""
    if state.findings is None or not option.pays:
        return None
    return f"customer-total:{state.findings.person}:{option.amount.currency}"


def in_window(entries: Iterable[Entry], at: datetime) -> Iterator[Entry]:
    """The entries approved within REMEDY_WINDOW before an instant."""
    return (entry for entry in entries if datetime.fromisoformat(entry["at"]) > at - REMEDY_WINDOW)


def answered_for(state: Resolution, option: Option, entries: Sequence[Entry], at: datetime) -> Money:
    """The sum that an approval of this option answers for: itself, with all that was given before it.

    That is what was ever executed on this complaint, and what the customer was granted within the window; each remedy
    counts once. Entries stand in the order of their approvals, so what was approved after this one does not count:
    whoever approved that answered for the whole already, and this one would otherwise be stuck between the two.
    """
    earlier = takewhile(lambda entry: entry["digest"] != option.digest, entries)
    counted = {entry["digest"]: entry["minor"] for entry in in_window(earlier, at)}
    counted |= {digest: money.minor for digest, money in state.given if money.currency == option.amount.currency}
    counted[option.digest] = option.amount.minor
    return Money(minor=sum(counted.values()), currency=option.amount.currency)


def sufficient_role(table: Table, total: Money, department: str) -> str | None:
    """The approving role with the lowest limit that still covers the sum; None when nobody's does."""
    limits = {role: table.limit(role, department, total.currency).minor for role in APPROVING}
    return min((role for role in APPROVING if limits[role] >= total.minor), key=limits.__getitem__, default=None)


def authority(state: Resolution, option: Option, approval: Approval, known: Known, at: datetime) -> tuple[Money, str]:
    """The limit that covers this approval at an instant, and the name of the table in force.

    A remedy without money is within any limit. Raises Refused above_limit, NotYetSeen when limits may be stale.
    """
    table = known.limits().at(at)
    limit = table.limit(approval.role, approval.department, option.amount.currency)
    row = customer_row(state, option)
    if row is None:
        return limit, table.name
    total = answered_for(state, option, known.guards.get(row) or [], at)
    if total.minor > limit.minor:
        raise _above(limit, total, sufficient_role(table, total, approval.department))
    return limit, table.name


def _above(limit: Money, total: Money, role: str | None) -> Refused:
    whose = f"It takes an approval in the role {role}." if role else "Nobody's limit covers it: propose less."
    return Refused(
        "above_limit",
        f"With what this customer was already given, the remedy exceeds the approver's authority limit. {whose}",
        limit=limit.minor,
        total=total.minor,
        currency=limit.currency,
        needed_role=role,
    )


Touching = RemedyApproved | RemedyReturned | RemedyDeclined


def _touched(state: Resolution, event: Touching) -> str | None:
    option = state.option_of(event.digest)
    return customer_row(state, option) if option is not None else None


def _summed(value: list[Entry] | None, event: Touching) -> list[Entry]:
    """Entries in the order of approval, without those that left the window or whose approval died."""
    kept = [entry for entry in in_window(value or [], event.at) if entry["digest"] != event.digest]
    if isinstance(event, RemedyApproved):
        kept.append({"digest": event.digest, "at": instant(event.at), "minor": event.amount.minor})
    return kept


def _read(state: Resolution, command: Command, states: Mapping[str, Any]) -> tuple[str, ...]:
    """Whoever decides by the limits reads the sum as well: approval and execution."""
    if "limits:house" not in command.needs or state.remedy is None:
        return ()
    row = customer_row(state, state.remedy.option)
    return () if row is None else (row,)


GUARDS: tuple[Guard, ...] = (
    Guard("customer_total", (RemedyApproved, RemedyReturned, RemedyDeclined), _touched, _summed, _read),
)
"""Two approvals at once on two complaints of one customer compare and set this row, so that not both pass (N4)."""
