"""Alembic, per service: each has its own database and its own line of migrations with one head."""

import asyncio
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from shared.db import engine, raised_by_driver
from shared.store.rights import statement
from shared.store.schema import metadata

SERVICES = Path(__file__).parents[2] / "services"
_LOCK = 6_401_772


class NewerDatabase(Exception):
    """The database was migrated by newer code. Nothing was done: no migration is ever taken back."""


def config_for(service: str, dsn: str) -> Config:
    """Alembic's configuration of one service's database (asyncpg's form of the address)."""
    config = Config()
    config.set_main_option("script_location", str(SERVICES / service / "migrations"))
    config.attributes["dsn"] = dsn
    config.attributes["service"] = service
    return config


def migrate_to_head(service: str, dsn: str) -> None:
    """Bring a service's database to its newest shape. Two at once wait for each other. Blocks. Raises NewerDatabase,
    or what the driver raises.
    """
    try:
        command.upgrade(config_for(service, dsn), "head")
    except CommandError as unknown:
        raise NewerDatabase(
            f"The database of {service} was migrated by newer code ({unknown}). Migrations are never taken back: start "
            "newer code, or restore a back-up from before the upgrade (docs/operations.md, Upgrade)."
        ) from unknown
    except DBAPIError as wrapped:
        raise raised_by_driver(wrapped) from wrapped


def run_environment() -> None:
    """What every service's `migrations/env.py` does."""
    asyncio.run(_run(context.config.attributes["dsn"]))


async def _run(dsn: str) -> None:
    once = engine(dsn, poolclass=NullPool)
    try:
        async with once.connect() as connection:
            await connection.run_sync(_migrate)
            await connection.commit()
    finally:
        await once.dispose()


def _migrate(connection: Connection) -> None:
    connection.exec_driver_sql(f"select pg_advisory_lock({_LOCK})")
    # The views' tables live in a schema of their own, made and dropped by the workers: not alembic's business.
    context.configure(connection=connection, target_metadata=metadata, include_schemas=False)
    with context.begin_transaction():
        context.run_migrations()
    connection.exec_driver_sql(statement(context.config.attributes["service"]))
