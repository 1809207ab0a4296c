"""冲正 An executed remedy that somebody wants taken back, and how far that got."""

from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never

from services.resolution.remedy import Remedy
from shared.events.resolution import RemedyReversed, ReversalBooked, ReversalProposed, ReversalRefused
from shared.events.vocabulary import Money

OfReversal = ReversalProposed | ReversalRefused | RemedyReversed | ReversalBooked


@dataclass(frozen=True, slots=True)
class Reversal:
    """It outlives the cycle: the provider may book it after the complaint was reopened for it."""

    option: str
    digest: str
    amount: Money
    person: str
    """In whose sum the remedy counts."""
    cycle: int
    proposer: str
    proposers: frozenset[str]
    """Who proposed it, and in whose name."""
    executors: frozenset[str]
    entry: str | None = None
    ended: Literal["refused", "booked", "not_booked"] | None = None


Reversals = tuple[Reversal, ...]


def latest_of(reversals: Reversals, digest: str) -> Reversal | None:
    """The latest one of an executed remedy."""
    return next((each for each in reversed(reversals) if each.digest == digest), None)


def under(reversals: Reversals, entry: str) -> Reversal | None:
    """The one with this compensating entry."""
    return next((each for each in reversals if each.entry == entry), None)


def evolve_reversals(reversals: Reversals, event: OfReversal, remedy: Remedy | None) -> Reversals:
    match event:
        case ReversalProposed():
            return (*reversals, _of(event, remedy))
        case ReversalRefused():
            return _changed(reversals, latest_of(reversals, event.digest), ended="refused")
        case RemedyReversed():
            return _changed(reversals, latest_of(reversals, event.digest), entry=event.entry)
        case ReversalBooked():
            ended = "booked" if event.receipt is not None else "not_booked"
            return _changed(reversals, under(reversals, event.entry), ended=ended)
        case _:
            assert_never(event)


def _of(event: ReversalProposed, remedy: Remedy | None) -> Reversal:
    if remedy is None:
        raise ValueError("a remedy is to be taken back that was never on its way: this stream has a gap")
    return Reversal(
        option=event.option,
        digest=event.digest,
        amount=event.amount,
        person=remedy.person,
        cycle=event.cycle,
        proposer=event.by,
        proposers=frozenset(event.hands),
        executors=remedy.executors,
    )


def _changed(reversals: Reversals, one: Reversal | None, **changes: Any) -> Reversals:
    if one is None:
        raise ValueError("a reversal went on that nobody proposed: this stream has a gap")
    return tuple(replace(each, **changes) if each is one else each for each in reversals)
