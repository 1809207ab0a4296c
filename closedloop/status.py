"""How an installation stands: who runs what, how far behind, what waits, and what needs a person.

Everything is read from the databases and the log, so that it works for one process and for many, and also when none
runs: nothing is started for it, and no process is asked.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from closedloop.installation import SERVICES
from closedloop.postgres import EmbeddedPostgres
from shared.clock import Clock
from shared.config import Settings
from shared.db import TRANSIENT, open_pool
from shared.eventlog.embedded import EmbeddedLog
from shared.eventlog.kafka import KafkaLog
from shared.eventlog.kafka_topic import Cluster
from shared.eventlog.protocol import EventLog, LogUnavailable
from shared.runtime import DsnOf, address, event_log
from shared.store.figures import Figures, figures
from shared.store.presence import Present, who_is_present

LONGEST_IN_OUTBOX = 60.0
"""Seconds after which what the log did not take in is no matter of a moment any more."""


@dataclass(frozen=True, slots=True)
class LogState:
    """The log; without ends it does not answer, and `trouble` says why. `cluster`: of Kafka only."""

    kind: str
    ends: dict[int, int] | None = None
    cluster: Cluster | None = None
    trouble: str = ""

    def needs(self) -> list[str]:
        if self.ends is None:
            return [f"the log does not answer: {self.trouble}"]
        if self.cluster is None:
            return []
        told = {
            "can not be written to: too few brokers": self.cluster.leaderless,
            "lack a copy: a broker is away, or behind": self.cluster.short_of_copies,
        }
        return [f"{count} partitions of the log {what}" for what, count in told.items() if count]


@dataclass(frozen=True, slots=True)
class ServiceState:
    """One service. Without figures its database does not answer, and `trouble` names the error."""

    name: str
    present: tuple[Present, ...] = ()
    figures: Figures | None = None
    trouble: str = ""

    def alive(self, kind: str) -> list[Present]:
        return [each for each in self.present if each.alive and each.kind == kind]

    def needs(self) -> list[str]:
        """What somebody has to look at, in words."""
        if self.figures is None:
            return [f"{self.name}: its database does not answer ({self.trouble})"]
        found, outbox = [], self.figures.outbox
        found += [f"no {kind} runs" for kind in ("api", "worker") if not self.alive(kind)]
        if outbox.oldest > LONGEST_IN_OUTBOX:
            found.append(f"{outbox.events:,} events wait in the outbox, the oldest for {outbox.oldest:.0f} s")
        if parked := sum(each.events for each in self.figures.parked.values()):
            found.append(f"{parked:,} events are parked: see `closedloop parked list`")
        if self.figures.due_failed or self.figures.due_late:
            found.append(
                f"{self.figures.due_failed:,} deadlines or payments failed and {self.figures.due_late:,} are late: "
                "see `closedloop due list`"
            )
        return [f"{self.name}: {each}" for each in found]


@dataclass(frozen=True, slots=True)
class Status:
    """The whole installation at one moment."""

    log: LogState
    services: tuple[ServiceState, ...]

    @property
    def needs(self) -> list[str]:
        """What needs a person; empty if all is well."""
        return [*self.log.needs(), *(need for service in self.services for need in service.needs())]

    def lag(self, service: ServiceState) -> dict[str, dict[int, int]]:
        """By subscriber and partition; empty where database or log do not answer."""
        if service.figures is None or self.log.ends is None:
            return {}
        return service.figures.behind(self.log.ends)


@asynccontextmanager
async def as_it_is(settings: Settings) -> AsyncIterator[DsnOf]:
    """The addresses of the databases; of the embedded ones the server is started, and nothing is made or changed."""
    if not settings.embedded:
        yield address(settings, "worker")
        return
    postgres = EmbeddedPostgres(settings.data)
    await asyncio.to_thread(postgres.start)
    try:
        yield lambda name: postgres.dsn(name, name)
    finally:
        await asyncio.to_thread(postgres.stop)


async def look_at(settings: Settings, dsn_of: DsnOf) -> Status:
    """Look at log and databases, all at once. Whatever does not answer is part of the answer."""
    services = asyncio.gather(*(_service_state(name, settings, dsn_of) for name in SERVICES))
    log, found = await asyncio.gather(_log_state(settings, dsn_of), services)
    return Status(log, tuple(found))


async def _log_state(settings: Settings, dsn_of: DsnOf) -> LogState:
    kind = f"Apache Kafka, topic {settings.topic}" if settings.kafka else "embedded"
    log = event_log(settings, dsn_of)
    try:
        async with _started(log):
            cluster = await log.cluster() if isinstance(log, KafkaLog) else None
            return LogState(kind, await log.ends(), cluster)
    except LogUnavailable as away:
        return LogState(kind, trouble=str(away))


@asynccontextmanager
async def _started(log: EventLog) -> AsyncIterator[None]:
    # Kafka's is asked without a start, which would make the topic where there is none.
    if isinstance(log, EmbeddedLog):
        await log.start()
    try:
        yield
    finally:
        await log.stop()


async def _service_state(name: str, settings: Settings, dsn_of: DsnOf) -> ServiceState:
    clock = Clock(settings.data / "clock" if settings.embedded else None)
    try:
        pool = await open_pool(dsn_of(name), 1)
        try:
            return ServiceState(name, tuple(await who_is_present(pool)), await figures(pool, clock.now()))
        finally:
            await pool.close()
    except (asyncpg.PostgresError, *TRANSIENT) as away:
        return ServiceState(name, trouble=type(away).__name__)
