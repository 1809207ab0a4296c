"""From decided events to rows: ids, versions, envelopes, chain, guards, and what is due later."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from shared.decide.command import Actor
from shared.decide.service import Service
from shared.events.base import Event
from shared.events.envelope import Envelope, data_of, seen_text
from shared.proof.chain import link
from shared.store.append import NewDue, NewGuard, NewRow
from shared.store.memory import Memory, taken_in


@dataclass(frozen=True, slots=True)
class Because:
    """On whose word, because of what, and knowing what, events come about."""

    actor: Actor
    causation: str
    correlation: str
    seen: Mapping[str, int]
    recorded: datetime
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """The rows of one subject's events, and the memory after them."""

    rows: tuple[NewRow, ...]
    due: tuple[NewDue, ...]
    memory: Memory


def compose(
    service: Service, memory: Memory, events: Sequence[tuple[UUID, Event]], because: Because, first_row: int = 0
) -> Composed:
    """The rows of sealed events. `first_row`: their place among the rows of the item. Raises EnvelopeTooLarge."""
    rows: list[NewRow] = []
    due: list[NewDue] = []
    recorded = max(because.recorded, memory.recorded)
    for event_id, event in events:
        envelope = _envelope(service, memory, event_id, event, because, recorded)
        body = envelope.to_bytes(data_of(event))
        chain = link(memory.chain, body)
        due += due_of(service, event_id, event, first_row + len(rows))
        rows.append(
            NewRow(
                service.name, envelope.version, event_id, envelope.type, recorded, body, chain, True,
                because.traceparent,
            )
        )  # fmt: skip
        memory = taken_in(memory, service, envelope, event, chain)
    return Composed(tuple(rows), tuple(due), memory)


def _envelope(
    service: Service, memory: Memory, event_id: UUID, event: Event, because: Because, recorded: datetime
) -> Envelope:
    if event.source != service.name:
        raise TypeError(f"{service.name} may not state {event.wire_type}: it belongs to {event.source}")
    return Envelope(
        id=event_id,
        source=service.name,
        subject=memory.subject,
        type=event.wire_type,
        schema_version=event.wire_version,
        version=memory.version(service.name) + 1,
        time=event.at,
        recorded=recorded,
        actor=event.by,
        role=because.actor.role,
        department=because.actor.department,
        on_behalf_of=because.actor.on_behalf_of,
        causation=because.causation,
        correlation=because.correlation,
        seen=seen_text(because.seen),
        pack=getattr(event, "pack", memory.pack),
        critical=event.critical,
        cycle=getattr(event, "cycle", None),
    )


def due_of(service: Service, event_id: UUID, event: Event, row: int) -> Iterable[NewDue]:
    """What an event brings about later; it stands at this place among the rows of its item."""
    for later in service.later_on.get(type(event), ()):
        instant = later.due(event)
        if instant is not None:
            yield NewDue(uuid5(event_id, later.kind), later.kind, row, instant)


def guard_keys(service: Service, state: Any, events: Sequence[Event]) -> set[str]:
    """The guard rows that these events touch."""
    keys = (guard.key(state, event) for event in events for guard in service.guards_on.get(type(event), ()))
    return {key for key in keys if key is not None}


def next_guards(
    service: Service, memory: Memory, events: Sequence[Event], current: Mapping[str, tuple[int, Any]]
) -> tuple[NewGuard, ...]:
    """The next values of all guard rows in `current`, those that were only read included. Raises Taken.

    A value that was only read moves its row's revision too: else two decisions could both rest on the old one.
    """
    values = {key: value for key, (_, value) in current.items()}
    for event in events:
        for guard in service.guards_on.get(type(event), ()):
            if (key := guard.key(memory.state, event)) is not None:
                values[key] = guard.next_value(values[key], event, memory.subject)
    # In order of their keys: two processes that set several of the same rows then hardly ever block each other.
    return tuple(NewGuard(key, current[key][0], values[key]) for key in sorted(values))
