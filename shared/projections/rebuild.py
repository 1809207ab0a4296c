"""Building a view anew beside the live one, and letting the new one answer once it is at least as far.

Partition by partition: a whole partition is folded in memory and written once a row. The chain of every stream is
checked on the way, so that a rebuild never builds on a damaged log.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import asyncpg

from shared.db import Connection
from shared.eventlog.protocol import EventLog, Record
from shared.privacy.keyring import Keyring
from shared.projections.folding import Row, fold
from shared.projections.generations import answering_table, discard, flip, new_generation
from shared.projections.incoming import Parked, Reason, Stream, incoming, sort_out
from shared.projections.offsets import read_positions, step_of
from shared.projections.parking import park
from shared.projections.sequence import Early, Head, tell
from shared.projections.table import ViewTable
from shared.projections.view import View
from shared.projections.view_subscriber import ViewSubscriber

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
    builder = _Builder(ViewSubscriber(new, pool, event_log, keyring), progress)
    try:
        for partition in range(event_log.partitions):
            await builder.build(partition)
        await _catch_up_and_flip(pool, event_log, builder.subscriber, old, new)
    except BaseException:
        async with pool.acquire() as connection, connection.transaction():
            await discard(connection, new)
        raise
    return Rebuilt(view.name, new.generation, builder.events, builder.rows, time.monotonic() - started)


@dataclass(slots=True)
class _Partition:
    """What came of a partition so far."""

    rows: dict[str, Row | None] = field(default_factory=dict)
    heads: dict[Stream, Head] = field(default_factory=dict)
    early: dict[Stream, dict[int, Early]] = field(default_factory=dict)
    waiting: dict[str, Reason] = field(default_factory=dict)
    parked: list[Parked] = field(default_factory=list)
    healed: set[str] = field(default_factory=set)


class _Builder:
    def __init__(self, subscriber: ViewSubscriber, progress: Progress) -> None:
        self.subscriber = subscriber
        self.events = 0
        self.rows = 0
        self._table = subscriber.table
        self._log = subscriber.event_log
        self._progress = progress

    async def build(self, partition: int) -> None:
        """Fold one partition up to its present end, and write it in one transaction with its offset."""
        reader = self._log.reader()
        state = _Partition()
        last: Record | None = None
        try:
            await reader.assign({partition: 0})
            end = (await reader.ends())[partition]
            while (last.offset + 1 if last else 0) < end:
                records = await reader.fetch(limit=_FETCH, wait=1.0)
                await self._fold(records, state)
                last = records[-1] if records else last
                self.events += len(records)
                self._progress(len(records))
        finally:
            await reader.close()
        async with self.subscriber.pool.acquire() as connection, connection.transaction():
            await self._write(connection, partition, state, last)
        for subject in state.healed:
            await self.subscriber.release(subject)

    async def _fold(self, records: list[Record], state: _Partition) -> None:
        view, subscriber = self._table.view, self.subscriber
        told = tell([incoming(record) for record in records], state.heads, state.early)
        for item in told.items:
            if item.turn == "forged":
                raise BrokenChain(
                    f"{item.subject}, {item.source} version {item.version} (partition {item.record.partition}, offset "
                    f"{item.record.offset}) does not continue its chain."
                )
        state.heads |= told.heads
        items = await subscriber.prepare([item for item in told.items if subscriber.concerns(item)])
        result = sort_out(items, state.waiting)
        for item in result.taken:
            for change, at, partition in item.payload or ():
                state.rows[change.key] = fold(view, state.rows.get(change.key), change, at.subject, partition)
        for each in result.parked:
            state.waiting.setdefault(each.item.subject, each.reason)
        state.parked += result.parked
        state.healed |= result.healed

    async def _write(self, connection: Connection, partition: int, state: _Partition, last: Record | None) -> None:
        name = self._table.subscriber
        present = [row for row in state.rows.values() if row is not None]
        self.rows += len(present)
        if present:
            await self._table.fill(connection, present)
        await park(connection, name, state.parked)
        next_offset, event_id = step_of([last])[partition] if last else (0, None)
        identity = await self._log.identity()
        await connection.execute(_SET_OFFSET, name, partition, next_offset, identity, event_id)


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
