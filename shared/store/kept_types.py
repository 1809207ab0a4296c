"""Which facts of others a service's journal keeps: a table that only grows, obeyed by old code and new.

What came before a type was kept is appended later (`shared/projections/backfill.py`). Where the one ends and the other
begins is noted in the transaction that keeps the type, under the rows of `decide`'s offsets: whoever moves one of them
must say up to which batch of types it knows what to keep, and who does not know the newest is fenced.
"""

from collections.abc import Collection
from dataclasses import dataclass

import asyncpg

from shared.eventlog.protocol import EventLog
from shared.store.connections import Pool

DECIDE = "decide"
"""The subscriber that fills the journal."""

_KEPT = "select type, batch from kept_types"
_FIRST = """
insert into offsets (subscriber, partition, next_offset, log)
select $1, p, 0, $3 from generate_series(0, $2 - 1) p on conflict do nothing
"""
_LOCK = "select 1 from offsets where subscriber = $1 order by partition for update"
_KEEP = "insert into kept_types (type, batch) select type, $2 from unnest($1::text[]) type"
_BACK = """
insert into backfills (batch, partition, next_offset, upto)
select $2, partition, 0, next_offset from offsets where subscriber = $1
"""
_MUST_KEEP = "update offsets set keeps = $2 where subscriber = $1"
_WHOLE = """
select type from kept_types k
where not exists (select from backfills b where b.batch = k.batch and b.next_offset < b.upto)
"""
_MISSING = """
select b.partition, sum(b.upto - b.next_offset)::bigint as records from backfills b
where b.next_offset < b.upto and b.batch in (select batch from kept_types where type = any($1))
group by b.partition order by b.partition
"""


class StillLearning(Exception):
    """Facts that this code decides by are still being read from the log: nothing is decided without them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The types that must be kept, as of a batch of additions (0: none yet)."""

    types: frozenset[str] = frozenset()
    batch: int = 0


async def read_kept(pool: Pool) -> Kept:
    records = await pool.fetch(_KEPT)
    return Kept(frozenset(r["type"] for r in records), max((r["batch"] for r in records), default=0))


async def keep(pool: asyncpg.Pool, types: Collection[str], log: EventLog) -> None:
    """From now on every worker of the service keeps these types too; what came before is noted as missing."""
    if (await read_kept(pool)).types.issuperset(types):
        return
    identity = await log.identity()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_FIRST, DECIDE, log.partitions, identity)
        # Nobody moves an offset between the boundary that is noted and the moment from which the types are kept.
        await connection.execute(_LOCK, DECIDE)
        kept = await read_kept(connection)
        new = sorted(set(types) - kept.types)
        if not new:
            return
        batch = kept.batch + 1
        await connection.execute(_KEEP, new, batch)
        await connection.execute(_BACK, DECIDE, batch)
        await connection.execute(_MUST_KEEP, DECIDE, batch)


async def missing(pool: Pool, types: Collection[str]) -> dict[int, int]:
    """By partition, how many records of the log must still be read again before all of these types' facts are here.

    A type that nobody keeps yet counts as missing everywhere: partition -1.
    """
    if not (await read_kept(pool)).types.issuperset(types):
        return {-1: 0}
    return {r["partition"]: r["records"] for r in await pool.fetch(_MISSING, list(types))}


async def whole_types(pool: Pool) -> frozenset[str]:
    """The types whose every fact is in the journal, as far as the log was read."""
    return frozenset(record["type"] for record in await pool.fetch(_WHOLE))


class Learned:
    """Whether all that this code decides by is in the journal. Once it is, it stays so: the table only grows."""

    def __init__(self, pool: Pool, types: Collection[str]) -> None:
        self._pool = pool
        self._types = types
        self._is_all_here = False

    async def all_here(self) -> None:
        """Raises StillLearning."""
        if not self._is_all_here:
            if await missing(self._pool, self._types):
                raise StillLearning
            self._is_all_here = True
