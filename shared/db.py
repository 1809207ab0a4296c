"""Connections: a plain asyncpg pool for commands and workers, an SQLAlchemy engine for reads."""

import ssl
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.config import Settings

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

TRANSIENT = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    # What the driver says of a connection that was lost just then, if it lost track of it; the pool drops it.
    asyncpg.InternalClientError,
    ConnectionError,
    OSError,
    TimeoutError,
)
"""Errors that pass: the same work may succeed a moment later."""


async def keep_session(_: object) -> None:
    """What a pool does with a connection that comes back, after its transaction, if one is left, was rolled back.

    Nothing that outlives a transaction is ever set in a session of ours (locks and settings end with it), so the usual
    reset would be a round trip for each statement, for nothing.
    """


async def open_pool(dsn: str, size: int) -> asyncpg.Pool:
    """A pool whose statements end by themselves, so that a stuck database is an error and not a hang."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        command_timeout=30,
        timeout=10,
        max_inactive_connection_lifetime=300,
        reset=keep_session,
        server_settings={"application_name": "closedloop", "timezone": "UTC", "jit": "off"},
    )


def open_engine(dsn: str, size: int) -> AsyncEngine:
    """An engine for reads over the same database. What is looked for may be a name: no error of it quotes that."""
    return engine(dsn, pool_size=size, max_overflow=0, pool_timeout=10, hide_parameters=True)


def passes(failed: DBAPIError | PoolTimeout) -> bool:
    """Whether a read that failed may succeed a moment later."""
    if not isinstance(failed, DBAPIError):
        return True
    return failed.connection_invalidated or isinstance(raised_by_driver(failed), TRANSIENT)


def raised_by_driver(failed: DBAPIError) -> BaseException:
    """What the driver raised: SQLAlchemy wraps it, twice."""
    return getattr(failed.orig, "__cause__", None) or failed


def engine(dsn: str, **how: Any) -> AsyncEngine:
    """An SQLAlchemy engine that connects exactly as a pool does. By a URL of its own it would not understand what an
    address says of certificates and files of passwords.
    """
    return create_async_engine("postgresql+asyncpg://", async_creator=partial(asyncpg.connect, dsn, timeout=10), **how)


def secured(dsn: str, settings: Settings) -> str:
    """The address, with who vouches for the server and by what we prove who we are, as the settings say.

    Raises ValueError for a certificate without its key, or without anybody who vouches for the server.
    """
    ca, certificate, key = settings.database_ca, settings.database_cert, settings.database_key
    if (certificate is None) != (key is None) or (certificate is not None and ca is None):
        raise ValueError(
            "Set CLOSEDLOOP_DATABASE_CERT and CLOSEDLOOP_DATABASE_KEY together, with CLOSEDLOOP_DATABASE_CA."
        )
    if ca is None:
        return dsn
    query = urlsplit(dsn).query
    if "sslmode" in query:
        raise ValueError("CLOSEDLOOP_DATABASE_CA is set, so CLOSEDLOOP_DATABASE must not say an sslmode of its own.")
    # Nobody who stands between may talk us out of it, and the certificate must be of the very host that we asked for.
    said = {"sslmode": "verify-full", "sslrootcert": str(ca)}
    if certificate is not None:
        said |= {"sslcert": str(certificate), "sslkey": str(key)}
    return f"{dsn}{'&' if query else '?'}{urlencode(said, safe='/{}')}"


def why_not(error: BaseException) -> str:
    """Why a database let us not in, and what to do; without a name, an address or a password in it."""
    match error:
        case asyncpg.InvalidPasswordError():
            return (
                "it knows no such user with this password: correct CLOSEDLOOP_DATABASE, or the password file it names"
            )
        case asyncpg.InvalidAuthorizationSpecificationError() if "no encryption" in str(error):
            return "it takes no plain connections: set CLOSEDLOOP_DATABASE_CA to the certificate of who vouches for it"
        case asyncpg.InvalidAuthorizationSpecificationError():
            return "it lets this user not in from here: look at its pg_hba.conf, and whether it wants our certificate"
        case asyncpg.InvalidCatalogNameError():
            return "it has no such database: make it, or correct CLOSEDLOOP_DATABASE"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not vouched for by CLOSEDLOOP_DATABASE_CA ({error.verify_message})"
        case ConnectionError() if "SSL" in str(error):
            return "it does not speak TLS: switch TLS on there (ssl = on)"
        case _:
            return type(error).__name__
