"""Nothing is skipped: what can't be taken in waits, per subscriber and subject, with its place in the log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.eventlog.protocol import EventLog, LogUnavailable, Reader, Record
from shared.projections.incoming import Parked
from shared.store.connections import Pool

_PARK = """
insert into parked (subscriber, subject, partition, position, source, version, reason, error)
select $1, * from unnest($2::text[], $3::smallint[], $4::bigint[], $5::text[], $6::int[], $7::text[], $8::text[])
on conflict do nothing
"""
_LIST = """
select subscriber, subject, partition, position, source, version, reason, error, parked_at from parked
order by parked_at, subscriber, subject, position limit $1
"""
_OF_SUBJECT = """
select partition, position from parked where subscriber = $1 and subject = $2 order by position
"""
_RELEASE = "delete from parked where subscriber = $1 and subject = $2 and position = any($3)"


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """One parked event: where it stands in the log, why it waits. It bears no content."""

    subscriber: str
    subject: str
    partition: int
    position: int
    source: str
    version: int
    reason: str
    error: str | None
    parked_at: datetime


async def park(connection: Pool, subscriber: str, parked: Iterable[Parked]) -> None:
    rows = [
        (
            each.item.subject,
            each.item.record.partition,
            each.item.record.offset,
            each.item.source,
            each.item.version,
            each.reason,
            each.item.error,
        )
        for each in parked
    ]
    if rows:
        await connection.execute(_PARK, subscriber, *(list(column) for column in zip(*rows, strict=True)))


async def list_parked(pool: Pool, limit: int = 1_000) -> list[ParkedRow]:
    return [ParkedRow(**dict(record)) for record in await pool.fetch(_LIST, limit)]


async def parked_records(pool: Pool, log: EventLog, subscriber: str, subject: str) -> list[Record]:
    """The parked events of a subject, read again from the log. Raises LogUnavailable."""
    places = [(r["partition"], r["position"]) for r in await pool.fetch(_OF_SUBJECT, subscriber, subject)]
    reader = log.reader()
    try:
        return [await _record_at(reader, partition, position) for partition, position in places]
    finally:
        await reader.close()


async def _record_at(reader: Reader, partition: int, position: int) -> Record:
    await reader.assign({partition: position})
    for _ in range(100):
        found = await reader.fetch(limit=1, wait=0.1)
        if found:
            if found[0].offset != position:
                raise LogUnavailable(f"partition {partition} no longer has position {position}")
            return found[0]
    raise LogUnavailable(f"position {position} of partition {partition} can't be read")


async def forget_parked(connection: Pool, subscriber: str, subject: str, positions: list[int]) -> None:
    await connection.execute(_RELEASE, subscriber, subject, positions)
