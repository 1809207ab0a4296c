"""How far a subscriber is, kept beside what it produced and moved by compare-and-set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.projections.incoming import Incoming, Reason, Stream
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
  where o.subscriber = $1 and o.partition = s.partition and o.next_offset = s.before and o.keeps = $9 returning 1)
select 'moved' as kind, null as subject, null as source, count(*)::int as version, null as reason,
       set_config('synchronous_commit', $8, true) as commits from moved
union all
select 'head', h.subject, h.source, h.version, null, null from heads h
join unnest($6::text[], $7::text[]) as s(subject, source) using (subject, source) where h.subscriber = $1
union all
select * from (select distinct on (subject) 'waiting', subject, null, null::int, reason, null from parked
               where subscriber = $1 and subject = any($6) order by subject, partition, position) w
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
_HEADS = """
select h.subject, h.source, h.version from heads h
join unnest($2::text[], $3::text[]) as s(subject, source) using (subject, source) where h.subscriber = $1
"""
_SET_HEADS = """
insert into heads (subscriber, subject, source, version)
select $1, s.subject, s.source, s.version from unnest($2::text[], $3::text[], $4::int[]) as s(subject, source, version)
on conflict (subscriber, subject, source) do update set version = excluded.version
"""
_WAITING = """
select distinct on (subject) subject, reason from parked
where subscriber = $1 and subject = any($2) order by subject, partition, position
"""


class Fenced(Exception):
    """Another worker moved these offsets meanwhile. Nothing was written; read the offsets again."""


class WrongLog(Exception):
    """The offsets were kept for another log, or the log was restored to an earlier instant. Nothing is guessed."""


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
            f"{subscriber} stands in log {strange.pop()}, but this is log {log_identity}. "
            "If the log was replaced on purpose, rebuild from it: see docs/operations.md."
        )
    return {record["partition"]: Position(record["next_offset"], record["last_event"]) for record in records}


async def move(
    connection: Pool,
    subscriber: str,
    steps: Mapping[int, tuple[int, int, UUID | None]],
    items: Iterable[Incoming],
    *,
    durable: bool,
    keeps: int,
) -> tuple[dict[Stream, int], dict[str, Reason]]:
    """Move offsets, partition -> (before, after, last event), and read the items' heads and what waits of them.

    The first statement of a transaction, so that a zombie can't write: raises Fenced, as it does when more types must
    be kept by now than those up to batch `keeps` (`shared/store/kept_types.py`). Not `durable`: the commit waits for no
    disk, since what a crash takes back is read again.
    """
    rows = [(partition, *step) for partition, step in sorted(steps.items())]
    columns = [list(column) for column in zip(*rows, strict=True)]
    streams = list({item.stream for item in items})
    subjects, sources = [s for s, _ in streams], [s for _, s in streams]
    commits = "on" if durable else "off"
    heads: dict[Stream, int] = {}
    waiting: dict[str, Reason] = {}
    for record in await connection.fetch(_MOVE, subscriber, *columns, subjects, sources, commits, keeps):
        match record["kind"]:
            case "moved" if record["version"] != len(rows):
                raise Fenced(subscriber)
            case "head":
                heads[record["subject"], record["source"]] = record["version"]
            case "waiting":
                waiting[record["subject"]] = record["reason"]
    return heads, waiting


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


async def read_heads(connection: Pool, subscriber: str, items: Iterable[Incoming]) -> dict[Stream, int]:
    streams = list({item.stream for item in items})
    records = await connection.fetch(_HEADS, subscriber, [s for s, _ in streams], [s for _, s in streams])
    return {(record["subject"], record["source"]): record["version"] for record in records}


async def set_heads(connection: Pool, subscriber: str, heads: Mapping[Stream, int]) -> None:
    if heads:
        streams = sorted(heads)
        await connection.execute(
            _SET_HEADS, subscriber, [s for s, _ in streams], [s for _, s in streams], [heads[s] for s in streams]
        )


async def read_waiting(connection: Pool, subscriber: str, subjects: Iterable[str]) -> dict[str, Reason]:
    """Subjects with something parked, and the reason of the first of it."""
    records = await connection.fetch(_WAITING, subscriber, list(subjects))
    return {record["subject"]: record["reason"] for record in records}
