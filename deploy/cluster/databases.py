"""A PostgreSQL for a cluster on this machine: the embedded server's programs, reached by URL.

Every service has a role for its APIs and one for its workers, each with its own password and with the least rights. The
commands of operators come as workers, since what they make anew, such as the tables of views, workers must own.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from closedloop.installation import SERVICES, migrate
from closedloop.postgres import EmbeddedPostgres
from shared.store.rights import KINDS

_SETTINGS = {"max_connections": "300"}
"""Two dozen processes open up to ten each."""
_DATABASES = (*SERVICES, "vault")


@dataclass(frozen=True)
class Databases:
    """The server, and its address: for processes, with `{kind}` in it, and for commands."""

    url: str
    for_commands: str
    server: EmbeddedPostgres

    async def revive(self) -> None:
        """Bring the server back if it died; nothing if it lives."""
        await asyncio.to_thread(self.server.start)


@asynccontextmanager
async def databases(data: Path) -> AsyncIterator[Databases]:
    """Start the server, make and migrate what is missing; stop it at the end. The data stays."""
    server = EmbeddedPostgres(data, settings=_SETTINGS)
    await asyncio.to_thread(server.start)
    try:
        roles = {name: database for database in _DATABASES for name in (f"{database}_{kind}" for kind in KINDS)}
        for database in _DATABASES:
            await server.ensure_database(database)
        for name, database in roles.items():
            await server.ensure_role(name, database)
        await migrate(server.dsn, "vault")
        passwords = data / "pgpass"
        _write_private(passwords, _pgpass(server.dsn(database, name) for name, database in roles.items()))
        tail = f"@/{{service}}?{urlsplit(server.dsn()).query}&passfile={passwords}"
        head = "postgresql://closedloop_{service}"
        yield Databases(f"{head}_{{kind}}{tail}", f"{head}_worker{tail}", server)
    finally:
        await asyncio.to_thread(server.stop)


def _pgpass(dsns: Iterable[str]) -> str:
    """Each role has its own password, which one address for all can't hold: they are looked up by host and role."""
    lines = []
    for dsn in dsns:
        parts = urlsplit(dsn)
        port = parse_qs(parts.query)["port"][0]
        # A Unix socket is called localhost in this file, whichever folder it lies in.
        lines.append(f"localhost:{port}:{parts.path[1:]}:{parts.username}:{unquote(parts.password or '')}")
    return "\n".join([*lines, ""])


def _write_private(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
