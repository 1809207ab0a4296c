"""Whether a history of calls can be put into one order that a single, unhurried object would have answered alike.

A search after Wing and Gong, with Lowe's memory of what was tried (G. Lowe, "Testing for linearizability", 2017): a
call may come next if no other call that is still to be placed had returned before it was made.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

_MOST = 2_000_000
"""Steps after which a search is given up: it then says neither yes nor no."""


class Undecided(Exception):
    """The history is too entangled to be searched within reason."""


@dataclass(frozen=True, slots=True)
class Call:
    """What one client asked and heard. `returned` is infinite where nobody knows when, or whether, it took effect.

    `must`: it did take effect; else, having never returned, it may have been lost on the way.
    """

    invoked: float
    returned: float
    asked: Any
    heard: Any
    must: bool = True

    @property
    def is_optional(self) -> bool:
        return self.returned == inf and not self.must


Step = Callable[[Any, Call], Iterable[Hashable]]
"""The states that the object may be in after this call was answered as it was; none: it could not have been."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`order`: the longest order that was found, as places in the history; `stuck`: what could not be placed."""

    ok: bool
    order: tuple[int, ...]
    stuck: tuple[Call, ...]


def linearizable(calls: Sequence[Call], initial: Hashable, step: Step) -> Verdict:
    """Search for an order. Raises Undecided."""
    calls = sorted(calls, key=lambda call: call.invoked)
    wanted = sum(1 << n for n, call in enumerate(calls) if not call.is_optional)
    tried: set[tuple[int, Hashable]] = {(0, initial)}
    open_ends: list[tuple[int, Hashable, tuple[int, ...]]] = [(0, initial, ())]
    longest: tuple[int, ...] = ()
    while open_ends:
        placed, state, order = open_ends.pop()
        if placed & wanted == wanted:
            return Verdict(True, order, ())
        longest = max(longest, order, key=len)
        # Later calls first, so that the one made first is on top and tried first.
        for n in reversed(_next(calls, placed)):
            for after in step(state, calls[n]):
                seen = (placed | 1 << n, after)
                if seen not in tried:
                    tried.add(seen)
                    open_ends.append((*seen, (*order, n)))
        if len(tried) > _MOST:
            raise Undecided(f"{len(calls)} calls, {len(tried)} states tried")
    stuck = tuple(call for n, call in enumerate(calls) if n not in longest and not call.is_optional)
    return Verdict(False, longest, stuck)


def _next(calls: Sequence[Call], placed: int) -> list[int]:
    """Calls of which nothing that is still to be placed had returned before they were made."""
    found: list[int] = []
    first_return = inf
    for n, call in enumerate(calls):
        if placed >> n & 1:
            continue
        if call.invoked > first_return:
            break
        found.append(n)
        first_return = min(first_return, call.returned)
    return found
