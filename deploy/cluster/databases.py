"""A PostgreSQL for a cluster on this machine: the embedded server's programs, reached by URL, with a role a service."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from closedloop.installation import OWN_TABLES, SERVICES, installation
from closedloop.postgres import EmbeddedPostgres
from shared.config import Settings

_SETTINGS = {"max_connections": "300"}
"""Two dozen processes open up to ten each."""


@dataclass(frozen=True)
class Databases:
    """The server, and its address for all processes alike."""

    url: str
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
        async with installation(Settings(data=data)) as dsn_of:
            passwords = data / "pgpass"
            _write_private(passwords, _pgpass(dsn_of(name) for name in (*SERVICES, *OWN_TABLES)))
            yield Databases(_url(dsn_of(SERVICES[0]), SERVICES[0], passwords), server)
    finally:
        await asyncio.to_thread(server.stop)


def _url(one: str, service: str, passwords: Path) -> str:
    """One address with `{service}` in it for all, made from one service's. It names the file of the passwords."""
    parts = urlsplit(one)
    user = (parts.username or "").replace(service, "{service}")
    return f"postgresql://{user}@{parts.netloc.rpartition('@')[2]}/{{service}}?{parts.query}&passfile={passwords}"


def _pgpass(dsns: Iterable[str]) -> str:
    """Each role has its own password, which one address for all can't hold: they are looked up by host and role."""
    lines = []
    for dsn in dsns:
        parts = urlsplit(dsn)
        asked = parse_qs(parts.query)
        # A Unix socket is called localhost in this file, whichever folder it lies in.
        host = parts.hostname or "localhost"
        port = parts.port or asked.get("port", ["5432"])[0]
        lines.append(f"{host}:{port}:{parts.path[1:]}:{parts.username}:{unquote(parts.password or '')}")
    return "\n".join([*sorted(set(lines)), ""])


def _write_private(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
