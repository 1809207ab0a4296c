"""Rules with numbers: a remedy's digest, the sum one customer was given, and its guards (N4, N5, N6)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import takewhile
from typing import Any, TypedDict
from uuid import UUID

from services.resolution.remedy import Option, Remedy
from services.resolution.reversal import under
from services.resolution.state import Resolution
from shared.decide import Command, ComplaintCommand, Known, Taken
from shared.decide.service import Guard
from shared.events.envelope import canonical, instant
from shared.events.resolution import (
    OfferLapsed,
    RemedyApproved,
    RemedyDeclined,
    RemedyExecutionStarted,
    RemedyRejected,
    RemedyReturned,
    RemedyReversed,
    ReversalBooked,
    WithdrawalGranted,
)
from shared.events.vocabulary import Instalment, Money, RemedyKind
from shared.packs.house import CURRENCIES, REMEDY_WINDOW
from shared.reference.customers import file_subjects, files_of


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
    instalments: Sequence[Instalment] = (),
    settlement: bool = False,
) -> str:
    """SHA-256 (hex) over the terms in canonical bytes. Whatever would change what is paid changes it.

    Instalments and settlement stand in it only where there are any, so that every digest of before they were known
    stays what it is.
    """
    terms: dict[str, Any] = {
        "complaint": str(complaint),
        "cycle": cycle,
        "option": option,
        "kind": kind,
        "amount": amount.model_dump(),
        "steps": [step.model_dump() for step in steps],
        "execute_by": instant(execute_by),
    }
    if instalments:
        terms["instalments"] = [_instalment(each) for each in instalments]
    if settlement:
        terms["settlement"] = True
    return sha256(canonical(terms)).hexdigest()


def _instalment(each: Instalment) -> dict[str, Any]:
    not_before = instant(each.not_before) if each.not_before is not None else None
    return {"amount": each.amount.model_dump(), "not_before": not_before}


class SummingCommand(ComplaintCommand):
    """A command that asks what the customer was given: it reads the sums of all files that are theirs."""

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        person = states[self.subject_id()].person
        return file_subjects(person, states) if person else ()

    def summed(self, state: Resolution) -> Option | None:
        """The option that the sum is asked for."""
        return state.remedy.option if state.remedy else None


def sum_row(person: str, currency: str) -> str:
    """The guard row that sums what was given under one file of a customer, in one currency."""
    return f"customer-total:{person}:{currency}"


def in_window(entries: Iterable[Entry], at: datetime) -> Iterator[Entry]:
    """The entries approved within REMEDY_WINDOW before an instant."""
    return (entry for entry in entries if datetime.fromisoformat(entry["at"]) > at - REMEDY_WINDOW)


def approved_at(option: Option, own: Sequence[Entry]) -> str | None:
    """When it was approved, as far as the row says that would hold it; None if it is not."""
    return next((entry["at"] for entry in own if entry["digest"] == option.digest), None)


def until(entries: Iterable[Entry], when: str | None) -> list[Entry]:
    """Those approved by then, or all."""
    return [entry for entry in entries if when is None or entry["at"] <= when]


def answered_for(
    state: Resolution, option: Option, own: Sequence[Entry], others: Sequence[Entry], at: datetime
) -> Money:
    """The sum that an approval of this option answers for: itself, with all that was given before it.

    That is what was ever executed on this complaint, and what the customer was granted within the window under their
    own file (`own`) or one that was joined with it (`others`); each remedy counts once. Entries stand in the order of
    their approvals, so what was approved after this one does not count: whoever approved that answered for the whole
    already, and this one would otherwise be stuck between the two.
    """
    before = [*takewhile(lambda entry: entry["digest"] != option.digest, own)]
    before += until(others, approved_at(option, own))
    counted = {entry["digest"]: entry["minor"] for entry in in_window(before, at)}
    counted |= {digest: money.minor for digest, money in state.given if money.currency == option.amount.currency}
    counted[option.digest] = option.amount.minor
    return Money(minor=sum(counted.values()), currency=option.amount.currency)


def sum_of(state: Resolution, option: Option, known: Known, at: datetime) -> Money:
    """The same, from the rows that the command read. What carries no amount answers for nothing."""
    if not option.counts:
        return option.amount
    rows = [
        known.guards.get(sum_row(person, option.amount.currency)) or []
        for person in files_of(state.person, known.states)
    ]
    return answered_for(state, option, rows[0], [entry for row in rows[1:] for entry in row], at)


def given_in_other_currencies(state: Resolution, option: Option, known: Known, at: datetime) -> dict[str, int]:
    """By currency, in minor units: what is not in the sum of this option, and uses up a limit all the same. Else what
    is given in several currencies would have as many limits (N4).
    """
    if not option.counts:
        return {}
    people, own = files_of(state.person, known.states), option.amount.currency
    when = approved_at(option, known.guards.get(sum_row(people[0], own)) or [])
    sums: dict[str, int] = {}
    for currency in (each for each in CURRENCIES if each != own):
        rows = (known.guards.get(sum_row(person, currency)) or [] for person in people)
        before = in_window(until((entry for row in rows for entry in row), when), at)
        counted = {entry["digest"]: entry["minor"] for entry in before}
        counted |= {digest: money.minor for digest, money in state.given if money.currency == currency}
        sums[currency] = sum(counted.values())
    return {currency: minor for currency, minor in sums.items() if minor}


Ended = RemedyReturned | RemedyRejected | RemedyDeclined | OfferLapsed | WithdrawalGranted | ReversalBooked
_TOUCHING = (
    RemedyApproved, RemedyReturned, RemedyRejected, RemedyDeclined, OfferLapsed, WithdrawalGranted, ReversalBooked,
)  # fmt: skip


def _touched(state: Resolution, event: RemedyApproved | Ended) -> str | None:
    """The row in which the remedy of this fact counts: that of whoever's complaint it was when it was submitted."""
    if isinstance(event, ReversalBooked):
        reversal = under(state.reversals, event.entry)
        return sum_row(reversal.person, reversal.amount.currency) if reversal and event.receipt is not None else None
    remedy: Remedy | None = state.remedy
    if remedy is None or remedy.option.digest != event.digest or not remedy.option.counts:
        return None
    return sum_row(remedy.person, remedy.option.amount.currency)


def _summed(value: list[Entry] | None, event: RemedyApproved | Ended) -> list[Entry]:
    """Entries in the order of their last approval, without those that left the window, died or came back."""
    kept = [entry for entry in in_window(value or [], event.at) if entry["digest"] != event.digest]
    if isinstance(event, RemedyApproved) and event.step == event.of:
        kept.append({"digest": event.digest, "at": instant(event.at), "minor": event.amount.minor})
    return kept


def _read(state: Resolution, command: Command, states: Mapping[str, Any]) -> tuple[str, ...]:
    """Whoever decides by the sum reads it in all files of the customer, and in other currencies what was given."""
    option = command.summed(state) if isinstance(command, SummingCommand) else None
    if option is None or not option.counts:
        return ()
    currencies = dict.fromkeys((option.amount.currency, *CURRENCIES))
    return tuple(sum_row(person, each) for person in files_of(state.person, states) for each in currencies)


def _reference(state: Resolution, event: RemedyExecutionStarted | RemedyReversed) -> str:
    return f"payment:{event.payment if isinstance(event, RemedyExecutionStarted) else event.entry}"


def _used_once(value: dict[str, str] | None, event: RemedyExecutionStarted | RemedyReversed) -> dict[str, str]:
    if value is not None:
        raise Taken
    return {"digest": event.digest}


GUARDS: tuple[Guard, ...] = (
    Guard("customer_total", _TOUCHING, _touched, _summed, _read),
    Guard("payment_reference", (RemedyExecutionStarted, RemedyReversed), _reference, _used_once),
)
"""Two approvals at once on two complaints of one customer compare and set their row, so that not both pass (N4); and
under no reference is paid, or taken back, twice (N6).
"""
