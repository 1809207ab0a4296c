"""Takes one guard away, in this process only: where the suite then finds nothing, it would not have found a real fault.

Each function changes the one place that holds the guard, and says which failure is then to be expected.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from shared.eventlog.protocol import LogUnavailable
from shared.eventlog.relay import Relay
from shared.projections import offsets
from shared.store import append as appending
from shared.store.append import Item
from shared.store.connections import Pool
from shared.store.execute import Request
from shared.web import commands

_AFTER = """
select o.id, o.subject, o.traceparent, j.id as event_id, j.type, j.source, j.version, j.body, j.chain
from outbox o join journal j using (subject, revision) where o.id > $2 order by o.id limit $1
"""
_SENT = "delete from outbox where id = any($1)"
_HEADS = """
select subject, max(revision) as revision, max(version) filter (where source = $2) as own
from journal where subject = any($1) group by subject
"""
_CAS = " and o.next_offset = s.before"

Setter = Callable[[Any, str, Any], None]


def _queue(put: Setter) -> None:
    """The outbox read by a cursor, "after the last id": an event that commits late never reaches the log."""
    cursor: dict[int, int] = {}

    async def send_once(relay: Relay) -> int:
        rows = await relay._pool.fetch(_AFTER, 1_000, cursor.get(id(relay), 0))
        if not rows:
            return 0
        sent = await _send(relay, rows)
        if len(sent) < len(rows):
            raise LogUnavailable("not all of it")
        cursor[id(relay)] = rows[-1]["id"]
        return len(sent)

    put(Relay, "send_once", send_once)


def _one_batch(put: Setter) -> None:
    """Two batches a partition in flight: the second is in the log when the first has failed, and goes again."""

    async def send_once(relay: Relay) -> int:
        rows = await relay._pool.fetch(_AFTER, 1_000, 0)
        half = (len(rows) + 1) // 2
        parts = [part for part in (rows[:half], rows[half:]) if part]
        return sum(map(len, await asyncio.gather(*(_send(relay, part) for part in parts))))

    put(Relay, "send_once", send_once)


async def _send(relay: Relay, rows: Sequence[asyncpg.Record]) -> list[int]:
    relay._suspect.clear()
    batches = relay._batches(rows)
    answers = await relay._log.send({p: [out for _, out in batch] for p, batch in batches.items()})
    sent = [row_id for p, batch in batches.items() if isinstance(answers[p], int) for row_id, _ in batch]
    await relay._pool.execute(_SENT, sent)
    return sent


def _fence(put: Setter) -> None:
    """Offsets moved without comparing: a zombie writes what another worker has written already."""
    for name in ("_MOVE", "_OVER"):
        statement = getattr(offsets, name)
        assert _CAS in statement
        put(offsets, name, statement.replace(_CAS, ""))


def _version(put: Setter) -> None:
    """An append that lands whatever came in between: two decisions on the same state are both carried out."""
    put(appending, "append", _rebased(lambda item, own: True))


def _learned(put: Setter) -> None:
    """An append that collides with own events only: a fact that had arrived is overlooked by a decision after it."""
    put(appending, "append", _rebased(lambda item, own: own == item.rows[0].version - 1))


def _rebased(lands: Callable[[Item, int], bool]) -> Any:
    append = appending.append

    async def append_anywhere(connection: Pool, items: Sequence[Item]) -> list[bool]:
        subjects = [item.subject for item in items]
        found = await connection.fetch(_HEADS, subjects, items[0].rows[0].source)
        heads = {row["subject"]: (row["revision"], row["own"] or 0) for row in found}
        moved = []
        for item in items:
            revision, own = heads.get(item.subject, (0, 0))
            moved.append(replace(item, revision=revision) if lands(item, own) else item)
        return await append(connection, moved)

    return append_anywhere


def _idempotency(put: Setter) -> None:
    """No answer remembered: who did not hear one and asks again has it done twice."""
    put(commands, "Wish", lambda **fields: Request(**{**fields, "key": None}))


GUARDS: dict[str, Callable[[Setter], None]] = {
    "queue": _queue,
    "one-batch": _one_batch,
    "fence": _fence,
    "version": _version,
    "learned": _learned,
    "idempotency": _idempotency,
}
IN_THE_DATABASE = {"version": ("alter table journal drop constraint journal_stream",)}
"""What of a guard a database holds: to be run on every service's."""


def remove(name: str, put: Setter = setattr) -> None:
    """Take the guard of this name away. Raises KeyError."""
    GUARDS[name](put)
