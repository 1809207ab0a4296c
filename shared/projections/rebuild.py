"""Building a view anew beside the live one, and letting the new one answer once it is at least as far.

Partition by partition: a whole partition is folded in memory and written once a row. The chain of every stream is
checked on the way, so that a rebuild never builds on a damaged log.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from shared.db import Connection
from shared.eventlog.protocol import EventLog, Record
from shared.privacy.keyring import Keyring
from shared.projections.folding import Row, fold
from shared.projections.generations import answering_table, discard, flip, new_generation
from shared.projections.incoming import Incoming, Sorted, Stream, incoming, sort_out
from shared.projections.offsets import read_positions, set_heads
from shared.projections.parking import park
from shared.projections.table import ViewTable
from shared.projections.view import View
from shared.projections.view_subscriber import ViewSubscriber
from shared.proof.chain import GENESIS, link

_FETCH = 2_000
_TRIES = 50
_SET_OFFSET = """
insert into offsets (subscriber, partition, next_offset, log, last_event) values ($1, $2, $3, $4, $5)
on conflict (subscriber, partition) do update set next_offset = excluded.next_offset, last_event = excluded.last_event
"""
_LOCK = "select partition, next_offset from offsets where subscriber = $1 order by partition for update"
_PARKED = "select count(*) from parked where subscriber = $1"

Progress = Callable[[int], None]
"""Called with the number of events just read."""


class BrokenChain(Exception):
    """The log is damaged: an event does not continue its stream's chain. Nothing was flipped."""


class Flipped(Exception):
    """Somebody else's new generation answers meanwhile. Ours was discarded."""


class NotBetter(Exception):
    """The new generation parks more than the live one. It was discarded, and the live one stays."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did."""

    view: str
    generation: int
    events: int
    rows: int
    seconds: float


async def rebuild(
    pool: asyncpg.Pool, event_log: EventLog, keyring: Keyring, view: View, progress: Progress = lambda _: None
) -> Rebuilt:
    """Build a new generation from the first event on and flip to it; or the first one, of a version that is new.
    Raises BrokenChain, NotBetter, Flipped.

    Safe at any time: until the flip, nobody sees the new generation; a rebuild that dies leaves the live one alone.
    """
    started = time.monotonic()
    old = await answering_table(pool, view)
    new = await new_generation(pool, view)
    builder = _Builder(pool, event_log, keyring, new, progress)
    try:
        for partition in range(event_log.partitions):
            await builder.build(partition)
        await _catch_up_and_flip(pool, event_log, builder.subscriber, old, new)
    except BaseException:
        async with pool.acquire() as connection, connection.transaction():
            await discard(connection, new)
        raise
    return Rebuilt(view.name, new.generation, builder.events, builder.rows, time.monotonic() - started)


class _Builder:
    def __init__(
        self, pool: asyncpg.Pool, event_log: EventLog, keyring: Keyring, table: ViewTable, progress: Progress
    ) -> None:
        self.subscriber = ViewSubscriber(table, pool, event_log, keyring)
        self.events = 0
        self.rows = 0
        self._pool = pool
        self._log = event_log
        self._table = table
        self._progress = progress

    async def build(self, partition: int) -> None:
        """Fold one partition up to its present end, and write it in one transaction with its offset."""
        reader = self._log.reader()
        rows: dict[str, Row | None] = {}
        state = Sorted()
        chains: dict[Stream, bytes] = {}
        last: Record | None = None
        try:
            await reader.assign({partition: 0})
            end = (await reader.ends())[partition]
            while (last.offset + 1 if last else 0) < end:
                records = await reader.fetch(limit=_FETCH, wait=1.0)
                await self._fold(records, rows, state, chains)
                last = records[-1] if records else last
                self.events += len(records)
                self._progress(len(records))
        finally:
            await reader.close()
        async with self._pool.acquire() as connection, connection.transaction():
            await self._write(connection, partition, rows, state, last)

    async def _fold(
        self, records: list[Record], rows: dict[str, Row | None], state: Sorted, chains: dict[Stream, bytes]
    ) -> None:
        view = self._table.view
        items = await self.subscriber.prepare([incoming(record) for record in records])
        waiting = {each.item.subject: each.reason for each in reversed(state.parked)}
        result = sort_out(items, state.heads, waiting)
        for item in result.taken:
            check_link(item, chains)
            for change, at, partition in item.payload or ():
                rows[change.key] = fold(view, rows.get(change.key), change, at.subject, partition)
        state.heads = result.heads
        state.parked += result.parked

    async def _write(
        self, connection: Connection, partition: int, rows: dict[str, Row | None], state: Sorted, last: Record | None
    ) -> None:
        name = self._table.subscriber
        present = [row for row in rows.values() if row is not None]
        self.rows += len(present)
        if present:
            await self._table.fill(connection, present)
        await set_heads(connection, name, state.heads)
        await park(connection, name, state.parked)
        event_id = last.header("id") if last else None
        await connection.execute(
            _SET_OFFSET,
            name,
            partition,
            last.offset + 1 if last else 0,
            await self._log.identity(),
            UUID(event_id.decode()) if event_id else None,
        )


def check_link(item: Incoming, chains: dict[Stream, bytes]) -> None:
    """That an event continues its stream's chain, by the chain hash that came with it. Raises BrokenChain."""
    previous = chains.get(item.stream, GENESIS)
    expected = link(previous, item.record.value)
    if item.record.header("chain") != expected:
        raise BrokenChain(
            f"{item.subject}, {item.source} version {item.version} (partition {item.record.partition}, offset "
            f"{item.record.offset}) does not continue its chain."
        )
    chains[item.stream] = expected


async def _catch_up_and_flip(
    pool: asyncpg.Pool, event_log: EventLog, subscriber: ViewSubscriber, old: ViewTable | None, new: ViewTable
) -> None:
    identity = await event_log.identity()
    every = range(event_log.partitions)
    reader = event_log.reader()
    try:
        await subscriber.take(every)
        for _ in range(_TRIES):
            await reader.assign({p: at.next_offset for p, at in subscriber.positions.items()})
            ends = await reader.ends()
            # Up to where the log ends now, not until it falls silent: that may never be.
            while any(at.next_offset < ends[p] for p, at in subscriber.positions.items()):
                await subscriber.apply(await reader.fetch(limit=_FETCH, wait=0.2))
            if old is not None:
                await read_positions(pool, old.subscriber, every, identity)
            if await _flipped(pool, subscriber, old, new):
                return
    finally:
        await reader.close()
    raise TimeoutError("The live view moves on faster than the new one catches up. Try again at a quieter time.")


async def _flipped(pool: asyncpg.Pool, subscriber: ViewSubscriber, old: ViewTable | None, new: ViewTable) -> bool:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext('closedloop views'))")
        now = await answering_table(connection, new.view)
        if (now and now.name) != (old and old.name):
            raise Flipped(new.view.name)
        if old is None:
            await flip(connection, None, new)
            return True
        # Under the old subscriber's row locks it cannot move on while we compare.
        there = {row["partition"]: row["next_offset"] for row in await connection.fetch(_LOCK, old.subscriber)}
        if any(subscriber.positions[p].next_offset < offset for p, offset in there.items()):
            return False
        more = await connection.fetchval(_PARKED, new.subscriber), await connection.fetchval(_PARKED, old.subscriber)
        if more[0] > more[1]:
            raise NotBetter(f"The new generation of {new.view.name} parks {more[0]} events, the live one {more[1]}.")
        await flip(connection, old, new)
        return True
