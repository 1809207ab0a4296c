"""How far a subscriber is, kept beside what it produced and moved by compare-and-set."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from uuid import UUID

from shared.eventlog.protocol import Record
from shared.projections.incoming import Reason
from shared.store.connections import Pool

_TAKE = """
insert into offsets (subscriber, partition, next_offset, log)
select $1, p, 0, $3 from unnest($2::smallint[]) p on conflict do nothing
"""
_READ = "select partition, next_offset, log, last_event from offsets where subscriber = $1 and partition = any($2)"
_MOVE = """
with step as (select * from unnest($2::smallint[], $3::bigint[], $4::bigint[], $5::uuid[])
              as t(partition, before, after, last_event)),
moved as (
  update offsets o set next_offset = s.after, last_event = s.last_event from step s
  where o.subscriber = $1 and o.partition = s.partition and o.next_offset = s.before and o.keeps = $8 returning 1)
select null as subject, count(*)::text as told, set_config('synchronous_commit', $7, true) as commits from moved
union all
select * from (select distinct on (subject) subject, reason, null from parked
               where subscriber = $1 and subject = any($6) order by subject, partition, position) w
"""
_OVER = """
with unhurried as (select set_config('synchronous_commit', 'off', true)),
step as (select * from unnest($1::text[], $2::smallint[], $3::bigint[], $4::bigint[], $5::uuid[], $6::int[])
         as t(subscriber, partition, before, after, last_event, keeps))
update offsets o set next_offset = s.after, last_event = s.last_event from step s, unhurried
where o.subscriber = s.subscriber and o.partition = s.partition and o.next_offset = s.before and o.keeps = s.keeps
returning o.subscriber
"""
_LOCK = """
select keeps from offsets where subscriber = $1 and partition = any($2) order by partition for update
"""
_AT_END = """
with unhurried as (select set_config('synchronous_commit', 'off', true))
update offsets set read_to_end_at = clock_timestamp() from unhurried where subscriber = $1 and partition = any($2)
"""
_BEFORE = """
select coalesce(sum(greatest(e.upto - coalesce(o.next_offset, 0), 0)), 0)::bigint
from unnest($2::smallint[], $3::bigint[]) e(partition, upto)
left join offsets o on o.subscriber = $1 and o.partition = e.partition
"""
_WAITING = """
select distinct on (subject) subject, reason from parked
where subscriber = $1 and subject = any($2) order by subject, partition, position
"""


class Fenced(Exception):
    """Another worker moved these offsets meanwhile. Nothing was written; read the offsets again."""


class WrongLog(Exception):
    """The offsets were kept for another log, or the log was restored to an earlier instant. Nothing is guessed."""


Step = tuple[str, int, int, int, UUID | None, int]
"""Subscriber, partition, offset before and after, id of the last event, and the batch of types that it keeps."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a subscriber stands in a partition, and the id of the event before (None at the start)."""

    next_offset: int
    last_event: UUID | None


async def read_positions(
    pool: Pool, subscriber: str, partitions: Iterable[int], log_identity: str
) -> dict[int, Position]:
    """Positions of these partitions, beginning at 0 where there were none. Raises WrongLog."""
    wanted = sorted(partitions)
    await pool.execute(_TAKE, subscriber, wanted, log_identity)
    records = await pool.fetch(_READ, subscriber, wanted)
    if strange := {record["log"] for record in records} - {log_identity}:
        raise WrongLog(
            f"{subscriber} stands in log {strange.pop()}, but this is log {log_identity}. If this one takes that one's "
            "place, stop all processes and run `closedloop restore heal --new-log`: see docs/operations.md."
        )
    return {record["partition"]: Position(record["next_offset"], record["last_event"]) for record in records}


def step_of(records: Iterable[Record]) -> dict[int, tuple[int, UUID | None]]:
    """Partition to where one stands after these records, and the id of the last."""
    last = {record.partition: record for record in records}
    return {partition: (record.offset + 1, _event_id(record)) for partition, record in last.items()}


def _event_id(record: Record) -> UUID | None:
    raw = record.header("id")
    return UUID(raw.decode()) if raw else None


async def move(
    connection: Pool,
    subscriber: str,
    steps: Mapping[int, tuple[int, int, UUID | None]],
    subjects: Iterable[str],
    *,
    durable: bool,
    keeps: int,
) -> dict[str, Reason]:
    """Move offsets, partition -> (before, after, last event), and read which of the subjects wait, and why.

    The first statement of a transaction, so that a zombie can't write: raises Fenced, as it does when more types must
    be kept by now than those up to batch `keeps` (`shared/store/kept_types.py`). Not `durable`: the commit waits for no
    disk, since what a crash takes back is read again.
    """
    rows = [(partition, *step) for partition, step in sorted(steps.items())]
    columns = [list(column) for column in zip(*rows, strict=True)]
    commits = "on" if durable else "off"
    waiting: dict[str, Reason] = {}
    for record in await connection.fetch(_MOVE, subscriber, *columns, sorted(set(subjects)), commits, keeps):
        if record["subject"] is not None:
            waiting[record["subject"]] = record["told"]
        elif int(record["told"]) != len(rows):
            raise Fenced(subscriber)
    return waiting


async def pass_by(pool: Pool, steps: Sequence[Step]) -> set[str]:
    """Move offsets over what their subscribers have no use for, all in one statement. Gives the subscribers that were
    fenced; nothing is lost by a move that they then did not see.
    """
    moved = Counter(row["subscriber"] for row in await pool.fetch(_OVER, *_columns(steps, 6)))
    return {name for name, wanted in Counter(step[0] for step in steps).items() if moved[name] != wanted}


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    return [list(column) for column in zip(*sorted(rows, key=itemgetter(0, 1)), strict=True)] or [[]] * width


async def hold(connection: Pool, subscriber: str, partitions: list[int], keeps: int) -> None:
    """Let nobody move these offsets until the transaction ends. Raises Fenced as `move` does."""
    if any(record["keeps"] != keeps for record in await connection.fetch(_LOCK, subscriber, partitions)):
        raise Fenced(subscriber)


async def mark_read_to_end(pool: Pool, subscriber: str, partitions: list[int]) -> None:
    """These partitions were just seen to be read to their ends."""
    await pool.execute(_AT_END, subscriber, partitions)


async def events_before(pool: Pool, subscriber: str, ends: Mapping[int, int]) -> int:
    """How many events before these ends it has not taken in yet."""
    count: int = await pool.fetchval(_BEFORE, subscriber, list(ends), list(ends.values()))
    return count


async def read_waiting(connection: Pool, subscriber: str, subjects: Iterable[str]) -> dict[str, Reason]:
    """Subjects with something parked, and the reason of the first of it."""
    records = await connection.fetch(_WAITING, subscriber, list(subjects))
    return {record["subject"]: record["reason"] for record in records}
