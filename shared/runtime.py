"""A running service: what one process opens once, and what each service in it opens for itself."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import Clock
from shared.config import Settings
from shared.db import open_engine, open_pool, secured
from shared.decide.due import Provider
from shared.eventlog.embedded import EmbeddedLog
from shared.eventlog.kafka import KafkaLog
from shared.eventlog.kafka_settings import kafka_security
from shared.eventlog.protocol import EventLog
from shared.eventlog.relay import Relay
from shared.ids import new_id
from shared.privacy.keyring import Keyring
from shared.privacy.masterkey import master_key
from shared.privacy.vault import Vault
from shared.projections.decide_subscriber import DecideSubscriber
from shared.projections.generations import live_table
from shared.projections.reading import Reading
from shared.projections.releasing import Releasing
from shared.projections.runner import Runner
from shared.projections.sequence import TurnTeller
from shared.projections.subscriber import Subscriber
from shared.projections.unhealed import refuse_unhealed
from shared.projections.view_subscriber import ViewSubscriber
from shared.providers.chosen import open_providers
from shared.rooms import Rooms
from shared.store.due import DueWorker
from shared.store.execute import Kernel
from shared.store.fitting import must_fit
from shared.store.forgetting import keep_forgetting
from shared.store.kept_types import DECIDE
from shared.store.leases import PartitionLeases
from shared.store.rights import Kind
from shared.upgrade import join, prepare
from shared.web.admission import Entrance, entrance
from shared.web.identity import Tokens
from shared.web.issuer import BuiltInIssuer, NoDemoTokens
from shared.web.peers import Peers
from shared.web.trusted import open_tokens

DsnOf = Callable[[str], str]
"""Database name (a service, `vault` or `log`) to its address."""


@dataclass(frozen=True)
class Process:
    """What all services of one process share."""

    settings: Settings
    dsn_of: DsnOf
    clock: Clock
    log: EventLog
    keyring: Keyring
    built_in: BuiltInIssuer | None
    """Gives out demo tokens; none where an OIDC provider does, and in a worker."""
    entrance: Entrance
    providers: Mapping[str, Provider]
    owner: str
    peers: Peers

    @property
    def tokens(self) -> Tokens:
        return self.entrance.tokens

    @property
    def issuer(self) -> BuiltInIssuer:
        """Raises NoDemoTokens."""
        if self.built_in is None:
            raise NoDemoTokens
        return self.built_in


def address(settings: Settings, kind: Kind | None = None) -> DsnOf:
    """Addresses from `CLOSEDLOOP_DATABASE`, as a kind of process reaches them. Raises ValueError without one, or where
    it names a kind and this process is none, or both.
    """
    template = settings.database
    if template is None or "{service}" not in template:
        raise ValueError("Set CLOSEDLOOP_DATABASE to a PostgreSQL URL with {service} in it.")
    if kind is None and "{kind}" in template:
        raise ValueError(
            "This command is neither an API nor a worker: set CLOSEDLOOP_DATABASE without {kind}, as a user who may do "
            "what it needs (docs/operations.md, Separate processes)."
        )
    template = secured(template.replace("{kind}", kind or ""), settings)
    return lambda name: template.replace("{service}", name)


def event_log(settings: Settings, dsn_of: DsnOf) -> EventLog:
    """Apache Kafka if its servers are set, else the embedded log."""
    if settings.kafka:
        security = kafka_security(settings)
        return KafkaLog(settings.kafka, topic=settings.topic, replication=settings.kafka_replication, security=security)
    return EmbeddedLog(dsn_of("log"))


@asynccontextmanager
async def open_process(settings: Settings, dsn_of: DsnOf, *, serves: bool = True) -> AsyncIterator[Process]:
    """Open log, vault and keys; close them at the end. One that serves nobody needs nobody to issue tokens."""
    data = settings.data
    data.mkdir(parents=True, exist_ok=True)
    vault = Vault(dsn_of("vault"), master_key(settings.master_key or data / "master.key"))
    log = event_log(settings, dsn_of)
    async with AsyncExitStack() as stack:
        built_in, tokens = await stack.enter_async_context(open_tokens(settings, serves=serves))
        await vault.start()
        stack.push_async_callback(vault.stop)
        await log.start()
        stack.push_async_callback(log.stop)
        yield Process(
            settings=settings,
            dsn_of=dsn_of,
            clock=Clock(data / "clock" if settings.embedded else None),
            log=log,
            keyring=Keyring(vault),
            built_in=built_in,
            entrance=entrance(settings, tokens),
            providers=await stack.enter_async_context(open_providers(settings)),
            peers=Peers(settings.peers),
            owner=f"{socket.gethostname()}:{os.getpid()}:{new_id()}",
        )


@dataclass(frozen=True)
class Runtime:
    """One service in one process: its connections, its kernel, its worker."""

    rooms: Rooms
    process: Process
    pool: asyncpg.Pool
    engine: AsyncEngine
    kernel: Kernel
    reading: Reading
    turns: TurnTeller
    first_ends: dict[int, int] = field(default_factory=dict)
    """Where the log ended when somebody first asked whether this process is ready."""

    @property
    def name(self) -> str:
        return self.rooms.name

    @property
    def runs(self) -> frozenset[str]:
        """The versions of views that this code shows, as leases name them."""
        return frozenset(f"view:{view.full_name}" for view in self.rooms.views)

    async def subscribers(self) -> list[Subscriber]:
        """`decide` first, then the live generation of every view."""
        process = self.process
        decide = DecideSubscriber(self.kernel, self.pool, process.log, process.clock, self.reading, self.turns)
        await decide.obey()
        return [decide, *[await self.view_subscriber(view.name) for view in self.rooms.views]]

    async def view_subscriber(self, name: str) -> ViewSubscriber:
        table = await live_table(self.pool, self.rooms.view(name))
        process = self.process
        return ViewSubscriber(table, self.pool, process.log, process.keyring, self.reading, self.turns)

    async def renewed(self, subscriber: Subscriber) -> Subscriber:
        """The subscriber to go on with: another one if its view has flipped to another generation."""
        if not isinstance(subscriber, ViewSubscriber):
            return subscriber
        now = await self.view_subscriber(subscriber.table.view.name)
        return subscriber if now.name == subscriber.name else now

    async def worker(self) -> "Worker":
        """The worker of this service: relay, runner and due."""
        process = self.process
        leases = PartitionLeases(self.pool, process.owner, process.log.partitions, self.runs | {DECIDE})
        runner = Runner(self.name, self.subscribers, process.log, leases, self.renewed)
        relay = Relay(self.pool, process.log, process.owner, self.kernel.appended)
        due = DueWorker(
            self.kernel, self.pool, process.clock, process.keyring, self.rooms.deadlines, self.rooms.effects,
            process.providers,
        )  # fmt: skip
        return Worker(self, runner, relay, due, leases)


@dataclass(frozen=True)
class Worker:
    """What runs behind a service's API."""

    runtime: Runtime
    runner: Runner
    relay: Relay
    due: DueWorker
    leases: PartitionLeases

    async def run(self) -> None:
        """Run until cancelled, or until one part refuses to go on."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.relay.run(), name="relay")
            await self.prepare()
            tasks.create_task(self.runner.run(), name="runner")
            tasks.create_task(self.due.run(), name="due")
            tasks.create_task(keep_forgetting(self.runtime.pool), name="forgetting")
            tasks.create_task(Releasing(self.runtime.pool, self.runtime.subscribers).run(), name="releasing")

    async def prepare(self) -> None:
        """Learn and build what this code lacks, while what others wrote is relayed already."""
        runtime, process = self.runtime, self.runtime.process
        await prepare(runtime.rooms, runtime.pool, process.log, process.keyring, process.owner)


@asynccontextmanager
async def open_runtime(rooms: Rooms, process: Process, *, begins: bool = True) -> AsyncIterator[Runtime]:
    """Open a service's connections; close them at the end. One that does not begin what its code lacks, such as tables
    of views, waits until a worker has: an API has no right to.
    """
    dsn = process.dsn_of(rooms.name)
    pool = await open_pool(dsn, process.settings.pool)
    engine = open_engine(dsn, process.settings.pool)
    try:
        await refuse_unhealed(pool, process.log, rooms.name, reads=begins)
        await (join(rooms, pool, process.log) if begins else must_fit(pool, rooms.name))
        kernel = Kernel(rooms.service, pool, process.keyring, process.clock)
        turns = TurnTeller(pool, process.log)
        yield Runtime(rooms, process, pool, engine, kernel, Reading(process.keyring), turns)
    finally:
        await engine.dispose()
        await pool.close()


def database_names(services: list[str]) -> list[str]:
    """Every database of an installation."""
    return [*services, "vault", "log"]
