"""One service as old code runs it and as new code does, in one process: the old one wants to know less."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from shared.decide import ComplaintCommand, Known
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.service import Service
from shared.eventlog.protocol import Record
from shared.events.base import Event
from shared.events.intake import ComplaintAcknowledged, ResponsibleDepartmentAssigned
from shared.projections.backfill import Backfill
from shared.projections.decide_subscriber import DecideSubscriber
from shared.projections.sequence import TurnTeller
from shared.runtime import Runtime
from shared.store.execute import Kernel, Request
from shared.store.kept_types import keep
from shared.store.load import Wanted, load
from shared.store.memory import Memory, blank, recall
from tests.fixtures.runtimes import Workshop

NEWLY_LEARNED = (ComplaintAcknowledged, ResponsibleDepartmentAssigned)
"""Of these, the second brings about a reaction."""


class Note(ComplaintCommand, path="/notes", may=("system",)):
    """Writes a fact down, whatever is known."""

    fact: Any


def _write_down(state: Any, note: Note, known: Known) -> Sequence[Event]:
    return [note.fact]


@dataclass
class Editions:
    """Investigation, in both editions, on one database; intake tells it what happens."""

    workshop: Workshop
    old: Runtime
    new: Runtime

    @classmethod
    async def of(cls, workshop: Workshop) -> "Editions":
        """As if only the old one had ever run."""
        new = workshop.runtimes["investigation"]
        await new.pool.execute("truncate kept_types, backfills")
        await new.pool.execute("delete from offsets")
        learns = new.rooms.service.learns.difference(NEWLY_LEARNED)
        reactions = tuple(each for each in new.rooms.service.reactions if each.on in learns)
        old = edition(workshop, new, replace(new.rooms.service, learns=learns, reactions=reactions))
        await keep(old.pool, old.rooms.service.learned_types, workshop.process.log)
        # Of the old edition's kernel the new one remembers nothing: it is another process.
        return cls(workshop, old, edition(workshop, new, new.rooms.service))

    async def tell(self, subject: str, fact: Event) -> None:
        """Intake states a fact, which the log then tells."""
        await self.state(self.workshop.intake, subject, fact)
        await self.workshop.relayed()

    async def state(self, runtime: Runtime, subject: str, fact: Event) -> None:
        """A service decides, in this edition, whatever it knows, that this is so."""
        service = replace(runtime.rooms.service, handlers={Note: _write_down})
        note = Note(actor=SYSTEM_ACTOR, at=fact.at, complaint_id=UUID(subject.partition(":")[2]), fact=fact)
        await edition(self.workshop, runtime, service).kernel.execute(Request(note))

    async def acknowledged(self) -> str:
        """A complaint that was registered and acknowledged; the log tells both."""
        subject = await self.workshop.registered()
        await self.workshop.do(self.workshop.acknowledgement(subject))
        await self.workshop.relayed()
        return subject

    async def follower(self, runtime: Runtime) -> DecideSubscriber:
        """What learns in a worker of this edition, at its kept positions."""
        process = self.workshop.process
        turns = TurnTeller(runtime.pool, process.log)
        subscriber = DecideSubscriber(runtime.kernel, runtime.pool, process.log, process.clock, runtime.reading, turns)
        await subscriber.take(range(process.log.partitions))
        return subscriber

    async def follow(self, runtime: Runtime) -> None:
        """A worker of this edition takes in what the log holds."""
        await (await self.follower(runtime)).apply(await self.records())

    async def records(self) -> list[Record]:
        return await self.workshop.all_records()

    async def want(self) -> None:
        """A process of the new edition starts."""
        await keep(self.new.pool, self.new.rooms.service.learned_types, self.workshop.process.log)

    def backfill(self, owner: str = "new") -> Backfill:
        service = self.new.rooms.service
        return Backfill(service.name, service.learned_types, self.new.pool, self.workshop.process.log, owner)

    async def journal(self, subject: str) -> list[tuple[str, int, str]]:
        rows = await self.new.pool.fetch(
            "select source, version, type from journal where subject = $1 order by revision", subject
        )
        return [tuple(row) for row in rows]

    async def remembered(self, runtime: Runtime, subject: str) -> Memory:
        """What a process of this edition, that has just started, knows of a subject."""
        (found,) = await load(runtime.pool, [Wanted(subjects=((subject, 0),))])
        return recall(runtime.rooms.service, blank(runtime.rooms.service, subject), found.rows[subject])


def edition(workshop: Workshop, runtime: Runtime, service: Service) -> Runtime:
    """A runtime of this code on the same database, as a process of its own would have it."""
    kernel = Kernel(service, runtime.pool, workshop.process.keyring, workshop.process.clock)
    return replace(runtime, rooms=replace(runtime.rooms, service=service), kernel=kernel)
