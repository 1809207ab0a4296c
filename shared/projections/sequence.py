"""In which turn each record of the log comes: told once for all subscribers of a service.

Whether a record is the next of its stream, a double, too early, or no continuation of its chain follows from the log
before it alone, so it is the same for everybody who reads it. It is told by whoever comes first, in one statement
that moves the offset of the sequence by compare-and-set; what comes out of turn is kept with its place, so that
whoever reads the same records later is told the same.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg

from shared.eventlog.protocol import EventLog, Record
from shared.projections.incoming import Incoming, Stream, Turn, incoming
from shared.projections.offsets import Fenced, Position, read_positions, step_of
from shared.proof.chain import GENESIS, link
from shared.store.connections import Pool

NAME = "sequence"
"""As a subscriber: its offsets stand beside those of the others."""

_TRIES = 5
_MOST_HEADS = 50_000

_HEADS = """
select s.subject, s.source, s.version, s.chain from streams s
join unnest($1::text[], $2::text[]) as w(subject, source) using (subject, source)
"""
_OPEN = """
select partition, position, subject, source, version, chain from strays
where filled_at is null and turn = 'early' and partition = any($1)
"""
_STRAYS = """
select s.partition, s.position, s.turn, s.filled_at from strays s
join unnest($1::smallint[], $2::bigint[], $3::bigint[]) as span(partition, first, last) using (partition)
where s.position between span.first and span.last or s.filled_at between span.first and span.last
"""
# What a crash takes back is read again: this commit waits for no disk.
_MOVE = """
with unhurried as (select set_config('synchronous_commit', 'off', true)),
step as (select * from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::uuid[])
         as t(partition, before, after, last_event)),
moved as (
  update offsets o set next_offset = s.after, last_event = s.last_event from step s
  where o.subscriber = 'sequence' and o.partition = s.partition and o.next_offset = s.before returning 1),
in_streams as (
  insert into streams (subject, source, version, chain, partition, position)
  select * from unnest($5::text[], $6::text[], $7::int[], $8::bytea[], $9::smallint[], $10::bigint[])
  on conflict (subject, source) do update set
    version = excluded.version, chain = excluded.chain, partition = excluded.partition, position = excluded.position),
in_strays as (
  insert into strays (partition, position, turn, subject, source, version, chain)
  select * from unnest($11::smallint[], $12::bigint[], $13::text[], $14::text[], $15::text[], $16::int[], $17::bytea[])
  on conflict do nothing),
filled as (
  update strays s set filled_at = f.filled_at
  from unnest($18::smallint[], $19::bigint[], $20::bigint[]) as f(partition, position, filled_at)
  where s.partition = f.partition and s.position = f.position)
select require_all_set((select count(*) from step), (select count(*) from moved)) from unhurried
"""


class Behind(Fenced):
    """The records begin after where the sequence stands: what is between must be read first."""


class Head(NamedTuple):
    """Where a stream stands."""

    version: int
    chain: bytes
    partition: int
    position: int


class Early(NamedTuple):
    """A record whose predecessor is still missing."""

    partition: int
    position: int
    chain: bytes


@dataclass(slots=True)
class Told:
    """What a batch of records comes to."""

    items: list[Incoming] = field(default_factory=list)
    heads: dict[Stream, Head] = field(default_factory=dict)
    strays: list[Incoming] = field(default_factory=list)
    filled: list[tuple[int, int, int]] = field(default_factory=list)
    """Partition and position of an early record, and where the one that it waited for stands."""


_BEGIN = Head(0, GENESIS, 0, 0)
_NONE: dict[int, Early] = {}


def tell(items: Iterable[Incoming], heads: Mapping[Stream, Head], early: dict[Stream, dict[int, Early]]) -> Told:
    """Tell each record's turn, in order. Pure but for `early`, which follows. `heads`: where the streams stand."""
    told = Told()
    for item in items:
        told.items.append(item if item.version == 0 else _tell_one(item, told, heads, early))
    return told


def _tell_one(
    item: Incoming, told: Told, heads: Mapping[Stream, Head], early: dict[Stream, dict[int, Early]]
) -> Incoming:
    record, stream = item.record, item.stream
    head = told.heads.get(stream) or heads.get(stream) or _BEGIN
    waiting = early.get(stream, _NONE)
    chain = record.header("chain") or b""
    turn = _turn(item, head, waiting, chain)
    if turn != "next":
        stray = item._replace(turn=turn, error="BrokenChain" if turn == "forged" else None)
        told.strays.append(stray)
        if turn == "early":
            early.setdefault(stream, {})[item.version] = Early(record.partition, record.offset, chain)
        return stray
    head = Head(item.version, chain, record.partition, record.offset)
    filled = False
    while waiting and (found := waiting.pop(head.version + 1, None)) is not None:
        filled = True
        told.filled.append((found.partition, found.position, record.offset))
        head = Head(head.version + 1, found.chain, record.partition, record.offset)
    told.heads[stream] = head
    return item._replace(fills=True) if filled else item


def _turn(item: Incoming, head: Head, waiting: Mapping[int, Early], chain: bytes) -> Turn:
    if item.version <= head.version or item.version in waiting:
        return "double"
    if item.version != head.version + 1:
        return "early"
    return "next" if link(head.chain, item.record.value) == chain else "forged"


class TurnTeller:
    """Tells the turns of what one process reads for a service. Several may: the offsets' compare-and-set fences."""

    def __init__(self, pool: asyncpg.Pool, event_log: EventLog) -> None:
        self._pool = pool
        self._log = event_log
        self._lock = asyncio.Lock()
        self._positions: dict[int, Position] = {}
        self._heads: OrderedDict[Stream, Head] = OrderedDict()
        self._early: dict[Stream, dict[int, Early]] = {}

    async def positions(self, partitions: Iterable[int]) -> dict[int, Position]:
        """Where the sequence stands in these partitions, as the database says. Raises WrongLog."""
        async with self._lock:
            self._forget()
            await self._take(partitions)
            return dict(self._positions)

    async def tell(self, records: Sequence[Record]) -> list[Incoming]:
        """The records with their turns, in their order. Raises Behind, Fenced, WrongLog, or a database error."""
        async with self._lock:
            for _ in range(_TRIES):
                try:
                    return await self._tell(records)
                except asyncpg.SerializationError:
                    # Another process was faster: what it told stands, and only what is behind that is left.
                    self._forget()
                except BaseException:
                    self._forget()
                    raise
            raise Fenced(NAME)

    async def _tell(self, records: Sequence[Record]) -> list[Incoming]:
        await self._take({record.partition for record in records} - self._positions.keys())
        known = [record for record in records if record.offset < self._positions[record.partition].next_offset]
        fresh = [record for record in records if record.offset >= self._positions[record.partition].next_offset]
        items = await self._recalled(known) if known else []
        if fresh:
            items += await self._told(fresh)
        if known and fresh:
            place = {(record.partition, record.offset): n for n, record in enumerate(records)}
            items.sort(key=lambda item: place[item.record.partition, item.record.offset])
        return items

    async def _told(self, records: Sequence[Record]) -> list[Incoming]:
        for partition, first in {r.partition: r.offset for r in reversed(records)}.items():
            if first != (stands := self._positions[partition].next_offset):
                raise Behind(f"partition {partition} is told up to {stands}, not to {first}")
        items = [incoming(record) for record in records]
        await self._learn_heads(items)
        told = tell(items, self._heads, self._early)
        await self._pool.fetchval(_MOVE, *self._columns(records, told))
        for partition, (after, last_event) in step_of(records).items():
            self._positions[partition] = Position(after, last_event)
        self._keep(told.heads)
        return told.items

    def _columns(self, records: Sequence[Record], told: Told) -> list[list[object]]:
        steps = [
            (partition, self._positions[partition].next_offset, *after)
            for partition, after in sorted(step_of(records).items())
        ]
        heads = [(*stream, *head) for stream, head in sorted(told.heads.items())]
        strays = [_stray(item) for item in told.strays]
        widths = ((steps, 4), (heads, 6), (strays, 7), (told.filled, 3))
        return [column for rows, width in widths for column in _transposed(rows, width)]

    async def _learn_heads(self, items: Sequence[Incoming]) -> None:
        streams = {item.stream for item in items}
        missing = sorted(streams - self._heads.keys())
        if missing:
            found = await self._pool.fetch(_HEADS, [s for s, _ in missing], [s for _, s in missing])
            self._heads |= {(r["subject"], r["source"]): Head(r["version"], r["chain"], 0, 0) for r in found}

    def _keep(self, heads: dict[Stream, Head]) -> None:
        for stream, head in heads.items():
            self._heads[stream] = head
            self._heads.move_to_end(stream)
        while len(self._heads) > _MOST_HEADS:
            self._heads.popitem(last=False)

    async def _take(self, partitions: Iterable[int]) -> None:
        wanted = list(partitions)
        if not wanted:
            return
        self._positions |= await read_positions(self._pool, NAME, wanted, await self._log.identity())
        for row in await self._pool.fetch(_OPEN, wanted):
            waiting = self._early.setdefault((row["subject"], row["source"]), {})
            waiting[row["version"]] = Early(row["partition"], row["position"], row["chain"])

    def _forget(self) -> None:
        self._positions.clear()
        self._heads.clear()
        self._early.clear()

    async def _recalled(self, records: Sequence[Record]) -> list[Incoming]:
        spans: dict[int, tuple[int, int]] = {}
        for record in records:
            first, last = spans.get(record.partition, (record.offset, record.offset))
            spans[record.partition] = (min(first, record.offset), max(last, record.offset))
        rows = await strays_within(self._pool, [(p, *span) for p, span in spans.items()])
        turns = {(partition, position): turn for partition, position, turn, _ in rows}
        fills = {(partition, filled_at) for partition, _, _, filled_at in rows if filled_at is not None}
        return [_recalled(record, turns, fills) for record in records]


async def again(connection: Pool, records: Sequence[Record], stands: Mapping[int, Position]) -> list[Incoming]:
    """Parked records of a subject with the turns that they have by now, for a subscriber that stands so far: one that
    came too early is next as soon as the subscriber has passed the one that it waited for. Those of a stream come in
    the order of their versions.
    """
    rows = await strays_within(connection, [(r.partition, r.offset, r.offset) for r in records])
    turns: dict[tuple[int, int], Turn] = {}
    for partition, position, turn, filled_at in rows:
        filled = filled_at is not None and filled_at < stands[partition].next_offset
        turns[partition, position] = "next" if turn == "early" and filled else turn
    return _by_version([_recalled(record, turns, set()) for record in records])


def _by_version(items: Sequence[Incoming]) -> list[Incoming]:
    """The items of each stream in the order of their versions, in the places that they have together."""
    ordered = {stream: iter(sorted(each, key=lambda item: item.version)) for stream, each in _by_stream(items).items()}
    return [next(ordered[item.stream]) for item in items]


def _by_stream(items: Sequence[Incoming]) -> dict[Stream, list[Incoming]]:
    streams: dict[Stream, list[Incoming]] = {}
    for item in items:
        streams.setdefault(item.stream, []).append(item)
    return streams


def _stray(item: Incoming) -> tuple[object, ...]:
    record = item.record
    chain = record.header("chain") or b""
    return (record.partition, record.offset, item.turn, item.subject, item.source, item.version, chain)


def _recalled(record: Record, turns: dict[tuple[int, int], Turn], fills: set[tuple[int, int]]) -> Incoming:
    item, place = incoming(record), (record.partition, record.offset)
    if item.version == 0 or (place not in turns and place not in fills):
        return item
    turn = turns.get(place, "next")
    return item._replace(turn=turn, fills=place in fills, error="BrokenChain" if turn == "forged" else None)


async def strays_within(pool: Pool, spans: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, Turn, int | None]]:
    """Partition, position, turn, and where the record stands that it waited for, of all strays that stand within these
    spans (partition, first, last) or wait for a record there.
    """
    rows = await pool.fetch(_STRAYS, *_transposed(spans, 3))
    return [(row["partition"], row["position"], row["turn"], row["filled_at"]) for row in rows]


def _transposed(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
