"""Installations to be backed up, lost and restored: databases by address, a data folder each, payments in one file."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from closedloop.attach import settled
from closedloop.backup.heal import Allowed, Healed, heal
from closedloop.backup.place import Place, connected, opened
from closedloop.backup.restore import restore
from closedloop.backup.take import Taken, take
from closedloop.installation import OWN_TABLES, SERVICES
from closedloop.system import seed
from closedloop.verify.report import Report
from closedloop.verify.run import verify
from shared.config import Settings
from shared.decide.due import NotTaken, Provider, Sent
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.system import House, open_house

_OWN = "select subject, version, body from journal where source = $1 order by 1, 2"
_JOURNAL = "select subject, revision, source, version, body from journal order by 1, 2"
_GUARDS = "select key, value::text from guards where value is not null order by 1"
Journal = list[tuple[Any, ...]]


@dataclass
class Gate:
    """A provider that can be shut: then it certainly does nothing."""

    inner: Provider
    shut: bool = False

    async def send(self, key: str, request: dict[str, Any]) -> Sent:
        if self.shut:
            raise NotTaken
        return await self.inner.send(key, request)

    async def look_up(self, key: str) -> Sent | None:
        return await self.inner.look_up(key)


@dataclass
class Town:
    """One installation."""

    settings: Settings
    gates: dict[str, Gate] = field(default_factory=dict)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[House]:
        """The system, at work; at the end nothing is on its way any more."""
        async with open_house(self.settings) as house:
            await seed(house.system.runtimes["directory"])
            yield house
            await settled(house.system.process, dict(house.system.runtimes))

    @asynccontextmanager
    async def gated(self) -> AsyncIterator[tuple[House, Gate]]:
        """The same, with a provider that can be shut."""
        async with self.working() as house:
            providers: Any = house.system.process.providers
            gate = providers["payments"] = Gate(providers["payments"])
            try:
                yield house, gate
            finally:
                gate.shut = False

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        async with opened(self.settings) as place:
            yield place

    async def back_up(self, to: Path) -> Taken:
        """Into `<to>/all` and `<to>/vault`."""
        async with self.place() as place:
            return await take(place, to / "all", to / "vault")

    async def restore(self, *sources: tuple[Path, set[str]]) -> None:
        """Parts from several back-ups."""
        async with self.place() as place:
            for source, parts in sources:
                await restore(place, source / "all", source / "vault" if "vault" in parts else None, parts)

    async def heal(self, **allowed: bool) -> Healed:
        async with self.place() as place:
            return await heal(place, Allowed(**allowed))

    async def own_events(self, service: str) -> Journal:
        return await self._rows(service, _OWN, service)

    async def journal(self, service: str) -> Journal:
        return await self._rows(service, _JOURNAL)

    async def guards(self, service: str) -> Journal:
        return await self._rows(service, _GUARDS)

    async def due(self, service: str) -> Journal:
        return await self._rows(service, "select kind, subject, state, last_error from due order by 1, 2")

    async def _rows(self, database: str, statement: str, *arguments: Any) -> Journal:
        async with self.place() as place, connected(place.owner(database)) as connection:
            return [tuple(row) for row in await connection.fetch(statement, *arguments)]

    def paid(self) -> list[str]:
        """Every line that was handed to whoever pays."""
        assert self.settings.providers is not None
        file = self.settings.providers / "payments.jsonl"
        return file.read_text().splitlines() if file.exists() else []


async def verified(house: House) -> Report:
    """What `closedloop verify` says once nothing is on its way."""
    await settled(house.system.process, dict(house.system.runtimes))
    return await verify(house.system.process, house.system.runtimes)


@dataclass
class Towns:
    """Makes installations, and takes them down."""

    server: PostgresServer
    templates: Mapping[str, str]
    home: Path
    made: list[str] = field(default_factory=list)

    async def new(self, like: Town | None = None, **changed: Any) -> Town:
        """An empty one; with another's master key and payments, as after the loss of its machine."""
        suffix = uuid4().hex[:10]
        administration = await asyncpg.connect(self.server.dsn("postgres"))
        try:
            for name in (*SERVICES, *OWN_TABLES):
                template = self.templates.get(name, "template1")
                self.made.append(f"{name}_{suffix}")
                await administration.execute(
                    f'create database "{name}_{suffix}" template "{template}" strategy file_copy'
                )
        finally:
            await administration.close()
        data = self.home / suffix
        data.mkdir()
        if like is not None:
            shutil.copy(like.settings.data / "master.key", data / "master.key")
        address = self.server.dsn("placeholder").replace("placeholder", f"{{service}}_{suffix}")
        settings = Settings(data=data, database=address, providers=self.home / "providers", port=0)
        return Town(settings.model_copy(update=changed))

    async def end(self) -> None:
        administration = await asyncpg.connect(self.server.dsn("postgres"))
        for name in self.made:
            await administration.execute(f'drop database if exists "{name}" with (force)')
        await administration.close()


@asynccontextmanager
async def towns_on(server: PostgresServer, migrated: Callable[[str], Awaitable[str]]) -> AsyncIterator[Towns]:
    """Towns on one server."""
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="closedloop-towns-")))
        towns = Towns(server, {name: await migrated(name) for name in SERVICES}, home)
        stack.push_async_callback(towns.end)
        yield towns
