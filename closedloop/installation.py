"""Where an installation keeps its data: the embedded databases of one folder, or a cluster's by URL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from closedloop.postgres import EmbeddedPostgres
from closedloop.postgres.locks import alone
from shared.config import Settings
from shared.eventlog.embedded import make_tables as make_log
from shared.privacy.vault import make_table as make_vault
from shared.runtime import DsnOf, address
from shared.store.migrate import migrate_to_head
from shared.store.rights import statement

SERVICES = ("directory", "intake", "investigation", "resolution", "callback", "desk")
OWN_TABLES = ("vault", "log")
"""Databases without migrations: where one role is all, it makes its own tables."""


@asynccontextmanager
async def installation(settings: Settings) -> AsyncIterator[DsnOf]:
    """The addresses of the databases, ready to use, with the least rights that a running service needs.

    Embedded: starts PostgreSQL (or joins the one that runs), makes and migrates what is missing. By URL: the databases
    must be there and migrated (`closedloop migrate`).
    """
    if not settings.embedded:
        yield address(settings)
        return
    postgres = EmbeddedPostgres(settings.data)
    await asyncio.to_thread(postgres.start)
    try:
        async with _one_at_a_time(settings):
            await _set_up(postgres)
        yield lambda name: postgres.dsn(name, name)
    finally:
        await asyncio.to_thread(postgres.stop)


@asynccontextmanager
async def _one_at_a_time(settings: Settings) -> AsyncIterator[None]:
    """Two commands that set the same rights at once would meet in PostgreSQL's catalogue, where one of them fails."""
    lock = alone(settings.data / "set-up.lock")
    await asyncio.to_thread(lock.__enter__)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


async def _set_up(postgres: EmbeddedPostgres) -> None:
    for name in (*SERVICES, *OWN_TABLES):
        await postgres.ensure_database(name)
        await postgres.ensure_role(name)
    for name in OWN_TABLES:
        await _let_make_tables(postgres.dsn(name), f"closedloop_{name}")
    await migrate(postgres.dsn)


async def migrate(dsn_of: DsnOf, *others: str) -> None:
    """Bring every service's database to its newest shape, with an address that may change tables; and those of the
    others (of OWN_TABLES) that are named.
    """
    for service in SERVICES:
        await asyncio.to_thread(migrate_to_head, service, dsn_of(service))
    for name in others:
        connection = await asyncpg.connect(dsn_of(name))
        try:
            await (make_vault if name == "vault" else make_log)(connection)
            await connection.execute(statement(name))
        finally:
            await connection.close()


async def _let_make_tables(dsn: str, role: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"grant create, usage on schema public to {role}")
    finally:
        await connection.close()


def run_file(settings: Settings) -> Path:
    """Where a running system says who and where it is."""
    return settings.data / "run.json"
