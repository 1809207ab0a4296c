"""Letting go by itself what older code could not read and this code can: an upgrade leaves nothing for operators to do.

While both run, older code parks what it must not pass over and does not know; whoever knows it takes it in soon after.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import structlog

from shared.db import TRANSIENT
from shared.eventlog.protocol import LogUnavailable
from shared.privacy.vault import VaultUnavailable
from shared.projections.incoming import incoming
from shared.projections.offsets import Fenced
from shared.projections.parking import parked_records
from shared.projections.subscriber import Subscriber
from shared.store.append import Collision

_EVERY = 1.0
_MOST = 100
_UNKNOWN = """
select subscriber, subject, position from (
  select distinct on (subscriber, subject) subscriber, subject, position, reason from parked
  order by subscriber, subject, partition, position) first
where reason = 'unknown_type' and subscriber = any($1) and subject <> all($2::text[]) limit $3
"""
_PASSING = (Fenced, Collision, LogUnavailable, VaultUnavailable, *TRANSIENT)

log = structlog.get_logger("closedloop.releasing")


class Releasing:
    """One service's, in one worker. What this code can't read either is looked at once: it learns nothing new."""

    def __init__(self, pool: asyncpg.Pool, subscribers: Callable[[], Awaitable[Sequence[Subscriber]]]) -> None:
        self._pool = pool
        self._subscribers = subscribers
        self._unreadable: set[str] = set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(_EVERY)
            try:
                await self.once()
            except _PASSING as passing:
                log.warning("releasing_waits", error=type(passing).__name__)

    async def once(self) -> int:
        """Release what can be read; says how many events."""
        if not await self._pool.fetchval("select exists (select from parked where reason = 'unknown_type')"):
            return 0
        released = 0
        for subscriber in await self._subscribers():
            rows = await self._pool.fetch(_UNKNOWN, [subscriber.name], list(self._unreadable), _MOST)
            for subject in [row["subject"] for row in rows]:
                if await self._can_read(subscriber, subject):
                    released += await subscriber.release(subject)
                else:
                    self._unreadable.add(subject)
        return released

    async def _can_read(self, subscriber: Subscriber, subject: str) -> bool:
        records = await parked_records(self._pool, subscriber.event_log, subscriber.name, subject)
        items = await subscriber.prepare([incoming(record) for record in records[:1]])
        return any(item.error is None for item in items)
