"""Connections: a plain asyncpg pool for commands and workers, an SQLAlchemy engine for reads."""

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

TRANSIENT = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    ConnectionError,
    OSError,
    TimeoutError,
)
"""Errors that pass: the same work may succeed a moment later."""


async def open_pool(dsn: str, size: int) -> asyncpg.Pool:
    """A pool whose statements end by themselves, so that a stuck database is an error and not a hang."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        command_timeout=30,
        timeout=10,
        max_inactive_connection_lifetime=300,
        server_settings={"application_name": "closedloop", "timezone": "UTC", "jit": "off"},
    )


def open_engine(dsn: str, size: int) -> AsyncEngine:
    """An engine for reads over the same database."""
    url = dsn.replace("postgresql://", "postgresql+asyncpg://", 1)
    return create_async_engine(url, pool_size=size, max_overflow=0, pool_timeout=10)
