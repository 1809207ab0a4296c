"""Where rows are measured: a PostgreSQL with the settings of production, and fresh databases for every row."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import psutil

from closedloop.installation import OWN_TABLES
from closedloop.postgres import EmbeddedPostgres
from closedloop.system import rooms_of
from shared.config import Settings
from shared.runtime import open_process, open_runtime
from shared.store.migrate import migrate_to_head
from tests.fixtures.runtimes import Workshop

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything. A quick run shows that all works, not how fast: `of` shrinks a number for it."""

    rounds: int = 5
    share: float = 1.0
    growth: int | None = None
    """Events of the growth row."""
    growth_data: Path | None = None
    """Where they are grown, if what was grown shall be kept."""

    def of(self, full: int, least: int) -> int:
        return max(least, int(full * self.share))


QUICK = Size(rounds=1, share=0.0)


@dataclass
class Stage:
    """One server. `dsn_of` gives the address of one of its databases as somebody who may do everything in it."""

    dsn_of: Callable[[str], str]
    server: psutil.Process | None = None
    """PostgreSQL's first process, where it runs on this machine."""
    _templates: dict[str, str] = field(default_factory=dict)

    async def database(self, name: str = "bench", template: str = "template1") -> str:
        """Makes a database, empty or as the template is; gives its name."""
        unique = f"{name}_{uuid4().hex[:10]}"
        await self.administer(f'create database "{unique}" template "{template}"')
        return unique

    async def drop(self, *names: str) -> None:
        for name in names:
            await self.administer(f'drop database if exists "{name}" with (force)')

    async def administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.dsn_of("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def migrated(self, service: str) -> str:
        """The name of a service's migrated, empty database, for others to be copied from."""
        if service not in self._templates:
            name = await self.database(f"empty_{service}")
            await asyncio.to_thread(migrate_to_head, service, self.dsn_of(name))
            self._templates[service] = name
        return self._templates[service]

    @asynccontextmanager
    async def workshop(self, *services: str, **settings: Any) -> AsyncIterator[Workshop]:
        """These services on fresh databases with their wheels at rest."""
        ending = uuid4().hex[:10]
        names = {name: f"{name}_{ending}" for name in (*services, *OWN_TABLES)}
        try:
            for service in services:
                template = await self.migrated(service)
                await self.administer(f'create database "{names[service]}" template "{template}"')
            for name in OWN_TABLES:
                await self.administer(f'create database "{names[name]}"')
            dsns = {name: self.dsn_of(unique) for name, unique in names.items()}
            async with AsyncExitStack() as stack:
                data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="closedloop-bench-")))
                by_url = self.dsn_of(f"service_{ending}").replace(f"service_{ending}", f"{{service}}_{ending}")
                chosen = Settings(data=data, database=by_url, **settings)
                process = await stack.enter_async_context(open_process(chosen, dsns.__getitem__))
                runtimes = {n: await stack.enter_async_context(open_runtime(rooms_of(n), process)) for n in services}
                yield Workshop(process, runtimes, dsns)
        finally:
            await self.drop(*names.values())


@asynccontextmanager
async def embedded_stage() -> AsyncIterator[Stage]:
    """A server of its own, as `make run` starts it: every commit waits for the disk."""
    # Not under a user's home: as root the database runs under another account, which could not reach it.
    with tempfile.TemporaryDirectory(prefix="closedloop-bench-") as folder:
        postgres = EmbeddedPostgres(Path(folder))
        await asyncio.to_thread(postgres.start)
        try:
            yield Stage(postgres.dsn, await asyncio.to_thread(_first_process, Path(folder)))
        finally:
            await asyncio.to_thread(postgres.stop)


def _first_process(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split()[0]))
