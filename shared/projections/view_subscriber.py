"""Keeps one generation of one view up to date."""

from collections.abc import Container, Iterable, Sequence

import asyncpg
from pydantic import ValidationError

from shared.db import Connection
from shared.eventlog.protocol import EventLog
from shared.events.base import UnknownType, is_known
from shared.events.envelope import MalformedEnvelope, parse
from shared.privacy.keyring import Keyring
from shared.projections.folding import Row, at_of, changes_of, fold, keys_of
from shared.projections.generations import hold_generation
from shared.projections.incoming import Incoming
from shared.projections.offsets import Fenced
from shared.projections.reading import Reading, Told
from shared.projections.sequence import TurnTeller
from shared.projections.subscriber import Subscriber
from shared.projections.table import ViewTable
from shared.projections.view import At, Change, View

_MOST_KNOWN = 500
"""Rows that are remembered: a case in the midst of its life is written every few seconds."""
Changes = list[tuple[Change, At, int]]


class ViewSubscriber(Subscriber):
    """A fold without I/O: parse and open, fold in memory, one statement."""

    # What a view loses in a crash it reads again: its offsets go with it in the same transaction.
    durable = False

    def __init__(
        self,
        table: ViewTable,
        pool: asyncpg.Pool,
        event_log: EventLog,
        keyring: Keyring,
        reading: Reading | None = None,
        turns: TurnTeller | None = None,
    ) -> None:
        reading, turns = reading or Reading(keyring), turns or TurnTeller(pool, event_log)
        super().__init__(table.subscriber, pool, event_log, reading, turns)
        self.table = table
        self._wanted = frozenset(event.wire_type for event in table.view.steps)
        self._known: dict[str, Row | None] = {}
        self._written: dict[str, Row | None] = {}

    @property
    def keeps_up(self) -> str:
        """The version of the view, whichever generation of it."""
        return f"view:{self.table.view.full_name}"

    def concerns(self, item: Incoming) -> bool:
        return concerns(item, self._wanted)

    async def prepare(self, items: Sequence[Incoming]) -> list[Incoming]:
        parsed = [parsed_as(item, self._wanted, self.reading) for item in items]
        return await folded_each(self.table.view, parsed, self.reading)

    async def take(self, partitions: Iterable[int]) -> None:
        self.forget()
        await super().take(partitions)

    async def stay(self, connection: Connection) -> None:
        # Offsets begun anew for a generation that has just been replaced would be fenced by nobody: this worker would
        # write to a table that is gone, park every subject, and the view that answers would stand still.
        if not await hold_generation(connection, self.table):
            raise Fenced(self.name)

    async def write(self, connection: Connection, taken: Sequence[Incoming]) -> None:
        changes: Changes = [each for item in taken if item.payload for each in item.payload]
        if not changes:
            return
        rows = await self._rows(connection, keys_of(changes))
        for change, at, partition in changes:
            rows[change.key] = fold(self.table.view, rows[change.key], change, at.subject, partition)
        await self.table.write(connection, rows)
        self._written |= rows

    async def _rows(self, connection: Connection, keys: set[str]) -> dict[str, Row | None]:
        rows = {key: self._known[key] for key in keys & self._known.keys()}
        if missing := keys - rows.keys():
            found = await self.table.rows(connection, missing)
            rows |= {key: found.get(key) for key in missing}
        return rows

    def begin(self) -> None:
        self._written = {}

    def committed(self) -> None:
        # Ours as long as the offsets are: who else would write these rows moves them, and we are fenced.
        self._known |= self._written
        for key in list(self._known)[: max(len(self._known) - _MOST_KNOWN, 0)]:
            del self._known[key]

    def forget(self) -> None:
        self._known, self._written = {}, {}


def concerns(item: Incoming, wanted: Container[str]) -> bool:
    """Whether somebody who wants these types must look at the item: also at what is no fact of ours or unknown, and at
    what closes a gap, since something may have waited for it.
    """
    if item.turn == "double":
        return False
    return item.type in wanted or item.fills or item.version == 0 or not is_known(item.type)


def parsed_as(item: Incoming, wanted: Container[str], reading: Reading) -> Incoming:
    """The item with its envelope and fact, if it is wanted. An unknown type stops its subject only if critical."""
    if item.error is not None:
        return item
    if item.type not in wanted:
        return item if is_known(item.type) else _with_unknown_noticed(item)
    try:
        return item._replace(payload=reading.parsed(item.record))
    except (UnknownType, MalformedEnvelope, ValidationError) as broken:
        return item._replace(error="unknown_type" if isinstance(broken, UnknownType) else type(broken).__name__)


def _with_unknown_noticed(item: Incoming) -> Incoming:
    try:
        envelope, _ = parse(item.record.value)
    except MalformedEnvelope as broken:
        return item._replace(error=type(broken).__name__)
    return item._replace(error="unknown_type") if envelope.critical else item


async def folded_each(view: View, items: Sequence[Incoming], reading: Reading) -> list[Incoming]:
    """Items whose payload is a list of changes, personal data opened with one call to the vault, if the view has a
    place for it; a view that shows nothing personal neither needs the vault nor waits for it.
    """
    opened = await _opened(items, reading) if view.personal else _payloads(items)
    result = []
    for item, payload in zip(items, opened, strict=True):
        if payload is None:
            result.append(item)
            continue
        envelope, event = payload
        at = at_of(envelope)
        try:
            changes = [(change, at, item.record.partition) for change in changes_of(view, event, at)]
            result.append(item._replace(payload=changes))
        except Exception as broken:  # noqa: BLE001 -- a fold that raises is a bug of one view: its subject waits, the rest goes on
            result.append(item._replace(payload=None, error=type(broken).__name__))
    return result


def _payloads(items: Sequence[Incoming]) -> list[Told | None]:
    return [item.payload if item.error is None else None for item in items]


async def _opened(items: Sequence[Incoming], reading: Reading) -> list[Told | None]:
    payloads = _payloads(items)
    told = iter(await reading.opened([item.record for item, told in zip(items, payloads, strict=True) if told]))
    return [payload and next(told) for payload in payloads]
