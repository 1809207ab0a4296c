"""What a process does before it works: it joins the data as its own code means them, beside processes of other code.

An API decides nothing, and a worker follows nothing, before what the code decides by is in the journal. A view that
the code shows in a new version is built beside the old one, which stays as it is for those who read it.
"""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from shared.eventlog.protocol import EventLog
from shared.privacy.keyring import Keyring
from shared.projections.backfill import PASSING, Backfill
from shared.projections.building import begin_views, build_views
from shared.rooms import Rooms
from shared.store.fitting import must_fit
from shared.store.kept_types import keep

log = structlog.get_logger("closedloop.upgrade")


async def join(rooms: Rooms, pool: asyncpg.Pool, event_log: EventLog) -> None:
    """What a process does first, if it may: an API leaves it to a worker of its code. Raises Unfit.

    From here on all workers keep what this code wants to know, so that only what is older must be learned.
    """
    await must_fit(pool, rooms.name)
    # It takes the rows of all offsets at once, and workers that move them may be in its way.
    await _until_it_works(rooms.name, lambda: keep(pool, rooms.service.learned_types, event_log))
    await begin_views(pool, event_log, rooms.views)


async def prepare(rooms: Rooms, pool: asyncpg.Pool, event_log: EventLog, keyring: Keyring, owner: str) -> None:
    """What a worker does before it follows the log. Raises Unreadable, WrongLog, BrokenChain."""
    backfill = Backfill(rooms.name, rooms.service.learned_types, pool, event_log, owner)
    await _until_it_works(rooms.name, backfill.run)
    await _until_it_works(rooms.name, lambda: build_views(pool, event_log, keyring, rooms.views, owner))


async def _until_it_works(service: str, step: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await step()
        except PASSING as passing:
            log.warning("upgrade_waits", service=service, error=type(passing).__name__)
            await asyncio.sleep(0.5)
