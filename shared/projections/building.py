"""The first generation of a view's version, built beside by the workers that know it, before they follow the log.

It answers once it was filled up to the log's end. What other versions there are goes on unseen: whoever runs their
code reads and keeps them, until an operator prunes them.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import asyncpg
import structlog

from shared.db import TRANSIENT
from shared.eventlog.protocol import EventLog, LogUnavailable
from shared.privacy.keyring import Keyring
from shared.privacy.vault import VaultUnavailable
from shared.projections.generations import answering_table, discard_unfinished, live_table
from shared.projections.offsets import Fenced
from shared.projections.rebuild import Flipped, rebuild
from shared.projections.view import View
from shared.store.leases import LIFE, release, take

_THERE = "select view from generations where live = 1 and view = any($1)"

log = structlog.get_logger("closedloop.building")
PASSING = (Fenced, Flipped, LogUnavailable, VaultUnavailable, asyncpg.UndefinedTableError, *TRANSIENT)


async def missing_views(pool: asyncpg.Pool, views: Sequence[View]) -> list[View]:
    """Those that do not answer yet in the version that this code knows."""
    there = {record["view"] for record in await pool.fetch(_THERE, [view.full_name for view in views])}
    return [view for view in views if view.full_name not in there]


async def begin_views(pool: asyncpg.Pool, event_log: EventLog, views: Sequence[View]) -> None:
    """Let views answer at once where nothing ever happened: there is nothing to fill them with."""
    if not (missing := await missing_views(pool, views)):
        return
    if any((await event_log.ends()).values()):
        return
    for view in missing:
        await live_table(pool, view)


async def build_views(
    pool: asyncpg.Pool, event_log: EventLog, keyring: Keyring, views: Sequence[View], owner: str
) -> None:
    """Return when all of them answer. Workers share them out: each view is built by the one that has its lease.

    Raises BrokenChain: from a damaged log nothing is built.
    """
    while missing := await missing_views(pool, views):
        for view in missing:
            try:
                await _build(pool, event_log, keyring, view, owner)
            except PASSING as passing:
                log.warning("building_waits", view=view.full_name, error=type(passing).__name__)
        await asyncio.sleep(0.2)


async def _build(pool: asyncpg.Pool, event_log: EventLog, keyring: Keyring, view: View, owner: str) -> None:
    lease = [f"build:{view.full_name}"]
    if not await take(pool, lease, owner):
        return
    keeper = asyncio.create_task(_keep(pool, lease, owner))
    try:
        if await answering_table(pool, view) is None:
            # Of a builder that was killed. One that only slept finds its table gone, and begins again.
            await discard_unfinished(pool, view)
            built = await rebuild(pool, event_log, keyring, view)
            log.info("view_built", view=view.full_name, events=built.events, seconds=round(built.seconds, 1))
    finally:
        keeper.cancel()
        with suppress(*TRANSIENT):
            await release(pool, lease, owner)


async def _keep(pool: asyncpg.Pool, lease: list[str], owner: str) -> None:
    while True:
        await asyncio.sleep(LIFE / 3)
        with suppress(*TRANSIENT):
            await take(pool, lease, owner)
