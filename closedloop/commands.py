"""What each command of the command line does, apart from how it is printed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.progress import Progress

from closedloop import installation as places
from closedloop.attach import attached, settled
from closedloop.failing import Failed, known_service, told_plainly
from closedloop.importing.load import load_file, must_fit
from closedloop.importing.summary import Summary
from closedloop.late import Late, NotRetried, late_rows, retry_row
from closedloop.people import PEOPLE
from closedloop.serving import (
    announced,
    probing,
    serving,
    until_stopped,
)
from closedloop.simulation.run import Outcome, run_stories
from closedloop.system import open_system
from closedloop.timeline import Entry, find_complaint
from closedloop.timeline import timeline as read_timeline
from closedloop.verify.report import Report
from closedloop.verify.run import verify as verify_all
from shared.config import Settings
from shared.events.vocabulary import Language
from shared.language import Voice
from shared.projections.rebuild import Rebuilt, rebuild
from shared.web.issuer import NoDemoTokens
from shared.web.probes import Watched

Say = Callable[[str], None]


async def run(settings: Settings, say: Say) -> None:
    """The whole system in this process, until it is stopped."""
    async with told_plainly(), open_system(settings) as system, serving(system, settings.port) as url:
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
    async with told_plainly(), attached(settings) as there:
        return await load_file(there.runtimes, file, format_, rejects, progress, person)


async def simulate(settings: Settings, complaints: int, seed: int, progress: Callable[[int], None]) -> Outcome:
    """Work complaints through the HTTP APIs; a system that is started for it also refuses payments and falls silent."""
    if settings.oidc_issuer:
        raise Failed(str(NoDemoTokens()), status=2)
    practice = settings.model_copy(update={"sandbox": settings.payments_url is None})
    async with told_plainly(), attached(practice) as there:
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
    async with told_plainly(), attached(settings) as there:
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
    async with told_plainly(), attached(settings) as there:
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
    async with told_plainly(), attached(settings) as there:
        found = await find_complaint(there.runtimes["intake"], complaint)
        if found is None:
            raise Failed(f"There is no complaint {complaint}. Give its number (ABCD-1234) or its id.", status=2)
        return await read_timeline(there.runtimes.values(), found, Voice(language))


async def due_list(settings: Settings, service: str | None) -> list[Late]:
    """What failed or is late, of one service or of all."""
    if service is not None:
        known_service(service)
    async with told_plainly(), attached(settings) as there:
        return await late_rows(each for each in there.runtimes.values() if service in (None, each.name))


async def due_retry(settings: Settings, row_id: UUID) -> str:
    """Let what failed be taken up again; says of which service it was."""
    async with told_plainly(), attached(settings) as there:
        try:
            return await retry_row(there.runtimes.values(), row_id)
        except NotRetried as kept:
            raise Failed(str(kept), status=2) from kept
