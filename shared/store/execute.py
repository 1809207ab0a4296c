"""Carrying out a command: load, decide, append, receipt. The one way in which a service's state ever changes."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.batching import Batcher
from shared.clock import Clock
from shared.decide import Command, Forbidden, Known, Refused, Taken
from shared.decide.service import Service
from shared.decide.standing import standing, subjects_of
from shared.eventlog.protocol import partition_of
from shared.events.base import Event
from shared.events.directory import LimitsActivated
from shared.ids import new_id
from shared.privacy.keyring import Keyring, PersonErased
from shared.reference.staff import MOST_LEVELS
from shared.store.append import Collision, Item, NewAnswer, append_each
from shared.store.compose import Because, compose, guard_keys, next_guards
from shared.store.connections import Pool
from shared.store.kept_types import Learned
from shared.store.load import Found, Wanted, load
from shared.store.memory import Memories, Memory, recall

_REDECIDE = 3
"""How often a collision is decided again before the caller is told to try again."""

Identified = tuple[UUID, Event]

_tracer = trace.get_tracer("closedloop")
_propagator = TraceContextTextMapPropagator()


class Held(Refused):
    """An event of this complaint, or of a person or limit that it rests on, could not be read here. Nothing is decided
    until it is: it may forbid just this.
    """

    status = 423

    def __init__(self) -> None:
        super().__init__("held", "An event of this case could not be read here yet; an operator must release it first.")


class Contended(Refused):
    """Too many decided on this subject at the same time."""

    def __init__(self) -> None:
        super().__init__("contended", "Others changed this case at the same moment. Load it again and retry.")


class VersionChanged(Refused):
    """The case is no longer as the caller saw it (If-Match)."""

    status = 412

    def __init__(self, version: int) -> None:
        super().__init__("version_changed", "The case changed since you loaded it. Look at it again.", version=version)


class KeyReused(Refused):
    """The idempotency key was used for another request."""

    status = 422

    def __init__(self) -> None:
        super().__init__("key_reused", "This Idempotency-Key was used for a different request. Use a new key.")


@dataclass(frozen=True, slots=True)
class Request:
    """A command with what the caller said around it. `key` is the remembered key with its owner, if any."""

    command: Command
    key: str | None = None
    fingerprint: bytes = b""
    if_match: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a command. Neither `written` nor `replayed`: nothing had to be written, it was so already."""

    subject: str
    version: int
    events: tuple[str, ...]
    written: bool
    replayed: bool = False
    """This is the remembered answer to an earlier request with the same key."""

    def as_data(self) -> dict[str, Any]:
        return {"subject": self.subject, "version": self.version, "events": list(self.events)}


class Kernel:
    """One service's commands in one process."""

    def __init__(self, service: Service, pool: Pool, keyring: Keyring, clock: Clock) -> None:
        self.service = service
        self._clock = clock
        self.memories = Memories(service)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._load: Batcher[Wanted, Found] = Batcher(lambda wanted: load(pool, wanted))
        self._seal: Batcher[Sequence[Identified], list[Event]] = Batcher(lambda many: _sealed(keyring, many))
        self._append: Batcher[Item, bool] = Batcher(lambda items: append_each(pool, items), most=200)
        self._learns_limits = LimitsActivated in service.learns
        self._learned = Learned(pool, service.learned_types)
        self.appended = asyncio.Event()
        """Set after every append, so that a relay in this process need not poll."""

    async def execute(self, request: Request) -> Receipt:
        """Carry out a command. Raises Refused (nothing was written), or a database error (ask again with the key);
        StillLearning after an upgrade, and UnknownType for a case in which newer code wrote what must be understood.
        """
        await self._learned.all_here()
        subject = request.command.subject_id()
        # One at a time a subject within the process: colliding in the database costs far more than waiting here.
        lock = self._locks.setdefault(subject, asyncio.Lock())
        with _tracer.start_as_current_span(f"execute {type(request.command).__name__}"):
            async with lock:
                for attempt in range(_REDECIDE + 1):
                    try:
                        return await self._once(subject, request, attempt)
                    except (Collision, Taken):
                        self.memories.forget(subject)
        raise Contended

    async def state(self, subject: str) -> Any:
        """What is known of a subject now, for what is decided outside a command, such as who may open its files.

        Raises Held: what can't be read may restrict the case. So may what was not learned yet: StillLearning.
        """
        await self._learned.all_here()
        memory = self.memories.of(subject)
        found = await self._load(Wanted(subjects=((subject, memory.revision),)))
        if found.held:
            raise Held
        memory = recall(self.service, memory, found.rows[subject])
        self.memories.keep(memory)
        return memory.state

    async def _once(self, subject: str, request: Request, attempt: int) -> Receipt:
        command = request.command
        memories, found = await self._recall(subject, request)
        memory = memories[subject]
        if found.answer is not None:
            return self._remembered(found.answer, request)
        if found.held:
            raise Held
        states = {name: each.state for name, each in memories.items()}
        command = standing(command, states)
        request = replace(request, command=command)
        self._check(memory, request)
        read, looked_at = self._guards_wanted(command, states)
        found_guards = await self._guards(read | looked_at)
        known = Known(
            states=states,
            guards={key: value for key, (_, value) in found_guards.items()},
            files=found.files,
            limits_fresh=found.fresh,
            attempt=attempt,
        )
        decided = self.service.handlers[type(command)](memory.state, command, known)
        events = [_in_name_of(command.actor.on_behalf_of, event) for event in decided]
        if not events:
            return Receipt(subject, memory.version(self.service.name), (), written=False)
        guards = {key: row for key, row in found_guards.items() if key in read}
        return await self._write(memory, memories, request, events, guards)

    async def _recall(self, subject: str, request: Request) -> tuple[dict[str, Memory], Found]:
        needed = dict.fromkeys((subject, *request.command.needed(), *self._who(request.command)))
        before = {name: self.memories.of(name) for name in needed}
        limits = tuple(partition_of(name) for name in needed if name != subject and name.startswith("limits:"))
        found = await self._load(
            Wanted(
                subjects=tuple((name, memory.revision) for name, memory in before.items()),
                answer=request.key,
                partitions=limits if self._learns_limits else (),
                files=request.command.files(),
            )
        )
        memories = self._recalled(before, found)
        for _ in range(MOST_LEVELS):
            states = {name: memory.state for name, memory in memories.items()}
            further = {n: self.memories.of(n) for n in request.command.needed_then(states) if n not in memories}
            if not further:
                break
            wanted = Wanted(subjects=tuple((name, memory.revision) for name, memory in further.items()))
            more = await self._load(wanted)
            found.held = found.held or more.held
            memories |= self._recalled(further, more)
        return memories, found

    def _who(self, command: Command) -> tuple[str, ...]:
        return subjects_of(command.actor) if "staff" in self.service.folds else ()

    def _recalled(self, before: Mapping[str, Memory], found: Found) -> dict[str, Memory]:
        memories = {name: recall(self.service, memory, found.rows[name]) for name, memory in before.items()}
        for memory in memories.values():
            self.memories.keep(memory)
        return memories

    def _remembered(self, answer: tuple[bytes, Any], request: Request) -> Receipt:
        fingerprint, data = answer
        if fingerprint != request.fingerprint:
            raise KeyReused
        return Receipt(data["subject"], data["version"], tuple(data["events"]), written=False, replayed=True)

    def _check(self, memory: Memory, request: Request) -> None:
        version = memory.version(self.service.name)
        if request.if_match is not None and request.if_match != version:
            raise VersionChanged(version)
        open_to = getattr(memory.state, "open_to", None)
        if open_to is not None and not open_to(request.command.actor):
            raise Forbidden("restricted_case", "This case is restricted to the department that handles it.")

    def _guards_wanted(self, command: Command, states: Mapping[str, Any]) -> tuple[set[str], set[str]]:
        """The rows that the append compares, and those that are only looked at."""
        state, guards = states[command.subject_id()], self.service.guards_read
        read = {key for guard in guards for key in guard.read_by(state, command, states)}
        return read, {key for guard in guards for key in guard.looks_at(state, command, states)}

    async def _guards(self, keys: set[str]) -> dict[str, tuple[int, Any]]:
        if not keys:
            return {}
        found = await self._load(Wanted(subjects=(("", 0),), guards=tuple(keys)))
        return found.guards

    async def _write(
        self,
        memory: Memory,
        memories: dict[str, Memory],
        request: Request,
        events: Sequence[Event],
        guards: dict[str, tuple[int, Any]],
    ) -> Receipt:
        name = self.service.name
        references = {subject: each for subject, each in memories.items() if subject != memory.subject}
        missing = guard_keys(self.service, memory.state, events) - guards.keys()
        guards = {**guards, **await self._guards(missing)}
        command_id = str(new_id())
        because = Because(
            actor=request.command.actor,
            causation=command_id,
            correlation=command_id,
            seen=_seen(memory, _told(references, request.command), name),
            recorded=self._clock.now(),
            traceparent=_traceparent(),
        )
        identified = [(new_id(), event) for event in events]
        sealed = await self._seal(identified)
        composed = compose(
            self.service, memory, [(event_id, event) for (event_id, _), event in zip(identified, sealed, strict=True)],
            because,
        )  # fmt: skip
        receipt = Receipt(
            memory.subject, composed.memory.version(name), tuple(event.wire_type for event in events), written=True
        )
        item = Item(
            subject=memory.subject,
            revision=memory.revision,
            rows=composed.rows,
            references=tuple((subject, each.revision) for subject, each in references.items()),
            guards=next_guards(self.service, memory, events, guards),
            due=composed.due,
            answer=NewAnswer(request.key, request.fingerprint, receipt.as_data()) if request.key else None,
        )
        if not await self._append(item):
            raise Collision
        self.memories.keep(composed.memory)
        self.appended.set()
        return receipt


def _in_name_of(absent: str | None, event: Event) -> Event:
    return event if absent is None else event.model_copy(update={"on_behalf_of": absent})


async def _sealed(keyring: Keyring, many: Sequence[Sequence[Identified]]) -> list[list[Event] | BaseException]:
    """Seal the events of several commands with one question to the vault; who can't be sealed fails alone."""
    try:
        flat = [(str(event_id), event) for each in many for event_id, event in each]
        sealed = iter(await keyring.seal(flat))
        return [list(islice(sealed, len(each))) for each in many]
    except PersonErased as erased:
        if len(many) == 1:
            return [erased]
    return [(await _sealed(keyring, [each]))[0] for each in many]


def _told(references: dict[str, Memory], command: Command) -> dict[str, Memory]:
    concealed = command.concealed()
    return {subject: each for subject, each in references.items() if subject not in concealed}


def _seen(memory: Memory, references: dict[str, Memory], name: str) -> dict[str, int]:
    seen = memory.others(name)
    for subject, reference in references.items():
        seen |= {f"{subject}/{source}": version for source, version in reference.versions.items()}
    return seen


def _traceparent() -> str | None:
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")
