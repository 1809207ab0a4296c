"""What each command of the command line does, apart from how it is printed."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import uvicorn
from rich.progress import Progress

from closedloop import installation as places
from closedloop.attach import attached, settled
from closedloop.gateway.app import gateway
from closedloop.importing.load import load_file, must_fit
from closedloop.importing.summary import Summary
from closedloop.late import Late, NotRetried, late_rows, retry_row
from closedloop.people import PEOPLE
from closedloop.postgres import PostgresUnavailable
from closedloop.serving import (
    PortTaken,
    announced,
    calm_collector,
    listen,
    probing,
    served,
    serving,
    serving_app,
    until_stopped,
)
from closedloop.simulation.run import Outcome, run_stories
from closedloop.simulation.world import WentWrong
from closedloop.status import Status, as_it_is, look_at
from closedloop.system import open_system, rooms_of
from closedloop.timeline import Entry, find_complaint
from closedloop.timeline import timeline as read_timeline
from closedloop.verify.report import Report
from closedloop.verify.run import verify as verify_all
from shared.config import Settings
from shared.eventlog.faults import UnfitLog
from shared.eventlog.protocol import LogUnavailable
from shared.events.vocabulary import Language
from shared.language import Voice
from shared.privacy.masterkey import MasterKeyRefused
from shared.privacy.vault import VaultUnavailable, WrongMasterKey
from shared.projections.backfill import Unreadable
from shared.projections.offsets import WrongLog
from shared.projections.parking import ParkedRow, list_parked, parked_records
from shared.projections.rebuild import BrokenChain, NotBetter, Rebuilt, rebuild
from shared.runtime import Runtime, address, event_log, open_process, open_runtime
from shared.store.fitting import Unfit
from shared.store.load import ClockSkew
from shared.store.migrate import NewerDatabase
from shared.web.app import watched
from shared.web.issuer import NoDemoTokens, NotLoopback
from shared.web.probes import Watched

Say = Callable[[str], None]


class Failed(Exception):
    """The command could not do its work; the message says why and what to do."""

    def __init__(self, message: str, status: int = 3) -> None:
        super().__init__(message)
        self.status = status


_EXPECTED = (
    PortTaken, PostgresUnavailable, LogUnavailable, VaultUnavailable, WrongLog, BrokenChain, NotBetter, NotLoopback,
    WrongMasterKey, MasterKeyRefused, UnfitLog, Unfit, NewerDatabase, Unreadable, WentWrong, ClockSkew,
    httpx2.HTTPError, ValueError, OSError,
)  # fmt: skip


@asynccontextmanager
async def _told_plainly() -> AsyncIterator[None]:
    try:
        yield
    except _EXPECTED as expected:
        raise Failed(f"{type(expected).__name__}: {expected}") from expected
    except BaseExceptionGroup as several:
        first = several.exceptions[0]
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        if isinstance(first, _EXPECTED):
            raise Failed(f"{type(first).__name__}: {first}") from first
        raise


def known_service(name: str) -> str:
    """Raises Failed (status 2)."""
    if name not in places.SERVICES:
        raise Failed(f"There is no service {name}. There are: {', '.join(places.SERVICES)}.", status=2)
    return name


async def run(settings: Settings, say: Say) -> None:
    """The whole system in this process, until it is stopped."""
    async with _told_plainly(), open_system(settings) as system, serving(system, settings.port) as url:
        seen = Watched(system.runtimes.values, dict(system.workers))
        async with probing(settings, seen):
            with announced(settings, url):
                for line in welcome(settings, url):
                    say(line)
                await until_stopped(system.failed())
                say("Stopping…")


def welcome(settings: Settings, url: str) -> list[str]:
    """What a newcomer reads first."""
    kind = f"Apache Kafka at {settings.kafka}" if settings.kafka else "embedded log"
    return [
        "",
        f"  Closedloop is running at {url}",
        f"  ({kind}, data in {settings.data})",
        "",
        "  API pages (open one in a browser):",
        *(f"    {name:<14} {url}{name}/docs" for name in places.SERVICES),
        "",
        *_who_may_enter(settings, url),
        "",
        "  Ctrl-C stops it; everything is kept for the next start.",
        "",
    ]


def _who_may_enter(settings: Settings, url: str) -> list[str]:
    if settings.oidc_issuer:
        return [f"  Sign in at {settings.oidc_issuer}; its tokens are for the audience {settings.oidc_audience}."]
    one_each: dict[str, str] = {}
    for person in PEOPLE:
        for role in person.roles:
            one_each.setdefault(role, person.staff_id)
    return [
        f"  Demo people and their tokens are on {url}; or take one:",
        f"    curl -sX POST {url}tokens/{PEOPLE[0].staff_id}",
        *(f"    {role:<20} {staff_id}" for role, staff_id in one_each.items()),
    ]


async def serve(settings: Settings, service: str) -> None:
    """One service's API, on databases and a log by address."""
    known_service(service)
    async with _told_plainly():
        from importlib import import_module  # noqa: PLC0415 -- only the service that is served is loaded

        address(settings, "api")
        app = import_module(f"services.{service}.app").create_app(settings)
        config = served(app, settings, root_path=settings.root_path, timeout_graceful_shutdown=10)
        listening = listen(settings.host, settings.port)
        calm_collector()
        async with probing(settings, watched(app)):
            await uvicorn.Server(config).serve(sockets=[listening])


async def work(settings: Settings, service: str) -> None:
    """One service's worker, on databases and a log by address."""
    known_service(service)
    opened: list[Runtime] = []
    seen = Watched(lambda: opened)
    async with (
        _told_plainly(),
        probing(settings, seen),
        open_process(settings, address(settings, "worker"), serves=False) as process,
        open_runtime(rooms_of(service), process) as runtime,
    ):
        worker = await runtime.worker()
        seen.workers[service] = worker
        opened.append(runtime)
        # Told to end, it gives its partitions back: else they would stand still until its leases run out.
        await until_stopped(worker.run())


async def run_gateway(settings: Settings, apis: Sequence[str]) -> None:
    """One address for the APIs, each given as `service=url`, until it is stopped."""
    urls: dict[str, list[str]] = {}
    for each in apis:
        service, _, url = each.partition("=")
        urls.setdefault(known_service(service), []).append(url)
    async with (
        _told_plainly(),
        gateway(settings, urls) as (app, turning),
        serving_app(app, settings, settings.host, settings.port) as url,
    ):
        with announced(settings, url):
            await until_stopped(turning)


async def status(settings: Settings) -> Status:
    """How the installation stands."""
    if settings.embedded and not (settings.data / "postgres").exists():
        raise Failed(f"Nothing was ever started on the folder {settings.data}. Is CLOSEDLOOP_DATA right?", status=2)
    async with _told_plainly(), as_it_is(settings) as dsn_of:
        return await look_at(settings, dsn_of)


async def migrate(settings: Settings, say: Say) -> None:
    """Every database at its newest shape."""
    async with _told_plainly():
        if settings.embedded:
            async with places.installation(settings):
                pass
        else:
            await places.migrate(address(settings), "vault", *(() if settings.kafka else ("log",)))
        say("Every database has its newest shape.")


async def topics(settings: Settings, say: Say) -> None:
    """The log, there and as it must be."""
    async with _told_plainly(), _dsn_of(settings) as dsn_of:
        log = event_log(settings, dsn_of)
        await log.start()
        say(f"The log {await log.identity()} is there with {log.partitions} partitions.")
        await log.stop()


@asynccontextmanager
async def _dsn_of(settings: Settings) -> AsyncIterator[Callable[[str], str]]:
    async with places.installation(settings) as dsn_of:
        yield dsn_of


async def import_file(
    settings: Settings,
    file: Path,
    format_: str,
    rejects: Path,
    progress: Callable[[int], None],
    person: str | None = None,
) -> Summary:
    """Stream a file of complaints into intake; open cases in the name of a person."""
    try:
        must_fit(format_, person)
    except ValueError as wrong:
        raise Failed(str(wrong), status=2) from wrong
    async with _told_plainly(), attached(settings) as there:
        return await load_file(there.runtimes, file, format_, rejects, progress, person)


async def simulate(settings: Settings, complaints: int, seed: int, progress: Callable[[int], None]) -> Outcome:
    """Work complaints through the HTTP APIs; a system that is started for it also refuses payments and falls silent."""
    if settings.oidc_issuer:
        raise Failed(str(NoDemoTokens()), status=2)
    practice = settings.model_copy(update={"sandbox": settings.payments_url is None})
    async with _told_plainly(), attached(practice) as there:
        outcome = await run_stories(there.url, complaints, seed, progress)
        await settled(there.process, there.runtimes)
        return await outcome.checked(there.runtimes)


@dataclass(frozen=True, slots=True)
class Replayed:
    """One view, built anew."""

    service: str
    rebuilt: Rebuilt

    def as_data(self) -> dict[str, Any]:
        rate = round(self.rebuilt.events / self.rebuilt.seconds) if self.rebuilt.seconds else None
        return {"service": self.service, **asdict(self.rebuilt), "events_per_second": rate}

    def as_cells(self) -> list[str]:
        data = self.as_data()
        return [
            self.service, self.rebuilt.view, f"{self.rebuilt.events:,}", f"{self.rebuilt.rows:,}",
            f"{self.rebuilt.seconds:.2f}", f"{data['events_per_second']:,}",
        ]  # fmt: skip


async def replay(settings: Settings, service: str | None, view: str | None, progress: Progress) -> list[Replayed]:
    """Rebuild beside and flip."""
    async with _told_plainly(), attached(settings) as there:
        chosen = [
            (runtime, each)
            for runtime in there.runtimes.values()
            if service in (None, runtime.name)
            for each in runtime.rooms.views
            if view in (None, each.name)
        ]
        if not chosen:
            raise Failed("There is no such view. `closedloop replay` without options rebuilds all of them.", status=2)
        done = []
        for runtime, each in chosen:
            task = progress.add_task(f"{runtime.name} {each.name}", total=None)
            rebuilt = await rebuild(
                runtime.pool, runtime.process.log, runtime.process.keyring, each,
                partial(progress.advance, task),
            )  # fmt: skip
            progress.update(task, visible=False)
            done.append(Replayed(runtime.name, rebuilt))
        return done


async def verify(settings: Settings, progress: Callable[[int, int], None]) -> Report:
    """Check everything."""
    async with _told_plainly(), attached(settings) as there:
        if not there.found_running:
            await settled(there.process, there.runtimes)
        return await verify_all(there.process, there.runtimes, progress)


def report_lines(report: Report) -> list[str]:
    """The report in words."""
    looked = (
        f"Looked at {report.events:,} events of {report.streams:,} streams, {report.complaints:,} complaints, "
        f"{report.journal_rows:,} journal rows and {report.rows:,} view rows."
    )
    if report.ok:
        return [looked, "Everything agrees: versions dense, chains whole, stores, log and views equal, no rule broken."]
    counts = ", ".join(f"{kind} {count}" for kind, count in report.kinds.most_common())
    first, *rest = report.findings
    lines = [looked, f"DIFFERENCES: {counts}", f"The first: {first.kind}: {first.where}: {first.says}"]
    return lines + [f"  {each.kind}: {each.where}: {each.says}" for each in rest[:20]]


async def timeline_of(settings: Settings, complaint: str, language: Language) -> list[Entry]:
    """The events of one complaint, told in this language."""
    async with _told_plainly(), attached(settings) as there:
        found = await find_complaint(there.runtimes["intake"], complaint)
        if found is None:
            raise Failed(f"There is no complaint {complaint}. Give its number (ABCD-1234) or its id.", status=2)
        return await read_timeline(there.runtimes.values(), found, Voice(language))


@dataclass(frozen=True, slots=True)
class ParkedSubject:
    """All that waits of one subject at one subscriber."""

    service: str
    rows: tuple[ParkedRow, ...]

    def as_data(self) -> dict[str, Any]:
        first = self.rows[0]
        return {
            "service": self.service, "subscriber": first.subscriber, "subject": first.subject,
            "events": len(self.rows), "reason": first.reason, "error": first.error, "since": first.parked_at,
        }  # fmt: skip

    def as_cells(self) -> list[str]:
        data = self.as_data()
        why = f"{data['reason']} {data['error'] or ''}".strip()
        since = f"{data['since']:%Y-%m-%d %H:%M:%S}Z"
        return [self.service, data["subscriber"], data["subject"], str(data["events"]), why, since]


async def parked_list(settings: Settings) -> list[ParkedSubject]:
    """What waits, per service, subscriber and subject."""
    async with _told_plainly(), attached(settings) as there:
        found = []
        for runtime in there.runtimes.values():
            grouped: dict[tuple[str, str], list[ParkedRow]] = {}
            for row in await list_parked(runtime.pool):
                grouped.setdefault((row.subscriber, row.subject), []).append(row)
            found += [ParkedSubject(runtime.name, tuple(rows)) for rows in grouped.values()]
        return found


async def parked_show(settings: Settings, service: str, subject: str) -> list[str]:
    """Every parked event of a subject."""
    known_service(service)
    async with _told_plainly(), attached(settings) as there:
        runtime = there.runtimes[service]
        rows = [row for row in await list_parked(runtime.pool) if row.subject == subject]
        lines = []
        for subscriber in sorted({row.subscriber for row in rows}):
            records = await parked_records(runtime.pool, runtime.process.log, subscriber, subject)
            types = {record.offset: (record.header("type") or b"?").decode() for record in records}
            lines += [
                f"{subscriber}: {row.source} version {row.version} {types.get(row.position, '?')} at partition "
                f"{row.partition} offset {row.position}: {row.reason} {row.error or ''}".rstrip()
                for row in rows
                if row.subscriber == subscriber
            ]
        return lines or [f"Nothing of {subject} is parked in {service}."]


async def parked_release(settings: Settings, service: str, subject: str) -> tuple[int, int]:
    """Try the parked events of a subject again."""
    known_service(service)
    async with _told_plainly(), attached(settings) as there:
        runtime = there.runtimes[service]
        before = await _parked_of(runtime, subject)
        for subscriber in await runtime.subscribers():
            await subscriber.release(subject)
        after = await _parked_of(runtime, subject)
        return before - after, after


async def _parked_of(runtime: Runtime, subject: str) -> int:
    count: int = await runtime.pool.fetchval("select count(*) from parked where subject = $1", subject)
    return count


async def due_list(settings: Settings, service: str | None) -> list[Late]:
    """What failed or is late, of one service or of all."""
    if service is not None:
        known_service(service)
    async with _told_plainly(), attached(settings) as there:
        return await late_rows(each for each in there.runtimes.values() if service in (None, each.name))


async def due_retry(settings: Settings, row_id: UUID) -> str:
    """Let what failed be taken up again; says of which service it was."""
    async with _told_plainly(), attached(settings) as there:
        try:
            return await retry_row(there.runtimes.values(), row_id)
        except NotRetried as kept:
            raise Failed(str(kept), status=2) from kept
