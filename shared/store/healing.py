"""A store that was put back to an earlier instant gets its own events again: the very ones, from the log.

An event tells what its decision had seen, so that what was learned in between returns to its very place: the journal
becomes what it was. Reactions do not run: what they once brought about is among the events. Nothing here leaves the
house.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.decide import Known, NotYetSeen, Refused
from shared.decide.command import SYSTEM_ACTOR, Command
from shared.decide.due import Effect, Sent
from shared.decide.service import Service
from shared.eventlog.protocol import Record
from shared.events.base import Event
from shared.events.envelope import Envelope, fact, parse, parse_seen
from shared.projections.decide_subscriber import learned
from shared.projections.incoming import Incoming, incoming
from shared.proof.chain import link
from shared.store.append import NewDue, NewGuard, NewRow
from shared.store.compose import due_of, guard_keys, next_guards
from shared.store.memory import Memory, taken_in

Guards = dict[str, tuple[int, Any]]
"""Key of a guard row to its revision (0: none yet) and value."""


class BrokenLink(Exception):
    """An event of the log does not continue what the store holds. Nothing was written."""


@dataclass(slots=True)
class Decision:
    """What one command or one reaction stated, and what was known before: guards are folded by it."""

    recorded: datetime
    causation: str
    before: Memory
    events: list[Event] = field(default_factory=list)


@dataclass(slots=True)
class Regained:
    """What one subject's journal gets back, after the revision of the memory that it began with."""

    memory: Memory
    rows: list[NewRow] = field(default_factory=list)
    due: list[NewDue] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


def regained(service: Service, memory: Memory, records: Sequence[Record]) -> Regained:
    """What is missing after this memory. `records`: all of the subject, in the log's order.

    Pure. Raises BrokenLink, and UnknownType for an event that newer code stated.
    """
    items = [item for item in map(incoming, records) if item.version > 0]
    own = {item.version: item for item in reversed(items) if item.source == service.name}
    others = [item for item in items if item.source != service.name]
    result = Regained(memory)
    while item := own.get(result.memory.version(service.name) + 1):
        envelope, data = parse(item.record.value)
        _learn(service, result, others, parse_seen(envelope.seen))
        _state(service, result, item, envelope, fact(envelope, data))
    return result


def _learn(service: Service, result: Regained, others: Iterable[Incoming], seen: Mapping[str, int]) -> None:
    """Take in what the next decision had seen of others; whatever came after it is learned in the usual way."""
    for item in others:
        wanted = item.type in service.learned_types and item.version <= seen.get(item.source, 0)
        if not wanted or item.version <= result.memory.version(item.source):
            continue
        envelope, data = parse(item.record.value)
        result.rows.append(learned(item, envelope))
        result.memory = taken_in(result.memory, service, envelope, fact(envelope, data), b"")


def _state(service: Service, result: Regained, item: Incoming, envelope: Envelope, event: Event) -> None:
    row = learned(item, envelope)
    if link(result.memory.chain, row.body) != row.chain:
        raise BrokenLink(f"{item.subject}, {item.source} version {item.version} does not continue its chain")
    last = result.decisions[-1] if result.decisions else None
    if last is None or last.causation != envelope.causation:
        last = Decision(envelope.recorded, envelope.causation, result.memory)
        result.decisions.append(last)
    last.events.append(event)
    result.due += due_of(service, envelope.id, event, len(result.rows))
    result.rows.append(row)
    result.memory = taken_in(result.memory, service, envelope, event, row.chain)


def touched(service: Service, decisions: Iterable[Decision]) -> set[str]:
    """The guard rows that these decisions set."""
    return {key for each in decisions for key in guard_keys(service, each.before.state, each.events)}


def guards_after(service: Service, decisions: Iterable[Decision], guards: Guards) -> list[NewGuard]:
    """What the guard rows hold after these decisions, folded in the order in which they were recorded. Raises Taken."""
    now = dict(guards)
    for each in sorted(decisions, key=lambda decision: decision.recorded):
        keys = guard_keys(service, each.before.state, each.events)
        for new in next_guards(service, each.before, each.events, {key: now.get(key, (0, None)) for key in keys}):
            now[new.key] = (new.revision + 1, new.value)
    return [NewGuard(key, revision, value) for key, (revision, value) in now.items() if guards.get(key) != now[key]]


def is_open(service: Service, effect: Effect, memory: Memory, event: Event, at: datetime) -> bool:
    """Whether nothing is recorded yet of what became of an effect: asked of the rules, without writing.

    An effect whose outcome is known, or was left to people, must never be taken up again.
    """
    asked = [effect.command(memory.subject, event, Sent(refused="asked-only"))]
    if effect.unknown is not None:
        asked.append(effect.unknown(memory.subject, event))
    return all(_would_state(service, memory, command, at) for command in asked)


def _would_state(service: Service, memory: Memory, command: Command, at: datetime) -> bool:
    known = Known(states={memory.subject: memory.state}, guards={}, files={}, limits_fresh=True, attempt=0)
    asked = command.model_copy(update={"actor": SYSTEM_ACTOR, "at": at})
    try:
        return bool(service.handlers[type(command)](memory.state, asked, known))
    except NotYetSeen:
        return True
    except Refused:
        return False
