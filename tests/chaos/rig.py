"""Everything that a run stands on: a broker or three, a database, a payment service, and the system's processes."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import uuid4

from closedloop.system import rooms_of, seed
from deploy.ports import free_ports
from shared.config import Settings
from shared.eventlog.protocol import LogUnavailable
from shared.runtime import Process, Runtime, open_process, open_runtime
from tests.chaos.brokers import Brokers
from tests.chaos.guards import IN_THE_DATABASE
from tests.chaos.processes import Child, of_ours
from tests.chaos.provider import Provider
from tests.chaos.server import Server
from tests.faults.proxy import Proxy
from tests.fixtures.payment_service import TOKEN
from tests.fixtures.processes import Folder
from tests.patience import Tries

COULD_NOT = 3
"""The exit status of whoever says in one line what it can't do."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How many nodes of Kafka, and of each service how many that serve and how many that work."""

    nodes: int
    services: Mapping[str, tuple[int, int]]


SMALL = Shape(
    1, {"directory": (0, 1), "intake": (2, 2), "investigation": (1, 1), "resolution": (2, 2), "callback": (1, 1)}
)
"""As much as two processors carry beside each other within two minutes."""
LARGE = Shape(3, dict.fromkeys(("directory", "intake", "investigation", "resolution", "callback"), (2, 2)))


@dataclass
class Rig:
    """`apis` and `workers` by name; `lines` is the connection of each of them to the database."""

    home: Path
    shape: Shape
    server: Server
    brokers: Brokers
    provider: Provider
    payments: Proxy
    without: str | None
    topic: str = field(default_factory=lambda: f"closedloop.events.{uuid4().hex[:8]}")
    apis: dict[str, Child] = field(default_factory=dict)
    workers: dict[str, Child] = field(default_factory=dict)
    lines: dict[str, Proxy] = field(default_factory=dict)
    urls: dict[str, list[str]] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    """Who ended by itself because what it needs was away, and said so; a service manager starts it again."""
    crashed: list[str] = field(default_factory=list)
    """Who ended by an error that nobody had thought of."""

    @property
    def services(self) -> Sequence[str]:
        return tuple(self.shape.services)

    @property
    def children(self) -> dict[str, Child]:
        return {**self.apis, **self.workers}

    @property
    def settings(self) -> Settings:
        """Those of whoever looks in from outside, around the proxies of the database."""
        return Settings(
            data=self.server.data, database="postgresql:///{service}", kafka=self.brokers.address, topic=self.topic,
            kafka_replication=min(3, self.shape.nodes), payments_url=f"http://127.0.0.1:{self.payments.port}",
            payments_token=self.home / "token",
        )  # fmt: skip

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[Process, dict[str, Runtime]]]:
        """The installation, as the checks open it."""
        async with AsyncExitStack() as stack:
            process = await stack.enter_async_context(open_process(self.settings, self.server.dsn))
            runtimes = {
                name: await stack.enter_async_context(open_runtime(rooms_of(name), process)) for name in self.services
            }
            yield process, runtimes

    async def build(self) -> None:
        """Start everything, with the staff in the directory."""
        formatting = asyncio.create_task(asyncio.to_thread(self.brokers.start))
        await asyncio.to_thread(self.server.start)
        await self.server.make(self.services)
        for name in self.services:
            for statement in IN_THE_DATABASE.get(self.without or "", ()):
                await self.server.run(statement, name)
        await formatting
        await asyncio.to_thread(self.brokers.wait)
        (self.home / "token").write_text(TOKEN)
        (self.home / "token").chmod(0o600)
        await self._staffed()
        for service, (serving, working) in self.shape.services.items():
            ports = free_ports(serving)
            self.urls[service] = [f"http://127.0.0.1:{port}/" for port in ports]
            for number, port in enumerate(ports, 1):
                await self._child(self.apis, f"{service}-api-{number}", ("serve", service), port)
            for number in range(1, working + 1):
                await self._child(self.workers, f"{service}-worker-{number}", ("work", service))

    async def _staffed(self) -> None:
        """The staff joins the directory; a broker that has just begun may not tell its offsets in time yet."""
        async for _ in Tries():
            with suppress(LogUnavailable):
                async with self.opened() as (_, runtimes):
                    await seed(runtimes["directory"])
                return
        raise AssertionError("Kafka does not tell its offsets")

    async def _child(self, among: dict[str, Child], name: str, arguments: Sequence[str], port: int = 0) -> None:
        line = self.lines[name] = Proxy(self.server.socket)
        settings = self.settings
        environment = Folder(self.home).environment(
            CLOSEDLOOP_DATA=str(self.server.data),
            CLOSEDLOOP_DATABASE=self.server.url(await line.start()),
            CLOSEDLOOP_KAFKA=self.brokers.address,
            CLOSEDLOOP_KAFKA_REPLICATION=str(settings.kafka_replication),
            CLOSEDLOOP_TOPIC=self.topic,
            CLOSEDLOOP_PORT=str(port),
            CLOSEDLOOP_PAYMENTS_URL=str(settings.payments_url),
            CLOSEDLOOP_PAYMENTS_TOKEN=str(settings.payments_token),
        )
        among[name] = of_ours(name, arguments, self.home, environment, self.without)
        among[name].start()

    async def attend(self) -> None:
        """Start again what ended by itself, as a service manager does; until cancelled."""
        while True:
            for child in self.children.values():
                reason = "" if child.alive else child.reason()
                if child.look():
                    status = child.ended_by_itself[-1]
                    (self.ended if status == COULD_NOT else self.crashed).append(f"{child.name}: {status}, {reason}")
            await asyncio.sleep(1.0)

    async def end(self) -> None:
        """Leave no process behind."""
        for child in self.children.values():
            child.kill()
        self.brokers.end()
        await asyncio.to_thread(self.server.end)
        for proxy in (*self.lines.values(), *self.brokers.proxies, self.payments):
            await proxy.stop()
        await self.provider.service.stop()


@asynccontextmanager
async def open_rig(shape: Shape, seed: int, *, without: str | None = None) -> AsyncIterator[Rig]:
    """A whole system on this machine, removed at the end."""
    # Not pytest's tmp_path: as root the database runs under another account, which could not reach it.
    home = Path(tempfile.mkdtemp(prefix="closedloop-chaos-"))
    provider = Provider(Random(seed))
    await provider.service.start()
    payments = Proxy(("127.0.0.1", int(provider.service.url.rpartition(":")[2])))
    await payments.start()
    brokers = Brokers(home / "kafka")
    await brokers.prepare(shape.nodes)
    rig = Rig(home, shape, Server(home / "data"), brokers, provider, payments, without)
    try:
        await rig.build()
        yield rig
    finally:
        await rig.end()
        shutil.rmtree(home, ignore_errors=True)
