"""The append: one data-modifying statement for journal, outbox, guards, due and idempotency of many subjects.

An item is all or nothing. It lands only on the very revision it was decided on: an own event or a learned fact that
came in between makes it collide, and it is decided again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.store.connections import Pool

_APPEND = """
with item as (select * from unnest($1::int[], $2::text[], $3::int[]) as t(item, subject, revision)),
event as (select * from unnest($4::int[], $5::int[], $6::text[], $7::int[], $8::uuid[], $9::text[],
            $10::timestamptz[], $11::bytea[], $12::bytea[])
          as t(item, revision, source, version, id, type, recorded, body, chain)),
send as (select * from unnest($13::int[], $14::int[], $15::text[]) as t(item, revision, traceparent)),
reference as (select * from unnest($16::int[], $17::text[], $18::int[]) as t(item, subject, revision)),
guard as (select * from unnest($19::int[], $20::text[], $21::int[], $22::text[]) as t(item, key, revision, value)),
later as (select * from unnest($23::int[], $24::uuid[], $25::text[], $26::int[], $27::timestamptz[])
          as t(item, id, kind, revision, due_at)),
answer as (select * from unnest($28::int[], $29::text[], $30::bytea[], $31::text[])
          as t(item, key, fingerprint, answer)),
ok as (
  select i.item, i.subject from item i
  where (i.revision = 0 or exists (select from journal j where j.subject = i.subject and j.revision = i.revision))
    and not exists (select from journal j where j.subject = i.subject and j.revision = i.revision + 1)
    and not exists (select from reference r join journal j on j.subject = r.subject and j.revision = r.revision + 1
                    where r.item = i.item)
    and not exists (select from guard g left join guards s on s.key = g.key
                    where g.item = i.item and coalesce(s.revision, 0) <> g.revision)
    and not exists (select from answer a join idempotency k on k.key = a.key where a.item = i.item)
),
in_journal as (
  insert into journal (subject, revision, source, version, id, type, recorded, body, chain)
  select ok.subject, e.revision, e.source, e.version, e.id, e.type, e.recorded, e.body, e.chain
  from event e join ok using (item) order by ok.subject, e.revision),
in_outbox as (
  insert into outbox (subject, revision, traceparent)
  select ok.subject, s.revision, s.traceparent from send s join ok using (item) order by s.item, s.revision),
first_guards as (
  insert into guards (key, revision, value)
  select g.key, 1, g.value::jsonb from guard g join ok using (item) where g.revision = 0),
next_guards as (
  update guards s set revision = g.revision + 1, value = g.value::jsonb
  from guard g join ok using (item)
  where s.key = g.key and g.revision > 0 and s.revision = g.revision returning s.key),
in_due as (
  insert into due (id, kind, subject, revision, due_at)
  select l.id, l.kind, ok.subject, l.revision, l.due_at from later l join ok using (item)),
in_answers as (
  insert into idempotency (key, fingerprint, answer)
  select a.key, a.fingerprint, a.answer::jsonb from answer a join ok using (item))
select item from ok
where require_all_set((select count(*) from guard g join ok using (item) where g.revision > 0),
                      (select count(*) from next_guards))
"""


class Collision(Exception):
    """Something came in between. Nothing was written; load and decide again."""


@dataclass(frozen=True, slots=True)
class NewRow:
    """A fact to be appended; with `send`, one of our own that must reach the log."""

    source: str
    version: int
    id: UUID
    type: str
    recorded: datetime
    body: bytes
    chain: bytes
    send: bool = True
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class NewGuard:
    """The next value of a guard row, and the revision it must still have (0: must not exist)."""

    key: str
    revision: int
    value: Any


@dataclass(frozen=True, slots=True)
class NewDue:
    """Something to happen at an instant because of the event at this place among the item's rows (0-based)."""

    id: UUID
    kind: str
    row: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """The answer to remember under an idempotency key."""

    key: str
    fingerprint: bytes
    answer: Any


@dataclass(frozen=True, slots=True)
class Item:
    """One subject's append: lands on `revision`, and only while the references named are what they were."""

    subject: str
    revision: int
    rows: tuple[NewRow, ...]
    references: tuple[tuple[str, int], ...] = ()
    guards: tuple[NewGuard, ...] = ()
    due: tuple[NewDue, ...] = ()
    answer: NewAnswer | None = None


async def append(connection: Pool, items: Sequence[Item]) -> list[bool]:
    """Append what fits; says for each item whether it did. Raises when a concurrent append broke the statement."""
    records = await connection.fetch(_APPEND, *_columns(items))
    done = {record["item"] for record in records}
    return [number in done for number in range(len(items))]


async def append_each(connection: Pool, items: Sequence[Item]) -> list[bool]:
    """The same, telling conflicts apart. Of items that set the same row only the first can land: the others are not
    tried, for they would break the batch. If it breaks nevertheless, its items go one by one.
    """
    apart = without_rivals(items)
    done = await _each(connection, [items[n] for n in apart])
    landed = {n for n, has_landed in zip(apart, done, strict=True) if has_landed}
    return [n in landed for n in range(len(items))]


async def _each(connection: Pool, items: Sequence[Item]) -> list[bool]:
    try:
        return await append(connection, items)
    except (asyncpg.UniqueViolationError, asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
        if len(items) == 1:
            return [False]
    return [(await _each(connection, [item]))[0] for item in items]


def without_rivals(items: Sequence[Item]) -> list[int]:
    """The places of items that set no row, a guard's or a remembered answer's, which one before them sets."""
    taken: set[tuple[str, str]] = set()
    found = []
    for n, item in enumerate(items):
        rows = {("guard", guard.key) for guard in item.guards}
        rows |= {("answer", item.answer.key)} if item.answer is not None else set()
        if taken.isdisjoint(rows):
            taken |= rows
            found.append(n)
    return found


def _columns(items: Sequence[Item]) -> list[list[Any]]:
    heads = [(n, item.subject, item.revision) for n, item in enumerate(items)]
    events, sends = [], []
    references, guards, later, answers = [], [], [], []
    for n, item in enumerate(items):
        for revision, row in enumerate(item.rows, item.revision + 1):
            events.append((n, revision, row.source, row.version, row.id, row.type, row.recorded, row.body, row.chain))
            if row.send:
                sends.append((n, revision, row.traceparent))
        references += [(n, subject, revision) for subject, revision in item.references]
        guards += [(n, g.key, g.revision, orjson.dumps(g.value).decode()) for g in item.guards]
        later += [(n, d.id, d.kind, item.revision + 1 + d.row, d.due_at) for d in item.due]
        if item.answer is not None:
            answer = item.answer
            answers.append((n, answer.key, answer.fingerprint, orjson.dumps(answer.answer).decode()))
    widths = ((heads, 3), (events, 9), (sends, 3), (references, 3), (guards, 4), (later, 5), (answers, 4))
    return [column for rows, width in widths for column in _transposed(rows, width)]


def _transposed(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
