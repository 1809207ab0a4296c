"""Remembered answers grow old: after a while nobody repeats a request, and what it did stands in the journal."""

import asyncio

import structlog

from shared.db import TRANSIENT
from shared.store.connections import Pool

KEPT_DAYS = 30
"""Far longer than any caller tries again. A registration is guarded for ever besides, by version 1 of its subject."""
_FORGET = """
delete from idempotency where key = any(array(
  select key from idempotency where written_at < clock_timestamp() - make_interval(days => $1)
  order by written_at limit $2))
returning 1
"""
_AT_ONCE = 1_000
_EVERY, _SOON = 600.0, 0.1
"""Seconds until the next look, where there was nothing more, and where there is."""

log = structlog.get_logger("closedloop.forgetting")


async def forget(pool: Pool, days: int = KEPT_DAYS) -> int:
    """Forget answers that are older, at most so many that commands need not wait; says how many."""
    return len(await pool.fetch(_FORGET, days, _AT_ONCE))


async def keep_forgetting(pool: Pool) -> None:
    """Forget what is old, until cancelled. Any number of workers may."""
    while True:
        pause = _EVERY
        try:
            if await forget(pool) == _AT_ONCE:
                pause = _SOON
        except TRANSIENT as passing:
            log.warning("forgetting_waits", error=type(passing).__name__)
        await asyncio.sleep(pause)
