"""The rows of what is due: taken for a while, put back, ended; looked at by operators. Nothing in them is personal."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import UUID

import asyncpg

from shared.store.connections import Pool

LEASE = 60.0
"""Seconds that a row is left to who took it; then another worker takes it for dead."""

_TAKE = """
update due d set state = 'sending', attempts = attempts + 1,
  not_before = clock_timestamp() + make_interval(secs => $3)
from (select id, state as before from due
      where state in ('waiting', 'sending') and due_at <= $1 and kind = any($4)
        and (not_before is null or not_before <= clock_timestamp())
      order by due_at limit $2 for update skip locked) t, journal j
where d.id = t.id and j.subject = d.subject and j.revision = d.revision
returning d.id, d.kind, d.subject, d.attempts, d.last_error, d.not_before, t.before, j.body
"""
# What follows happens only while the row is still ours: who was taken for dead and wakes undoes nothing.
_PUT_BACK = """
update due set state = $3, attempts = $4, last_error = $5, not_before = clock_timestamp() + make_interval(secs => $6)
where id = $1 and not_before = $2
"""
_BECOME = """
update due set kind = $3, state = 'waiting', attempts = 0, not_before = null where id = $1 and not_before = $2
"""
_FAIL = "update due set state = 'failed', last_error = $3 where id = $1 and not_before = $2"
_END = "delete from due where id = $1"
_LATE = """
select id, kind, subject, due_at, state, attempts, last_error from due where state = 'failed' or due_at <= $1
order by state <> 'failed', due_at, id limit $2
"""
_FIND = "select id, kind, subject, due_at, state, attempts, last_error from due where id = $1"
_RETRY = """
update due set state = 'waiting', attempts = 0, not_before = null, last_error = null
where id = $1 and state = 'failed' and kind = any($2) returning id
"""


@dataclass(slots=True)
class Taken:
    """A row that a worker has taken."""

    id: UUID
    kind: str
    subject: str
    body: bytes
    """Of the event that brought it about."""
    attempts: int
    """How often in a row it ended as `last_error` says, this try included."""
    last_error: str | None
    lease: datetime
    """Until when it is ours, by the database's clock; no two takings have the same."""
    until: float
    """The same by this machine's monotonic clock, and never later."""
    left: bool
    """Something of it may have left the house. False is certain."""

    @property
    def key(self) -> str:
        """The provider's idempotency key."""
        return str(self.id)


async def take(pool: Pool, now: datetime, most: int, kinds: Collection[str]) -> list[Taken]:
    """Take rows of these kinds that are due at the business instant `now`. From here on each counts as having left the
    house. A kind that only newer code knows is left to newer code.
    """
    until = monotonic() + LEASE
    return [_taken(record, until) for record in await pool.fetch(_TAKE, now, most, LEASE, list(kinds))]


async def put_back(pool: Pool, row: Taken, error: str, times: int, pause: float) -> None:
    """Leave it for another try after so many seconds. `times`: how often in a row it ended in this error."""
    state = "sending" if row.left else "waiting"
    await pool.execute(_PUT_BACK, row.id, row.lease, state, times, error, pause)


async def become(pool: Pool, row: Taken, kind: str) -> None:
    """From now on it is a row of another kind, to be taken up at once."""
    await pool.execute(_BECOME, row.id, row.lease, kind)


async def fail(pool: Pool, row: Taken, code: str) -> None:
    """Refused: nobody takes it again by itself."""
    await pool.execute(_FAIL, row.id, row.lease, code)


async def end(pool: Pool, row: Taken) -> None:
    """What it was for is recorded."""
    await pool.execute(_END, row.id)


@dataclass(frozen=True, slots=True)
class DueRow:
    """A row as an operator sees it. `last_error` is a code or an error's name, never its words."""

    id: UUID
    kind: str
    subject: str
    due_at: datetime
    state: str
    attempts: int
    last_error: str | None


async def list_late(pool: Pool, now: datetime, limit: int = 1_000) -> list[DueRow]:
    """What failed, then what was due at the business instant `now` and is not done; the oldest first."""
    return [DueRow(**dict(record)) for record in await pool.fetch(_LATE, now, limit)]


async def find(pool: Pool, row_id: UUID) -> DueRow | None:
    """The row of this id."""
    return next((DueRow(**dict(record)) for record in await pool.fetch(_FIND, row_id)), None)


async def retry(pool: Pool, row_id: UUID, kinds: Collection[str]) -> bool:
    """Let a failed row of one of these kinds be taken up again. False, and nothing done, for any other."""
    return await pool.fetchval(_RETRY, row_id, list(kinds)) is not None


def _taken(record: asyncpg.Record, until: float) -> Taken:
    return Taken(
        id=record["id"],
        kind=record["kind"],
        subject=record["subject"],
        body=record["body"],
        attempts=record["attempts"],
        last_error=record["last_error"],
        lease=record["not_before"],
        until=until,
        left=record["before"] == "sending",
    )
