"""In-process append: our kernel's `execute` beside the `eventsourcing` library's `save`, on one PostgreSQL.

Both decide in memory on what they remember of a subject, and write one event durably. Ours besides loads what came in
between, remembers the answer under its key, fills the outbox, and in the one case seals a text under its owner's key.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from services.intake.commands.add_note import AddNote
from services.intake.commands.record_contact import RecordContact
from shared.decide import ComplaintCommand
from shared.store.execute import Request
from tests.fixtures.runtimes import AGENT, Workshop
from tests.load.measuring import Aim, Line, Run, in_turn, spread, timed
from tests.load.stage import Size, Stage

TEXT = "The customer travels next week and asks to be called in the afternoon, not before two."
THREADS = 8
"""Of the library, which waits for the database in threads."""
TASKS = 64
"""Commands of ours under way at once."""


class Case(Aggregate):
    """A case as the library would have it."""

    @event("NoteAdded")
    def note(self, text: str, by: str) -> None:
        self.notes = getattr(self, "notes", 0) + 1


class Library:
    """The library's application on a database of its own, with its aggregates in memory."""

    def __init__(self, dsn: str, subjects: int) -> None:
        self._application: Application[UUID] = Application(_environment(dsn))
        self._cases = [Case() for _ in range(subjects)]
        for case in self._cases:
            self._application.save(case)

    def _save(self, nth: int) -> None:
        case = self._cases[nth % len(self._cases)]
        case.note(TEXT, "li.na")
        self._application.save(case)

    def run(self, commands: int, threads: int) -> None:
        """So many notes, each subject in turn, so many at once."""
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(self._save, range(commands)):
                pass

    def stored(self) -> int:
        """How many events it wrote, those that made its aggregates excepted."""
        return sum(case.version - 1 for case in self._cases)

    def close(self) -> None:
        self._application.close()


def _environment(dsn: str) -> dict[str, str]:
    parts, options = urlsplit(dsn), parse_qs(urlsplit(dsn).query)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.strip("/"),
        "POSTGRES_HOST": parts.hostname or options["host"][0],
        "POSTGRES_PORT": str(parts.port or options.get("port", ["5432"])[0]),
        "POSTGRES_USER": unquote(parts.username or ""),
        "POSTGRES_PASSWORD": unquote(parts.password or ""),
        "POSTGRES_POOL_SIZE": str(THREADS),
    }


Make = Callable[[Workshop, str], ComplaintCommand]


def note(workshop: Workshop, subject: str) -> AddNote:
    """A remark: its text is sealed."""
    return AddNote(complaint_id=subject.partition(":")[2], text=TEXT, actor=AGENT, at=workshop.process.clock.now())


def chased(workshop: Workshop, subject: str) -> RecordContact:
    """The customer asked again: nothing personal."""
    return RecordContact(
        complaint_id=subject.partition(":")[2], what="customer_chased", channel="phone", actor=AGENT,
        at=workshop.process.clock.now(),
    )  # fmt: skip


async def registered(workshop: Workshop, number: int) -> list[str]:
    """So many complaints; gives their subjects."""
    names: list[str] = []
    for start in range(0, number, 500):
        names += await asyncio.gather(*(workshop.registered() for _ in range(min(500, number - start))))
    return names


async def execute_all(workshop: Workshop, make: Make, subjects: list[str], keys: Iterator[int], tasks: int) -> None:
    """One command a subject, so many under way at once."""
    left = iter(subjects)

    async def one_after_the_other() -> None:
        for subject in left:
            key = f"li.na:{next(keys)}"
            receipt = await workshop.intake.kernel.execute(Request(make(workshop, subject), key, b"wish"))
            if not receipt.written:
                raise AssertionError(f"nothing was written about {subject}")

    async with asyncio.TaskGroup() as group:
        for _ in range(tasks):
            group.create_task(one_after_the_other())


async def measure(stage: Stage, size: Size) -> list[Line]:
    """Both sides, one at a time and many at once."""
    subjects, commands = size.of(500, 10), size.of(4_000, 20)
    other = await stage.database("library")
    library = await asyncio.to_thread(Library, stage.dsn_of(other), subjects)
    keys = count()
    try:
        async with stage.workshop("intake") as workshop:
            names = await registered(workshop, subjects)
            before = await journal_rows(workshop)

            async def theirs(threads: int, of: int) -> Run:
                with timed(stage.server) as run:
                    await asyncio.to_thread(library.run, of, threads)
                run.done = of
                return run

            async def ours(make: Make, tasks: int, of: int) -> Run:
                wanted = [names[n % subjects] for n in range(of)]
                with timed(stage.server) as run:
                    await execute_all(workshop, make, wanted, keys, tasks)
                run.done = of
                return run

            few = max(20, commands // 8)
            sides = (
                lambda: theirs(THREADS, commands), lambda: ours(chased, TASKS, commands),
                lambda: ours(note, TASKS, commands), lambda: theirs(1, few), lambda: ours(chased, 1, few),
            )  # fmt: skip
            warm = await in_turn(1, *sides)
            runs = await in_turn(size.rounds, *sides)
            done = sum(run.done for each in (*warm, *runs) for run in (each[0], *each[1:]))
            stored = library.stored() + await journal_rows(workshop) - before
            if done != stored:
                raise AssertionError(f"{done} were carried out and {stored} are stored")
    finally:
        await asyncio.to_thread(library.close)
        await stage.drop(other)
    return _lines(runs)


async def journal_rows(workshop: Workshop) -> int:
    rows: int = await workshop.intake.pool.fetchval("select count(*) from journal")
    return rows


def _lines(runs: list[list[Run]]) -> list[Line]:
    many, chases, notes, single, alone = runs
    aim = Aim(ratio=2.0)

    def line(what: str, floor: list[Run], ours: list[Run], aim: Aim, at_once: tuple[int, int]) -> Line:
        told = {
            "floor_at_once": at_once[0], "ours_at_once": at_once[1],
            "ours_a_core": spread(ours, lambda run: run.rate_of_own_core).median,
            "ours_all_cpu": spread(ours, lambda run: run.rate_of_all_cores).median,
        }  # fmt: skip
        return Line("append", what, "commands/s", spread(ours), spread(floor), aim=aim, told=told)

    return [
        line(f"in-process append, {TASKS} at once", many, chases, aim, (THREADS, TASKS)),
        line(f"the same with a text to seal, {TASKS} at once", many, notes, Aim(), (THREADS, TASKS)),
        line("the same, one at a time", single, alone, Aim(), (1, 1)),
    ]
