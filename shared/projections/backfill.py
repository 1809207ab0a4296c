"""Learning what was told before this code wanted to know it: read again from the log, appended behind what is there.

Done by new code before it decides anything, beside whatever else runs. Exactly once: how far it is moves by
compare-and-set in the transaction that appends. Nothing reacts to what is learned so, and nothing becomes due by it:
it happened long ago, and whoever was there answered then (docs/decisions/0033-learning-what-came-before.md).
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog
from pydantic import ValidationError

from shared.db import TRANSIENT, Connection
from shared.eventlog.protocol import EventLog, LogUnavailable, Record
from shared.events.base import UnknownType
from shared.events.envelope import Envelope, MalformedEnvelope, fact, parse
from shared.projections.decide_subscriber import learned
from shared.projections.incoming import Incoming, Parked, incoming
from shared.projections.offsets import WrongLog, read_positions
from shared.projections.parking import park
from shared.store.append import Collision, Item, append
from shared.store.kept_types import DECIDE, missing
from shared.store.leases import LIFE, release, take

LEASE = "backfill"
_FETCH = 2_000
_MOST = 200
"""Facts in one transaction: as many as can wait for a command that holds their subject."""
_TRIES = 50

_OPEN = """
select b.batch, b.partition, b.next_offset, b.upto, array_agg(k.type) as types
from backfills b join kept_types k using (batch)
where b.next_offset < b.upto and b.batch in (select batch from kept_types where type = any($1))
group by b.batch, b.partition order by b.batch, b.partition
"""
_MOVE = """
update backfills set next_offset = $4 where batch = $1 and partition = $2 and next_offset = $3 returning 1
"""
_LOCK = "select 1 from offsets where subscriber = $1 and partition = $2 for update"
_WAITING = "select subject, source, version from parked where subscriber = $1 and subject = any($2)"
_KNOWN = """
select j.subject, j.source, j.version from journal j
join unnest($1::text[], $2::text[], $3::int[]) as s(subject, source, version) using (subject, source, version)
"""
_LAST = """
select s.subject, (select max(revision) from journal j where j.subject = s.subject) as revision
from unnest($1::text[]) s(subject)
"""

log = structlog.get_logger("closedloop.backfill")
PASSING = (Collision, LogUnavailable, asyncpg.UniqueViolationError, *TRANSIENT)
Fact = tuple[Incoming, Envelope]


class Unreadable(Exception):
    """A fact that this code must know can't be read by it. Nothing is decided without it."""


class Overtaken(Exception):
    """Another worker went on meanwhile; nothing was written."""


@dataclass(slots=True)
class Stretch:
    """A part of one partition that must be read again for a batch of types."""

    batch: int
    partition: int
    next_offset: int
    upto: int
    types: frozenset[str]


class Backfill:
    """One service's. Any number of workers may run it: the one with the lease works, the others wait for it."""

    def __init__(
        self, service: str, types: Collection[str], pool: asyncpg.Pool, event_log: EventLog, owner: str
    ) -> None:
        self._service = service
        self._types = types
        self._pool = pool
        self._log = event_log
        self._owner = owner

    async def run(self) -> None:
        """Return when every fact of these types is in the journal. Raises Unreadable, WrongLog."""
        try:
            while await missing(self._pool, self._types):
                await read_positions(self._pool, DECIDE, range(self._log.partitions), await self._log.identity())
                if await take(self._pool, [LEASE], self._owner):
                    await self.work()
                else:
                    await asyncio.sleep(0.2)
        finally:
            with suppress(Exception):
                await release(self._pool, [LEASE], self._owner)

    async def work(self) -> None:
        """One pass over all that is missing; what passes ends it early. Raises Unreadable, WrongLog."""
        keeper = asyncio.create_task(self._keep_lease())
        try:
            for row in await self._pool.fetch(_OPEN, list(self._types)):
                await self.stretch(_stretch(row))
        except (Overtaken, *PASSING) as passing:
            log.warning("backfill_waits", service=self._service, error=type(passing).__name__)
            await asyncio.sleep(0.2)
        finally:
            keeper.cancel()

    async def _keep_lease(self) -> None:
        while True:
            await asyncio.sleep(LIFE / 3)
            with suppress(*TRANSIENT):
                await take(self._pool, [LEASE], self._owner)

    async def stretch(self, stretch: Stretch) -> None:
        """Read one stretch to its end. Raises Overtaken, Unreadable, WrongLog, and what passes."""
        reader = self._log.reader()
        try:
            await reader.assign({stretch.partition: stretch.next_offset})
            if (await reader.ends())[stretch.partition] < stretch.upto:
                raise WrongLog(f"Partition {stretch.partition} ends before {stretch.upto}, up to which it was read.")
            while stretch.next_offset < stretch.upto:
                records = await reader.fetch(limit=_FETCH, wait=1.0)
                below = [record for record in records if record.offset < stretch.upto]
                facts = self._wanted(stretch, below)
                for start in range(0, len(facts), _MOST):
                    some = facts[start : start + _MOST]
                    await self._until_it_fits(stretch, some, some[-1][0].record.offset + 1)
                if below and stretch.next_offset <= below[-1].offset:
                    await self._until_it_fits(stretch, [], below[-1].offset + 1)
        finally:
            await reader.close()

    async def _until_it_fits(self, stretch: Stretch, facts: Sequence[Fact], after: int) -> None:
        for _ in range(_TRIES):
            try:
                return await self.advance(stretch, facts, after)
            except (Collision, asyncpg.UniqueViolationError):
                # A command decided on one of these subjects at the same moment: it was first, and we come behind it.
                await asyncio.sleep(0.01)
        raise Collision

    def _wanted(self, stretch: Stretch, records: Sequence[Record]) -> list[Fact]:
        """Each fact once, however often the log tells it. Raises Unreadable."""
        facts: dict[tuple[str, str, int], Fact] = {}
        for item in map(incoming, records):
            if item.type in stretch.types and item.source != self._service:
                facts.setdefault((item.subject, item.source, item.version), (item, self._read(item)))
        return list(facts.values())

    def _read(self, item: Incoming) -> Envelope:
        try:
            envelope, data = parse(item.record.value)
            if item.type in self._types:
                fact(envelope, data)
        except (UnknownType, MalformedEnvelope, ValidationError) as broken:
            place = f"partition {item.record.partition}, offset {item.record.offset}"
            raise Unreadable(
                f"{self._service} must know {item.subject}, {item.source} version {item.version} ({item.type}, "
                f"{place}) before it decides, and can't read it: {type(broken).__name__}. Run code that can."
            ) from broken
        return envelope

    async def advance(self, stretch: Stretch, facts: Sequence[Fact], after: int) -> None:
        """Append what of these facts is not there, and move on, in one transaction. Raises Overtaken, Collision."""
        async with self._pool.acquire() as connection, connection.transaction():
            moved = await connection.fetchval(_MOVE, stretch.batch, stretch.partition, stretch.next_offset, after)
            if moved is None:
                raise Overtaken
            if facts:
                await _take_in(connection, stretch.partition, facts)
        stretch.next_offset = after


def _stretch(row: asyncpg.Record) -> Stretch:
    return Stretch(row["batch"], row["partition"], row["next_offset"], row["upto"], frozenset(row["types"]))


async def _take_in(connection: Connection, partition: int, facts: Sequence[Fact]) -> None:
    """Append the facts that are not there; those of a subject of which something is parked wait behind it."""
    # Nobody releases meanwhile what we are about to wait behind: we would wait for ever.
    await connection.execute(_LOCK, DECIDE, partition)
    waiting = await _named(connection, _WAITING, DECIDE, [item.subject for item, _ in facts])
    held = {subject for subject, _, _ in waiting}
    columns = [[getattr(item, name) for item, _ in facts] for name in ("subject", "source", "version")]
    known = waiting | await _named(connection, _KNOWN, *columns)
    new = [each for each in facts if (each[0].subject, each[0].source, each[0].version) not in known]
    await park(connection, DECIDE, [Parked(item, "behind") for item, _ in new if item.subject in held])
    items = await _items(connection, [each for each in new if each[0].subject not in held])
    if not all(await append(connection, items)):
        raise Collision


async def _named(connection: Connection, statement: str, *arguments: Any) -> set[tuple[str, str, int]]:
    return {(r["subject"], r["source"], r["version"]) for r in await connection.fetch(statement, *arguments)}


async def _items(connection: Connection, facts: Sequence[Fact]) -> list[Item]:
    by_subject: Mapping[str, list[Fact]] = defaultdict(list)
    for each in facts:
        by_subject[each[0].subject].append(each)
    last = {r["subject"]: r["revision"] or 0 for r in await connection.fetch(_LAST, list(by_subject))}
    return [
        Item(subject, last[subject], tuple(learned(item, envelope) for item, envelope in own))
        for subject, own in by_subject.items()
    ]
