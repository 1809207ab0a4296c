"""An installation as back-up and restore see it: with its owner's rights, and known to be at rest."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg

from closedloop.installation import SERVICES, installation, run_file
from closedloop.postgres import EmbeddedPostgres
from shared.config import Settings
from shared.runtime import DsnOf

_WORKERS = "select count(*) from leases where (name like 'worker:%' or name like 'api:%') and until > clock_timestamp()"


class StillRunning(Exception):
    """The system works on this installation: stop all of its processes first."""


@dataclass(frozen=True, slots=True)
class Place:
    """The addresses of the databases: as a running service has them, and with the rights of their owner."""

    settings: Settings
    dsn_of: DsnOf
    owner: DsnOf


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Place]:
    """The databases of an installation, migrated; embedded, PostgreSQL runs meanwhile."""
    async with installation(settings) as dsn_of:
        if not settings.embedded:
            yield Place(settings, dsn_of, dsn_of)
            return
        postgres = EmbeddedPostgres(settings.data)
        await asyncio.to_thread(postgres.start)
        try:
            yield Place(settings, dsn_of, postgres.dsn)
        finally:
            await asyncio.to_thread(postgres.stop)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """One connection whose statements may take as long as they need."""
    connection = await asyncpg.connect(dsn, timeout=10, server_settings={"application_name": "closedloop back-up"})
    try:
        yield connection
    finally:
        await connection.close()


async def must_be_at_rest(place: Place) -> None:
    """Raises StillRunning while a system runs on the data folder, or a worker on one of the databases."""
    if runs(place.settings):
        raise StillRunning("The system runs on this data folder. Stop it, then run this command again.")
    for service in SERVICES:
        async with connected(place.owner(service)) as connection:
            if await connection.fetchval("select to_regclass('public.leases')") is None:
                continue
            if await connection.fetchval(_WORKERS):
                raise StillRunning(
                    f"A worker of {service} runs, or was killed within the last seconds. Stop all processes, wait ten "
                    "seconds, then run this command again."
                )


def runs(settings: Settings) -> bool:
    """Whether `closedloop run` lives on this data folder."""
    with suppress(OSError, ValueError, KeyError):
        os.kill(json.loads(run_file(settings).read_text())["pid"], 0)
        return True
    return False
