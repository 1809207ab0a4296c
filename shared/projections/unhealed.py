"""Refusing to start on a store that does not agree with its log. Nothing is guessed; the message names the command."""

from collections.abc import Sequence
from contextlib import nullcontext, suppress

import asyncpg

from shared.eventlog.protocol import EventLog, LogUnavailable, Record
from shared.projections.incoming import incoming
from shared.projections.offsets import WrongLog

RESTORED = "restored:"
"""Stands before a log's identity in the offsets of a store that was restored, until it agrees with its log again."""
HEAL = "stop all processes and run `closedloop restore heal` (docs/operations.md)"

_FETCH = 1_000
_DECIDE = "select partition, next_offset, log from offsets where subscriber = 'decide'"
_MARKED = "select exists (select from offsets where log like $1)"
_LACKING = """
select s.subject, s.version from unnest($1::text[], $2::int[]) as s(subject, version)
where not exists (select from journal j where j.subject = s.subject and j.source = $3 and j.version = s.version)
order by 1, 2 limit 1
"""


async def refuse_unhealed(pool: asyncpg.Pool, log: EventLog, service: str, *, reads: bool = True) -> None:
    """Raises WrongLog for a store that was restored and not healed, or that lacks events of its own.

    What the log tells of a service beyond what its store has read must stand in that store: it left it for the log. If
    it does not, the store was put back to an earlier instant, and would give versions away a second time. A process
    that need not be able to read the log (not `reads`) looks as far as it can: the workers look for it.
    """
    if await pool.fetchval(_MARKED, f"{RESTORED}%"):
        raise WrongLog(f"The store of {service} was restored and does not agree with its log yet: {HEAL}.")
    kept = await pool.fetch(_DECIDE)
    identity = await log.identity()
    if any(row["log"] != identity for row in kept):
        return  # Another log: its reader says so, and knows best.
    with nullcontext() if reads else suppress(LogUnavailable):
        await _compare(pool, log, service, {row["partition"]: row["next_offset"] for row in kept})


async def _compare(pool: asyncpg.Pool, log: EventLog, service: str, read: dict[int, int]) -> None:
    ends = await log.ends()
    behind = {p: read.get(p, 0) for p, end in ends.items() if read.get(p, 0) < end}
    if not behind:
        return
    reader = log.reader()
    try:
        await reader.assign(behind)
        left = {partition: ends[partition] - position for partition, position in behind.items()}
        while any(count > 0 for count in left.values()):
            records = await reader.fetch(limit=_FETCH, wait=0.2)
            for record in records:
                left[record.partition] -= 1
            await _must_be_there(pool, service, records)
    finally:
        await reader.close()


async def _must_be_there(pool: asyncpg.Pool, service: str, records: Sequence[Record]) -> None:
    own = [item for item in map(incoming, records) if item.source == service]
    if not own:
        return
    lacking = await pool.fetch(_LACKING, [item.subject for item in own], [item.version for item in own], service)
    if lacking:
        subject, version = lacking[0]
        raise WrongLog(
            f"The log tells of {service} what its store does not hold, first {subject} version {version}: the store "
            f"was put back to an earlier instant. Start nothing on it; {HEAL}."
        )
