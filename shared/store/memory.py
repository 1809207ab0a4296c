"""What a process remembers of a subject. Always a hint: the load fetches what came since, and the append requires
the very revision that was decided on.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from shared.decide.service import Service
from shared.events.envelope import Envelope, fact, parse
from shared.proof.chain import GENESIS
from shared.store.load import Row

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Memory:
    """A subject as of a revision: its state, and what the next append continues from."""

    subject: str
    state: Any
    revision: int = 0
    versions: dict[str, int] = field(default_factory=dict)
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
    return replace(
        memory,
        state=service.fold_of(memory.subject).evolve(memory.state, event),
        revision=memory.revision + 1,
        versions={**memory.versions, envelope.source: envelope.version},
        chain=chain if envelope.source == service.name else memory.chain,
        recorded=max(memory.recorded, envelope.recorded),
        pack=envelope.pack,
    )


def recall(service: Service, memory: Memory, rows: Iterable[Row]) -> Memory:
    """The memory after these rows of the journal, which must continue it without a gap."""
    for row in rows:
        if row.revision <= memory.revision:
            continue
        if row.revision != memory.revision + 1:
            raise RuntimeError(f"{memory.subject} has no revision {memory.revision + 1}: the journal is damaged")
        memory = _row_taken_in(memory, service, row)
    return memory


def _row_taken_in(memory: Memory, service: Service, row: Row) -> Memory:
    envelope, data = parse(row.body)
    if envelope.source != service.name and envelope.type not in service.learned_types:
        # Newer code beside us keeps this type; we know nothing to do with it, but it stands in the order.
        versions = {**memory.versions, envelope.source: envelope.version}
        return replace(memory, revision=row.revision, versions=versions)
    return taken_in(memory, service, envelope, fact(envelope, data), row.chain)


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
