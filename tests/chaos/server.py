"""A PostgreSQL that is killed and stopped whole, as a machine would be, and whose journals lie on a small disk."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil

from closedloop.installation import OWN_TABLES
from closedloop.postgres import EmbeddedPostgres
from closedloop.postgres.account import server_account
from shared.store.migrate import migrate_to_head

_DISK = 48
"""Megabytes of the small disk. The journal and the outbox of every service lie on it, the write-ahead log does not."""


@dataclass
class Server:
    """`disk` is None where this machine lets nobody mount one: then it can't be full."""

    data: Path
    disk: Path | None = None
    _postgres: EmbeddedPostgres = field(init=False)

    def __post_init__(self) -> None:
        self._postgres = EmbeddedPostgres(self.data)

    @property
    def socket(self) -> Path:
        """Where it listens; proxies stand before it."""
        return self.data / "postgres" / ".s.PGSQL.5432"

    def start(self) -> None:
        """Start it, or bring it back. Blocks."""
        self._postgres.start()

    def dsn(self, database: str) -> str:
        """The superuser's address, around every proxy."""
        return self._postgres.dsn(database)

    def url(self, port: int) -> str:
        """The same through a proxy's port, as CLOSEDLOOP_DATABASE wants it."""
        user = self.dsn("postgres").partition("@")[0]
        return f"{user}@127.0.0.1:{port}/{{service}}"

    async def make(self, services: Sequence[str]) -> None:
        """Every database, migrated."""
        if self._mount():
            await self.run(f"create tablespace small location '{self.disk}'")
        for name in (*services, *OWN_TABLES):
            await self._postgres.ensure_database(name)
        for name in services:
            await asyncio.to_thread(migrate_to_head, name, self.dsn(name))
            if self.disk is not None:
                for table in ("journal", "outbox"):
                    await self.run(f"alter table {table} set tablespace small", name)

    async def run(self, statement: str, database: str = "postgres") -> None:
        """As the superuser."""
        connection = await asyncpg.connect(self.dsn(database))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _mount(self) -> bool:
        disk = self.data.parent / "small"
        disk.mkdir()
        command = ["/bin/mount", "-t", "tmpfs", "-o", f"size={_DISK}m", "tmpfs", str(disk)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            return False
        self.disk = disk / "tables"
        self.disk.mkdir()
        account = server_account(self.data / "postgres")
        account.own(disk)
        account.own(self.disk)
        return True

    def fill_disk(self) -> None:
        """Leave not one page free."""
        assert self.disk is not None
        with suppress(OSError), (self.disk.parent / "ballast").open("ab", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))

    def free_disk(self) -> None:
        assert self.disk is not None
        (self.disk.parent / "ballast").unlink(missing_ok=True)

    def kill(self) -> None:
        """All of its processes at once."""
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _processes(self) -> list[int]:
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.name() == "postgres" and process.cwd() == str(self.data / "postgres"):
                    found.append(process.pid)
        return found

    def end(self) -> None:
        """Stop it, and give the disk back."""
        self.resume()
        self._postgres.stop()
        if self.disk is not None:
            subprocess.run(["/bin/umount", "--lazy", str(self.disk.parent)], check=False)
