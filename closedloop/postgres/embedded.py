"""What the supervisor asks of its PostgreSQL: start, a database and a role a service, and the addresses of both."""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Self

import asyncpg

from closedloop.postgres.account import server_account
from closedloop.postgres.locks import Handle, alone
from closedloop.postgres.server import PostgresUnavailable, Server, binaries
from closedloop.postgres.settings import PORT

_SUPERUSER = "postgres"
_ADMINISTRATION = 7_305_119
"""The advisory lock under which roles and databases are made: CREATE ROLE twice at once is an error, not a no-op."""


class EmbeddedPostgres:
    """A PostgreSQL in `<data>/postgres`, reached through a Unix socket, by password only.

    Any number of processes may hold it at once: the first starts the server, the last to stop it stops the server. It
    outlives a holder that was killed, and the next `start` finds it. All passwords derive from the random secret in
    `<data>/postgres.secret`; without that file the data can't be opened. `settings` overrides settings of the server.
    """

    def __init__(self, data: Path, *, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        self._data = data.expanduser().absolute()
        self._settings = settings
        self._server: Server | None = None
        self._handle: Handle | None = None
        self._sockets = Path()
        self._secret = b""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Make the data directory if it is missing, start the server or find the running one, wait until it is ready.

        Blocks: under a second when the data exists, as long as recovery takes after a crash. A second call does
        nothing, unless the server has died: then it brings it back. Raises `PostgresUnavailable`.
        """
        self._data.mkdir(parents=True, exist_ok=True)
        directory = self._data.resolve() / "postgres"
        with alone(self._data / "postgres.lock"):
            account = server_account(directory)
            account.let_execute(binaries())
            account.let_reach(directory)
            server = Server(directory, account)
            self._secret = self._read_secret(exists=directory.exists())
            if not directory.exists():
                server.create(self._password(_SUPERUSER))
            server.start(self._settings)
            self._server, self._sockets = server, server.sockets
            self._handle = self._handle or Handle(self._data / "postgres.handles")

    def stop(self) -> None:
        """Let go of the server, and stop it if nobody else holds it. A second call does nothing."""
        if self._handle is None or self._server is None:
            return
        handle, self._handle = self._handle, None
        with alone(self._data / "postgres.lock"):
            if handle.is_last():
                self._server.stop()
            handle.close()

    def dsn(self, database: str = "postgres", role: str | None = None) -> str:
        """The address of a database, for asyncpg; SQLAlchemy takes it with `postgresql+asyncpg` for `postgresql`.

        `role` is a name given to `ensure_role`; without one the address is the superuser's.
        """
        if self._handle is None:
            raise PostgresUnavailable("The embedded PostgreSQL has not been started.")
        user = _SUPERUSER if role is None else role_name(role)
        return f"postgresql://{user}:{self._password(user)}@/{_plain(database)}?host={self._sockets}&port={PORT}"

    async def ensure_database(self, name: str) -> None:
        """Make the database if it is missing. Nobody but the superuser may connect until `ensure_role` says so."""
        async with self._administration() as connection:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
                await connection.execute(f"CREATE DATABASE {_plain(name)}")
            # Stated on every call: a kill between the two statements must not leave it open.
            await connection.execute(f"REVOKE ALL ON DATABASE {_plain(name)} FROM PUBLIC")

    async def ensure_role(self, name: str, *databases: str) -> None:
        """Make the runtime role of a service: it may log in, and connect to these databases, and no more.

        What it may do inside a database is granted by that database's migrations. Without `databases`: the one that
        bears the same name.
        """
        role = role_name(name)
        async with self._administration() as connection:
            await connection.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
            if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
                await connection.execute(f"CREATE ROLE {role}")
            await connection.execute(
                f"ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
                f" PASSWORD '{self._password(role)}'"
            )
            for database in databases or (name,):
                await connection.execute(f"GRANT CONNECT ON DATABASE {_plain(database)} TO {role}")

    @asynccontextmanager
    async def _administration(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.dsn())
        try:
            await connection.execute(f"SELECT pg_advisory_lock({_ADMINISTRATION})")
            yield connection
        finally:
            await connection.close()

    def _password(self, user: str) -> str:
        return hmac.new(self._secret, user.encode(), hashlib.sha256).hexdigest()

    def _read_secret(self, *, exists: bool) -> bytes:
        path = self._data / "postgres.secret"
        if not path.exists():
            if exists:
                raise PostgresUnavailable(f"{path} is missing, and the data can't be opened without it: put it back.")
            draft = path.with_suffix(".new")
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        return path.read_bytes()


def role_name(name: str) -> str:
    """The database role of a service: `intake` gives `closedloop_intake`."""
    return f"closedloop_{_plain(name)}"


def _plain(name: str) -> str:
    """The name, if it may stand in SQL and in an address as it is. Raises `ValueError`."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,50}", name):
        raise ValueError(f"{name!r} can't name a database or a role: lower-case letters, digits and underscores only")
    return name
