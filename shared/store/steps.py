"""The steps of a command: load, decide, seal, append. Whatever must be asked of a database in between is handed out as
a question and comes back as an answer; so one command by itself and many side by side go by the very same steps.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.clock import Clock
from shared.decide import Command, Forbidden, Known, Refused
from shared.decide.service import Service
from shared.decide.standing import standing, subjects_of
from shared.eventlog.protocol import partition_of
from shared.events.base import Event
from shared.events.directory import LimitsActivated
from shared.ids import new_id
from shared.privacy.personal import personal_fields
from shared.reference.staff import MOST_LEVELS
from shared.store.append import Collision, Item, NewAnswer
from shared.store.compose import Because, compose, guard_keys, next_guards
from shared.store.load import Found, Wanted
from shared.store.memory import Memories, Memory, recall

_propagator = TraceContextTextMapPropagator()


class Held(Refused):
    """An event of this complaint, or of a person or limit that it rests on, could not be read here. Nothing is decided
    until it is: it may forbid just this.
    """

    status = 423

    def __init__(self) -> None:
        super().__init__("held", "An event of this case could not be read here yet; an operator must release it first.")


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


class Receipt(NamedTuple):
    """What came of a command. Neither `written` nor `replayed`: nothing had to be written, it was so already."""

    subject: str
    version: int
    events: tuple[str, ...]
    written: bool
    replayed: bool = False
    """This is the remembered answer to an earlier request with the same key."""

    def as_data(self) -> dict[str, Any]:
        return {"subject": self.subject, "version": self.version, "events": list(self.events)}


class ToSeal(NamedTuple):
    """The events of one command, each with its id. The answer: the same events, sealed."""

    events: tuple[tuple[UUID, Event], ...]


Question = Wanted | ToSeal | Item
"""Answered by Found, by a list of events, and by whether the item was appended."""
Steps = Generator[Question, Any, Receipt]


class Stepping:
    """How commands of one service are carried out, in one process."""

    def __init__(self, service: Service, memories: Memories, clock: Clock) -> None:
        self._service = service
        self._memories = memories
        self._clock = clock
        self._knows_staff = "staff" in service.folds
        self._learns_limits = LimitsActivated in service.learns

    def steps(self, subject: str, request: Request, attempt: int) -> Steps:
        """Those of a command on this subject. Raises Refused, Taken, Collision: nothing was written."""
        command = request.command
        memories, found = yield from self._recall(subject, request)
        memory = memories[subject]
        if found.answer is not None:
            return _remembered(found.answer, request)
        if found.held:
            raise Held
        states = _states(memories)
        command = standing(command, states)
        self._check(memory, command, request.if_match)
        read, looked_at = self._guards_wanted(memory.state, command, states)
        rows = yield from _guards(read | looked_at)
        known = Known(
            states=states,
            guards={key: value for key, (_, value) in rows.items()},
            files=found.files,
            limits_fresh=found.fresh,
            attempt=attempt,
        )
        events = self._service.handlers[type(command)](memory.state, command, known)
        if not events:
            return Receipt(subject, memory.version(self._service.name), (), written=False)
        if (absent := command.actor.on_behalf_of) is not None:
            events = [event.model_copy(update={"on_behalf_of": absent}) for event in events]
        guards = {key: rows[key] for key in read}
        return (yield from self._write(memories, memory, request, command, events, guards))

    def _recall(self, subject: str, request: Request) -> Generator[Question, Any, tuple[dict[str, Memory], Found]]:
        command = request.command
        who = subjects_of(command.actor) if self._knows_staff else ()
        before = {name: self._memories.of(name) for name in (subject, *command.needed(), *who)}
        limits = tuple(partition_of(name) for name in before if name != subject and name.startswith("limits:"))
        found: Found = yield Wanted(
            _known_so_far(before), request.key, (), limits if self._learns_limits else (), command.files()
        )
        memories = self._recalled(before, found)
        for _ in range(MOST_LEVELS):
            further = {n: self._memories.of(n) for n in command.needed_then(_states(memories)) if n not in memories}
            if not further:
                break
            more: Found = yield Wanted(_known_so_far(further))
            found.held = found.held or more.held
            memories |= self._recalled(further, more)
        return memories, found

    def _recalled(self, before: Mapping[str, Memory], found: Found) -> dict[str, Memory]:
        memories = {}
        for name, known in before.items():
            rows = found.rows[name]
            memories[name] = recall(self._service, known, rows) if rows else known
            if rows:
                self._memories.keep(memories[name])
        return memories

    def _check(self, memory: Memory, command: Command, if_match: int | None) -> None:
        if if_match is not None and if_match != (version := memory.version(self._service.name)):
            raise VersionChanged(version)
        open_to = getattr(memory.state, "open_to", None)
        if open_to is not None and not open_to(command.actor):
            raise Forbidden("restricted_case", "This case is restricted to the department that handles it.")

    def _guards_wanted(self, state: Any, command: Command, states: Mapping[str, Any]) -> tuple[set[str], set[str]]:
        """The rows that the append compares, and those that are only looked at."""
        service = self._service
        read = {key for guard in service.guards_read for key in guard.read_by(state, command, states)}
        return read, {key for guard in service.guards_looked_at for key in guard.looks_at(state, command, states)}

    def _write(
        self,
        memories: Mapping[str, Memory],
        memory: Memory,
        request: Request,
        command: Command,
        events: Sequence[Event],
        guards: dict[str, tuple[int, Any]],
    ) -> Steps:
        service = self._service
        references = {subject: each for subject, each in memories.items() if each is not memory}
        guards |= yield from _guards(guard_keys(service, memory.state, events) - guards.keys())
        command_id = str(new_id())
        because = Because(
            actor=command.actor,
            causation=command_id,
            correlation=command_id,
            seen=_seen(memory, references, command.concealed(), service.name),
            recorded=self._clock.now(),
            traceparent=_traceparent(),
        )
        identified = tuple((new_id(), event) for event in events)
        composed = compose(service, memory, (yield from _sealed(identified)), because)
        receipt = Receipt(
            memory.subject, composed.memory.version(service.name), tuple(event.wire_type for event in events), True
        )
        written: bool = yield Item(
            subject=memory.subject,
            revision=memory.revision,
            rows=composed.rows,
            references=_known_so_far(references),
            guards=next_guards(service, memory, events, guards),
            due=composed.due,
            answer=NewAnswer(request.key, request.fingerprint, receipt.as_data()) if request.key else None,
        )
        if not written:
            raise Collision
        self._memories.keep(composed.memory)
        return receipt


def _remembered(answer: tuple[bytes, Any], request: Request) -> Receipt:
    fingerprint, data = answer
    if fingerprint != request.fingerprint:
        raise KeyReused
    return Receipt(data["subject"], data["version"], tuple(data["events"]), written=False, replayed=True)


def _states(memories: Mapping[str, Memory]) -> dict[str, Any]:
    return {name: memory.state for name, memory in memories.items()}


def _known_so_far(memories: Mapping[str, Memory]) -> tuple[tuple[str, int], ...]:
    return tuple((name, memory.revision) for name, memory in memories.items())


def _guards(keys: set[str]) -> Generator[Question, Any, dict[str, tuple[int, Any]]]:
    if not keys:
        return {}
    found: Found = yield Wanted((("", 0),), guards=tuple(keys))
    return found.guards


def _sealed(events: tuple[tuple[UUID, Event], ...]) -> Generator[Question, Any, Sequence[tuple[UUID, Event]]]:
    if not any(True for _, event in events for _ in personal_fields(event)):
        return events
    sealed: list[Event] = yield ToSeal(events)
    return [(event_id, event) for (event_id, _), event in zip(events, sealed, strict=True)]


def _seen(memory: Memory, references: Mapping[str, Memory], concealed: Sequence[str], name: str) -> dict[str, int]:
    seen = memory.others(name)
    for subject, reference in references.items():
        if subject not in concealed:
            seen |= {f"{subject}/{source}": version for source, version in reference.versions.items()}
    return seen


def _traceparent() -> str | None:
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")
