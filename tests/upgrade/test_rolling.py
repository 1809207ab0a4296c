"""Two editions of the code run at once on one log and one set of databases, under load, and neither notices the other.

Old API and workers, migration, new API and workers beside them, the old ones end; then back again.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from closedloop.people import PEOPLE
from services.intake.commands.register import RegisterComplaint
from shared.config import Settings
from shared.store.migrate import migrate_to_head
from shared.web.issuer import BuiltInIssuer
from tests.fixtures.log import Broker
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.processes import Folder, ended, new_folder
from tests.upgrade.run import check

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.kafka,
    pytest.mark.skipif(os.environ.get("CLOSEDLOOP_UPGRADE") != "1", reason="CLOSEDLOOP_UPGRADE=1 runs ten processes"),
]

SERVICES = ("intake", "callback")
PATIENCE = 600
"""Seconds for anything to come about on a very busy machine."""
CHASED = {"what": "customer_chased", "channel": "phone"}
OLD, NEW = "tests.upgrade.run", "tests.upgrade.newer"
COUNT = "select count(*) from journal where type = $1"


@dataclass
class Town:
    """Where the editions run, and the people who use them."""

    folder: Folder
    environment: dict[str, str]
    dsns: dict[str, str]
    clients: dict[str, httpx2.AsyncClient] = field(default_factory=dict)
    """The APIs that are in use, by edition."""
    processes: dict[str, list[Process]] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    """What was acknowledged to a client, by command."""
    complaints: list[str] = field(default_factory=list)
    stop: bool = False
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self, edition: str, *arguments: str, port: int = 0) -> Process:
        environment = self.folder.environment(**self.environment, CLOSEDLOOP_PORT=str(port))
        with (self.folder.home / "printed").open("ab") as printed:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", edition, *arguments,
                stdout=printed, stderr=STDOUT, cwd=self.folder.home, env=environment,
            )  # fmt: skip
        self.folder.started.append(process)
        self.processes.setdefault(edition, []).append(process)
        return process

    async def ask(self, edition: str, *arguments: str) -> str:
        """Run a command of this edition to its end."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", edition, *arguments,
            stdout=PIPE, stderr=PIPE, cwd=self.folder.home, env=self.folder.environment(**self.environment),
        )  # fmt: skip
        said, complained = await process.communicate()
        assert process.returncode == 0, complained.decode()[-2_000:]
        return said.decode()

    async def run(self, edition: str, *services: str) -> None:
        """Start intake's API and these workers (all, if none is named); return when the API says that it is ready."""
        port = free_port()
        await self.start(edition, "serve", "intake", port=port)
        for service in services or SERVICES:
            await self.start(edition, "work", service)
        client = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/", timeout=60)
        async with asyncio.timeout(PATIENCE):
            while True:
                for process in self.processes[edition]:
                    assert process.returncode is None, self.printed()
                with suppress(httpx2.TransportError):
                    if (await client.get("ready")).status_code == 200:
                        break
                await asyncio.sleep(0.2)
        self.clients[edition] = client

    async def end(self, edition: str) -> None:
        """Nobody asks this edition any more; then its processes end."""
        client = self.clients.pop(edition)
        for process in self.processes.pop(edition):
            assert await ended(process) in (0, -signal.SIGTERM), self.printed()
        await client.aclose()

    def printed(self) -> str:
        return (self.folder.home / "printed").read_text()[-4_000:]

    async def clean(self, edition: str, *services: str) -> dict[str, Any]:
        """What this edition verifies, as soon as all that was on its way has arrived."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found = await self.check(edition, services or SERVICES)
                if found["ok"]:
                    return found
                # What is parked for want of newer code is taken in by newer code within a second.
                assert set(found["differences"]) <= {"parked"}, found
                await asyncio.sleep(0.5)

    async def check(self, edition: str, services: Sequence[str]) -> dict[str, Any]:
        if edition == NEW:
            return dict(json.loads(await self.ask(NEW, "check", *services)))
        # This process is of the old edition itself.
        return await check(self.settings, services)

    @property
    def settings(self) -> Settings:
        told: dict[str, Any] = {
            name.removeprefix("CLOSEDLOOP_").lower(): value for name, value in self.environment.items()
        }
        return Settings(data=self.folder.data, **told)

    async def post(self, path: str, body: dict[str, Any], *, only: str | None = None) -> dict[str, Any]:
        """Send a command to one of the APIs until it is done, with the same key whoever answers."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(uuid4())}
        async with asyncio.timeout(PATIENCE):
            while True:
                if not self.clients:
                    await asyncio.sleep(0.05)
                    continue
                edition = only or list(self.clients)[self.answers.total() % len(self.clients)]
                with suppress(httpx2.TransportError):
                    response = await self.clients[edition].post(path, json=body, headers=headers)
                    self.answers[response.status_code] += 1
                    if response.status_code in (200, 201):
                        self.progress.set()
                        return dict(response.json())
                    assert response.status_code == 503, response.text
                await asyncio.sleep(0.05)

    @property
    def token(self) -> str:
        li_na = next(each for each in PEOPLE if each.staff_id == "li.na")
        return BuiltInIssuer(self.folder.data / "issuer.key").issue(li_na.staff_id, li_na.roles, li_na.department)

    async def live(self) -> None:
        """Register, acknowledge and, where one can, praise, until told to stop."""
        while not self.stop:
            registered = await self.post("complaints", RegisterComplaint.example)
            self.complaints.append(registered["complaint_id"])
            self.done["complaint.registered"] += 1
            path = f"complaints/{registered['complaint_id']}"
            await self.post(f"{path}/acknowledgement", {"channel": "sms", "proof": "sms-1"})
            self.done["complaint.acknowledged"] += 1
            if NEW in self.clients:
                with suppress(KeyError):
                    await self.post(f"{path}/praise", {"stars": 5}, only=NEW)
                    self.done["complaint.praised"] += 1

    async def some_more(self, kind: str, count: int = 15) -> None:
        """Wait until so many more of these were acknowledged."""
        goal = self.done[kind] + count
        async with asyncio.timeout(PATIENCE):
            while self.done[kind] < goal:
                self.progress.clear()
                await self.progress.wait()

    async def counted(self, service: str, kind: str) -> int:
        connection = await asyncpg.connect(self.dsns[service])
        try:
            count: int = await connection.fetchval(COUNT, kind)
            return count
        finally:
            await connection.close()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture
async def town(postgres_server: PostgresServer, broker: Broker) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(new_folder())
        mark = uuid4().hex[:8]
        place = postgres_server.dsn("postgres")
        at = postgres_server.dsn(f"each_{mark}").replace(f"each_{mark}", f"{{service}}_{mark}")
        environment = {"CLOSEDLOOP_DATABASE": at}
        if broker.kind != "mock":
            environment |= {"CLOSEDLOOP_KAFKA": broker.bootstrap, "CLOSEDLOOP_TOPIC": f"upgrade.{mark}"}
        names = (*SERVICES, "vault", "log")
        administration = await asyncpg.connect(place)
        for name in names:
            await administration.execute(f'create database "{name}_{mark}"')
        made = Town(folder, environment, {name: at.replace("{service}", name) for name in names})
        try:
            yield made
        finally:
            made.stop = True
            for client in made.clients.values():
                await client.aclose()
            await folder.end()
            for name in names:
                await administration.execute(f'drop database if exists "{name}_{mark}" with (force)')
            await administration.close()


async def test_an_upgrade_under_load_loses_nothing_and_shows_each_edition_what_it_knows(town: Town) -> None:
    for service in SERVICES:
        await asyncio.to_thread(migrate_to_head, service, town.dsns[service])
    await town.run(OLD)
    load = [asyncio.create_task(town.live()) for _ in range(3)]
    await town.some_more("complaint.registered", 30)

    await town.ask(NEW, "bring-up", *SERVICES)
    await town.some_more("complaint.registered")
    await town.run(NEW)
    await town.some_more("complaint.praised")
    for edition in (OLD, NEW):
        assert (await town.clean(edition))["view_rows"] > 0

    await town.end(OLD)
    await town.some_more("complaint.praised")
    town.stop = True
    await asyncio.gather(*load)
    await town.clean(NEW)
    assert set(town.answers) <= {200, 201, 503}, town.answers
    for kind, count in town.done.items():
        assert await town.counted("intake", kind) == count
    # Callback's new edition keeps every acknowledgement, also those from before it came.
    assert await town.counted("callback", "complaint.acknowledged") == town.done["complaint.acknowledged"]

    # And back: the old edition goes on with what the new one has left, and passes over what it does not know.
    await town.run(OLD, "intake")
    await town.end(NEW)
    path = f"complaints/{town.complaints[-1]}/customer-contacts"
    assert (await town.post(path, CHASED))["version"] == 4
    await town.clean(OLD, "intake")
