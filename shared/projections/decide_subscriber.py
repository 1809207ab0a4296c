"""Learns the facts of others that deciding rests on, and lets reactions answer them: both in one transaction."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

import asyncpg

from shared.clock import Clock
from shared.db import Connection
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.service import Service
from shared.eventlog.protocol import EventLog
from shared.events.base import Event, UnknownType, event_class
from shared.events.envelope import Envelope, MalformedEnvelope, parse
from shared.projections.incoming import Incoming
from shared.projections.reading import Reading
from shared.projections.sequence import TurnTeller
from shared.projections.subscriber import Subscriber
from shared.projections.view_subscriber import concerns, parsed_as
from shared.store.append import Collision, Item, NewDue, NewGuard, NewRow, append
from shared.store.compose import Because, compose, guard_keys, next_guards
from shared.store.execute import Kernel
from shared.store.kept_types import DECIDE, read_kept
from shared.store.load import Wanted, load
from shared.store.memory import Memory, passed_over, recall, taken_in

NAME = DECIDE


class DecideSubscriber(Subscriber):
    """Facts become rows of the journal at their subject's next revision; a command that loaded before must decide
    again. A reaction's `seen` ends at its trigger.
    """

    most = 100

    def __init__(
        self, kernel: Kernel, pool: asyncpg.Pool, event_log: EventLog, clock: Clock, reading: Reading, turns: TurnTeller
    ) -> None:
        super().__init__(NAME, pool, event_log, reading, turns)
        self._kernel = kernel
        self._service: Service = kernel.service
        self._clock = clock
        self._wanted = kernel.service.learned_types
        self._kept = self._wanted
        """With what is kept for newer code beside us."""
        self._made: list[Memory] = []

    def concerns(self, item: Incoming) -> bool:
        # What is missing or forged may forbid just what is about to be decided, whatever the types around it.
        out_of_turn = item.turn in ("early", "forged")
        return item.source != self._service.name and (out_of_turn or concerns(item, self._kept))

    async def take(self, partitions: Iterable[int]) -> None:
        await self.obey()
        await super().take(partitions)

    async def obey(self) -> None:
        """Keep what must be kept from now on. Not while a batch is under way: it was read by what was known before."""
        kept = await read_kept(self.pool)
        self._kept, self.keeps = kept.types | self._wanted, kept.batch

    async def prepare(self, items: Sequence[Incoming]) -> list[Incoming]:
        return [
            as_it_is(item) if item.type in self._kept - self._wanted else parsed_as(item, self._wanted, self.reading)
            for item in items
        ]

    async def write(self, connection: Connection, taken: Sequence[Incoming]) -> None:
        learned = [item for item in taken if item.payload is not None]
        by_subject: dict[str, list[Incoming]] = {}
        for item in learned:
            by_subject.setdefault(item.subject, []).append(item)
        if not by_subject:
            return
        memories = await self._memories(connection, list(by_subject))
        items = [await self._item(connection, memories[subject], facts) for subject, facts in by_subject.items()]
        if not all(await append(connection, items)):
            raise Collision

    async def _memories(self, connection: Connection, subjects: list[str]) -> dict[str, Memory]:
        before = {subject: self._kernel.memories.of(subject) for subject in subjects}
        wanted = [Wanted(subjects=((subject, memory.revision),)) for subject, memory in before.items()]
        found = await load(connection, wanted)
        return {
            subject: recall(self._service, before[subject], each.rows[subject])
            for subject, each in zip(before, found, strict=True)
        }

    async def _item(self, connection: Connection, memory: Memory, facts: Sequence[Incoming]) -> Item:
        rows: list[NewRow] = []
        due: list[NewDue] = []
        guards: dict[str, NewGuard] = {}
        start = memory
        for fact in facts:
            envelope, event = fact.payload
            if fact.version <= memory.version(fact.source):
                # A store that regained its own events knows already what they had seen: its reactions are among them.
                continue
            rows.append(learned(fact, envelope))
            if event is None:
                memory = passed_over(memory, envelope)
                continue
            memory = taken_in(memory, self._service, envelope, event, b"")
            reactions = self._react(memory, envelope, event)
            if not reactions:
                continue
            await self._guard(connection, memory, [made for _, made in reactions], guards)
            composed = compose(
                self._service, memory, reactions, self._because(memory, fact, envelope), first_row=len(rows)
            )
            rows += composed.rows
            due += composed.due
            memory = composed.memory
        self._made.append(memory)
        return Item(start.subject, start.revision, tuple(rows), guards=tuple(guards.values()), due=tuple(due))

    def _react(self, memory: Memory, envelope: Envelope, event: Event) -> list[tuple[UUID, Event]]:
        # Ids are derived from the trigger: taken in twice, a fact would bring about the very same events.
        return [
            (uuid5(envelope.id, f"{reaction.name}/{n}"), made)
            for reaction in self._service.reactions_on.get(type(event), ())
            for n, made in enumerate(reaction.react(memory.state, event, envelope.id))
        ]

    async def _guard(
        self, connection: Connection, memory: Memory, events: list[Event], guards: dict[str, NewGuard]
    ) -> None:
        keys = guard_keys(self._service, memory.state, events)
        if missing := keys - guards.keys():
            found = (await load(connection, [Wanted(subjects=((memory.subject, memory.revision),),
                                                    guards=tuple(missing))]))[0]  # fmt: skip
            guards.update({key: NewGuard(key, revision, value) for key, (revision, value) in found.guards.items()})
        current = {key: (guards[key].revision, guards[key].value) for key in keys}
        guards.update({new.key: new for new in next_guards(self._service, memory, events, current)})

    def _because(self, memory: Memory, fact: Incoming, envelope: Envelope) -> Because:
        traceparent = fact.record.header("traceparent")
        return Because(
            actor=SYSTEM_ACTOR,
            causation=str(envelope.id),
            correlation=envelope.correlation,
            seen=memory.others(self._service.name),
            recorded=self._clock.now(),
            traceparent=traceparent.decode() if traceparent else None,
        )

    def begin(self) -> None:
        self._made.clear()

    def committed(self) -> None:
        for memory in self._made:
            self._kernel.memories.keep(memory)
        self._made.clear()
        self._kernel.appended.set()


def as_it_is(item: Incoming) -> Incoming:
    """An item of a type that only newer code decides by: kept unread, unless it must not be passed over unread."""
    try:
        envelope, _ = parse(item.record.value)
        if envelope.critical:
            event_class(item.type)
        return item._replace(payload=(envelope, None))
    except (UnknownType, MalformedEnvelope) as broken:
        return item._replace(error="unknown_type" if isinstance(broken, UnknownType) else type(broken).__name__)


def learned(fact: Incoming, envelope: Envelope) -> NewRow:
    """The row of the journal that a fact of another service becomes."""
    return NewRow(
        source=fact.source,
        version=fact.version,
        id=envelope.id,
        type=fact.type,
        recorded=envelope.recorded,
        body=fact.record.value,
        chain=fact.record.header("chain") or b"",
        send=False,
    )
