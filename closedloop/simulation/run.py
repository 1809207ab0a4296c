"""Runs the stories, and checks that each complaint ended as its events say."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx2
from rich.table import Table

from closedloop.simulation.case import Case
from closedloop.simulation.stories import tell
from closedloop.simulation.world import WentWrong, World
from shared.events.base import Event
from shared.events.callback import ComplaintArchived, ComplaintClosed, ComplaintReopened
from shared.events.envelope import Envelope, fact, parse
from shared.events.intake import (
    ComplaintReferred,
    ComplaintTakenOver,
    CourtesyReplySent,
    RegisteredInError,
    WithdrawalConfirmed,
)
from shared.events.resolution import RemedyExecuted, RemedySubmitted, ResolutionConcluded
from shared.language.order import merged
from shared.runtime import Runtime

_AT_ONCE = 48
_OWN = "select body from journal where subject = $1 and source = $2 order by revision"


@dataclass
class Outcome:
    """What a run brought about."""

    seed: int
    endings: dict[str, str] = field(default_factory=dict)
    """Complaint id to its ending, as its people saw it."""
    cycles: dict[str, int] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    commands: int = 0
    differing: dict[str, str] = field(default_factory=dict)
    """Complaint id to what its events say, where that is something else."""
    wrong: list[str] = field(default_factory=list)
    """Stories that broke off, since the system answered what it should not have."""

    @property
    def ok(self) -> bool:
        return not self.differing and not self.wrong

    def counts(self) -> Counter[str]:
        return Counter(self.endings.values())

    async def checked(self, runtimes: Mapping[str, Runtime]) -> "Outcome":
        """Compare every ending with the events of its complaint."""
        for complaint_id, ending in self.endings.items():
            told = await ending_told(runtimes, complaint_id)
            if told != ending:
                self.differing[complaint_id] = f"people: {ending}; events: {told}"
        return self

    def as_data(self) -> dict[str, Any]:
        return {
            "ok": self.ok, "seed": self.seed, "complaints": len(self.endings), "commands": self.commands,
            "endings": dict(sorted(self.counts().items())), "refusals": dict(sorted(self.refusals.items())),
            "differing": self.differing, "wrong": self.wrong,
        }  # fmt: skip

    def as_table(self) -> Table:
        table = Table("ending", "complaints", title=f"{len(self.endings)} complaints, seed {self.seed}")
        for ending, count in sorted(self.counts().items()):
            table.add_row(ending, str(count))
        table.add_section()
        for code, count in sorted(self.refusals.items()):
            table.add_row(f"refused: {code}", str(count))
        table.add_section()
        for story in self.wrong:
            table.add_row(f"WENT WRONG: {story}", "1")
        agree = "every one as its events say" if self.ok else f"{len(self.differing)} NOT as their events say"
        table.add_row(agree, str(len(self.endings) - len(self.differing)))
        return table


async def run_stories(url: str, complaints: int, seed: int, progress: Callable[[int], None]) -> Outcome:
    """Tell that many stories over HTTP. A story breaks off when the system answers what it should not."""
    limits = httpx2.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE)
    async with httpx2.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        world = World(client, run="")
        world.sandbox = bool((await client.get("")).raise_for_status().json().get("sandbox"))
        world.run = f"sim-{seed}-{(await world.now()).timestamp():.0f}"
        outcome = Outcome(seed, refusals=world.refusals)
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(number: int) -> None:
            async with places:
                world.begins()
                case = Case(world, f"c{number}", Random(f"{seed}/{number}"))  # noqa: S311 -- the same seed tells the same story
                try:
                    ending = await tell(case)
                    outcome.endings[case.id], outcome.cycles[case.id] = ending, case.cycle
                except WentWrong as wrong:
                    outcome.wrong.append(str(wrong))
                finally:
                    await world.ends()
                progress(len(outcome.endings) + len(outcome.wrong))

        async with asyncio.TaskGroup() as tasks:
            for number in range(complaints):
                tasks.create_task(one(number))
        outcome.commands = world.commands
        return outcome


async def ending_told(runtimes: Mapping[str, Runtime], complaint_id: str) -> str:
    """The ending that the events of a complaint tell, in the words of the stories."""
    subject = f"complaint:{complaint_id}"
    streams: dict[str, list[Envelope]] = {}
    events = {}
    for runtime in runtimes.values():
        for row in await runtime.pool.fetch(_OWN, subject, runtime.name):
            envelope, data = parse(row["body"])
            streams.setdefault(runtime.name, []).append(envelope)
            events[envelope.id] = fact(envelope, data)
    return ending_of(events[envelope.id] for envelope in merged(streams))


@dataclass
class Told:
    """How a complaint stands, as its events tell it so far."""

    kind: str = "nothing"
    closed: str = ""
    archived: bool = False
    cycle: int = 1
    kinds: dict[str, str] = field(default_factory=dict)

    def hear(self, event: Event) -> None:
        match event:
            case ComplaintReopened(cycle=cycle):
                self.kind, self.closed, self.archived, self.cycle = "nothing", "", False, cycle
            case ComplaintClosed(outcome=outcome):
                self.closed = f", {outcome.replace('_', ' ')}"
            case ComplaintArchived():
                self.archived = True
            case RemedySubmitted(digest=digest, kind=kind):
                self.kinds[digest] = kind.replace("_", " ")
            case ResolutionConcluded(digest=digest) | RemedyExecuted(digest=digest):
                self.kind = self.kinds[digest] if digest else "final position"
            case ComplaintTakenOver(stage="resolved"):
                self.kind = "resolved before"
            case _:
                self.kind = _OF_INTAKE.get(type(event), self.kind)

    def ending(self) -> str:
        ending = f"{self.kind}{self.closed}" + (f", cycle {self.cycle}" if self.cycle > 1 else "")
        return ending if self.archived else f"{ending}, not archived"


def ending_of(events: Iterable[Event]) -> str:
    """How a complaint ended, by its events in order."""
    told = Told()
    for event in events:
        told.hear(event)
    return told.ending()


_OF_INTAKE: dict[type[Event], str] = {
    CourtesyReplySent: "not established",
    ComplaintReferred: "referred",
    RegisteredInError: "in error",
    WithdrawalConfirmed: "withdrawn",
}
