"""What a process remembers of a subject. Always a hint: the load fetches what came since, and the append requires
the very revision that was decided on.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from shared.decide.service import Service
from shared.events.base import UnknownType, event_class, is_known
from shared.events.envelope import Envelope, fact, parse, parse_seen
from shared.proof.chain import GENESIS
from shared.store.load import Row

Told = tuple[Envelope, dict[str, Any], bytes]
"""A row read: its envelope, its raw data, its chain."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Memory(NamedTuple):
    """A subject as of a revision: its state, and what the next append continues from."""

    subject: str
    state: Any
    revision: int = 0
    versions: Mapping[str, int] = MappingProxyType({})
    chain: bytes = GENESIS
    recorded: datetime = _LONG_AGO
    pack: str = "house/1"

    def version(self, source: str) -> int:
        return self.versions.get(source, 0)

    def others(self, source: str) -> dict[str, int]:
        """The versions of the other streams below this revision: what a decision of `source` knew."""
        return {name: version for name, version in self.versions.items() if name != source}


def blank(service: Service, subject: str) -> Memory:
    return Memory(subject, service.fold_of(subject).initial)


def taken_in(memory: Memory, service: Service, envelope: Envelope, event: Any, chain: bytes) -> Memory:
    """The memory after one more fact of the journal."""
    return memory._replace(
        state=service.fold_of(memory.subject).evolve(memory.state, event),
        revision=memory.revision + 1,
        versions={**memory.versions, envelope.source: max(envelope.version, memory.version(envelope.source))},
        chain=chain if envelope.source == service.name else memory.chain,
        recorded=max(memory.recorded, envelope.recorded),
        pack=envelope.pack,
    )


def passed_over(memory: Memory, envelope: Envelope, chain: bytes | None = None) -> Memory:
    """The memory after a fact that this code knows nothing to do with: newer code beside us keeps or states it.

    It stands in the order. `chain`: that of a fact of our own.
    """
    return memory._replace(
        revision=memory.revision + 1,
        versions={**memory.versions, envelope.source: max(envelope.version, memory.version(envelope.source))},
        chain=chain if chain is not None else memory.chain,
        recorded=max(memory.recorded, envelope.recorded),
    )


def recall(service: Service, memory: Memory, rows: Iterable[Row]) -> Memory:
    """The memory after these rows of the journal, which must continue it without a gap.

    Raises UnknownType if one of them can't be understood here, but must be: newer code wrote it, and is to decide.
    """
    told = []
    for revision, row in enumerate((row for row in rows if row.revision > memory.revision), memory.revision + 1):
        if row.revision != revision:
            raise RuntimeError(f"{memory.subject} has no revision {revision}: the journal is damaged")
        told.append((*parse(row.body), row.chain))
    for envelope, data, chain in in_order(told) if memory.revision == 0 else told:
        memory = _row_taken_in(memory, service, envelope, data, chain)
    return memory


def in_order(told: Sequence[Told]) -> Sequence[Told]:
    """Facts in the order in which to fold them: that of the journal, but for those that were learned late.

    A type that was not kept from the beginning is learned late, behind what followed from it. It is folded before the
    first fact that comes after it in its stream, or that was stated knowing it: so no fold need ever expect a stream in
    another order than that in which it was told.
    """
    ordered: list[Told] = []
    told_of: dict[str, int] = {}
    for each in told:
        envelope = each[0]
        if envelope.version > told_of.get(envelope.source, 0):
            ordered.append(each)
        else:
            ordered.insert(next(n for n, (other, *_) in enumerate(ordered) if _knows(other, envelope)), each)
        for source, version in _knew(envelope).items():
            told_of[source] = max(version, told_of.get(source, 0))
    return ordered


def _knows(other: Envelope, envelope: Envelope) -> bool:
    return _knew(other).get(envelope.source, 0) >= envelope.version


def _knew(envelope: Envelope) -> dict[str, int]:
    return parse_seen(envelope.seen) | {envelope.source: envelope.version}


def _row_taken_in(memory: Memory, service: Service, envelope: Envelope, data: dict[str, Any], chain: bytes) -> Memory:
    own = envelope.source == service.name
    if own or envelope.type in service.learned_types:
        try:
            return taken_in(memory, service, envelope, fact(envelope, data), chain)
        except UnknownType:
            if envelope.critical or not own or is_known(envelope.type):
                raise
    elif envelope.critical:
        event_class(envelope.type)
    return passed_over(memory, envelope, chain if own else None)


class Memories:
    """The most recently used memories of one process."""

    def __init__(self, service: Service, most: int = 20_000) -> None:
        self._service = service
        self._most = most
        self._kept: OrderedDict[str, Memory] = OrderedDict()

    def of(self, subject: str) -> Memory:
        memory = self._kept.get(subject)
        if memory is None:
            return blank(self._service, subject)
        self._kept.move_to_end(subject)
        return memory

    def keep(self, memory: Memory) -> None:
        known = self._kept.get(memory.subject)
        if known is None or known.revision <= memory.revision:
            self._kept[memory.subject] = memory
            self._kept.move_to_end(memory.subject)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def forget(self, subject: str) -> None:
        self._kept.pop(subject, None)
