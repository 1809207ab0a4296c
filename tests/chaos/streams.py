"""The command history of each case at each service, completed by what the store knows, and judged."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

from shared.decide.command import SYSTEM_ACTOR
from tests.chaos.linear import Call, Undecided, linearizable
from tests.chaos.register import Heard, Register, Wish, step
from tests.chaos.store import Kept, Store

_AT_THE_END = 1e12


def judged(stores: Mapping[str, Store], calls: Mapping[tuple[str, str], Sequence[Call]]) -> tuple[list[str], int]:
    """A sentence for each case whose history fits no order; and how many calls were looked at."""
    wrong, looked_at = [], 0
    by_the_system = {name: _by_the_system(store) for name, store in stores.items()}
    for (service, subject), heard in calls.items():
        store = stores[service]
        own = by_the_system[service]
        history = [*_completed(heard, store, subject), *own.calls[subject], _at_the_end(own.last[subject])]
        looked_at += len(heard)
        try:
            verdict = linearizable(history, Register(), step)
        except Undecided as why:
            wrong.append(f"{service} {subject}: undecided, {why}")
            continue
        if not verdict.ok:
            stuck = "; ".join(f"{call.asked} heard {call.heard}" for call in verdict.stuck[:4])
            wrong.append(f"{service} {subject}: {len(verdict.stuck)} of {len(history)} fit nowhere, first: {stuck}")
    return wrong, looked_at


class _System:
    """What the system stated by itself, as calls that nobody saw begin or end; and the last version of each case."""

    def __init__(self) -> None:
        self.calls: dict[str, list[Call]] = defaultdict(list)
        self.last: Counter[str] = Counter()


def _by_the_system(store: Store) -> _System:
    found = _System()
    for row in store.own:
        found.last[row.subject] = max(found.last[row.subject], row.version)
        if row.envelope.role == SYSTEM_ACTOR.role:
            found.calls[row.subject].append(_unseen(row))
    return found


def _unseen(row: Kept) -> Call:
    return Call(0.0, inf, Wish(), Heard("written", row.version, 1))


def _at_the_end(version: int) -> Call:
    """Whoever looks after everything sees what the store holds."""
    return Call(_AT_THE_END, _AT_THE_END + 1, Wish(if_match=-1), Heard("changed", version))


def _completed(calls: Sequence[Call], store: Store, subject: str) -> list[Call]:
    """What nobody heard the end of was lost, unless the store remembers its key: then it took effect, once."""
    told = {call.asked.key for call in calls if call.heard.kind == "written"}
    kept: list[Call] = []
    unheard: dict[str, Call] = {}
    for call in calls:
        key = call.asked.key
        if call.heard.kind != "unknown":
            kept.append(call)
        elif key in store.answers and store.answers[key][0] == subject and key not in told:
            earlier = unheard.get(key)
            if earlier is None or call.invoked < earlier.invoked:
                unheard[key] = call
    for key, call in unheard.items():
        _, version, events = store.answers[key]
        kept.append(replace(call, heard=Heard("written", version, len(events)), must=True))
    return kept
