"""Where each subscriber stands in a log that is not the one it read: told by what it has taken in, never guessed.

Whoever reads an event twice drops it, by the versions it has; so a position may always be lower than it need be.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from closedloop.backup.heal_scan import Place, Store, Told
from shared.projections.decide_subscriber import NAME as DECIDE
from shared.projections.incoming import Stream
from shared.projections.table import SCHEMA

_OFFSETS = "select subscriber, next_offset, last_event from offsets where partition = $1 order by subscriber"
_HEADS = "select subject, source, version from heads where subscriber = $1 and subject = any($2)"
_PARKED = """
select subject, source, version, position, reason, error, parked_at from parked
where subscriber = $1 and partition = $2
"""
_MOVE = "update offsets set next_offset = $3, last_event = $4 where subscriber = $1 and partition = $2"
_LOWER = "update heads set version = $4 where subscriber = $1 and subject = $2 and source = $3"
_FORGET = "delete from parked where subscriber = $1 and partition = $2 and position = any($3)"
_PARK = """
insert into parked (subscriber, partition, subject, position, source, version, reason, error, parked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing
"""


@dataclass(slots=True)
class Moved:
    """What was done to the positions."""

    subscribers: int = 0
    views: int = 0
    """Views that had taken in events which exist nowhere any more: they begin anew."""
    lost: int = 0
    """Streams of which somebody had read more than is left of them."""


def first_unread(
    places: Sequence[Place], heads: Mapping[Stream, int], parked: Collection[tuple[str, str, int]], own: str | None
) -> int:
    """The offset of the first record that has been neither taken in nor parked. `own`: a source that is not read."""
    for offset, place in enumerate(places):
        known = place.version <= heads.get(place.stream, 0) or place.source == own
        if not known and (place.subject, place.source, place.version) not in parked:
            return offset
    return len(places)


def is_there(told: Told, next_offset: int, last_event: UUID | None) -> bool:
    """Whether the log holds, just before this position, the event that was read there."""
    if next_offset > len(told.places):
        return False
    return next_offset == 0 or last_event is None or told.places[next_offset - 1].event == last_event


async def misplaced(told: Told, truth: Mapping[Stream, int], store: Store) -> tuple[int, int]:
    """How many subscribers stand where this partition is another, and of how many streams they have read more than
    there is in any part.
    """
    found = lost = 0
    for row in await store.connection.fetch(_OFFSETS, told.number):
        if not is_there(told, row["next_offset"], row["last_event"]):
            found += 1
            heads = await _heads(store, told, row["subscriber"])
            lost += sum(version > truth.get(stream, 0) for stream, version in heads.items())
    return found, lost


async def realign(told: Told, store: Store, done: Moved) -> None:
    """Put the subscribers of a store where they stand in this partition, in one transaction."""
    async with store.connection.transaction():
        for row in await store.connection.fetch(_OFFSETS, told.number):
            if not is_there(told, row["next_offset"], row["last_event"]):
                done.subscribers += 1
                await _realign(told, store, row["subscriber"], done)


async def _realign(told: Told, store: Store, subscriber: str, done: Moved) -> None:
    heads = await _heads(store, told, subscriber)
    beyond = _beyond(told, heads)
    done.lost += len(beyond)
    if beyond and subscriber != DECIDE:
        done.views += 1
        await begin_anew(store, subscriber)
        return
    for subject, source in beyond:
        heads[subject, source] = told.head((subject, source))
        await store.connection.execute(_LOWER, subscriber, subject, source, heads[subject, source])
    parked = await store.connection.fetch(_PARKED, subscriber, told.number)
    await _park_again(told, store, subscriber, parked)
    waiting = {(row["subject"], row["source"], row["version"]) for row in parked}
    position = first_unread(told.places, heads, waiting, store.name if subscriber == DECIDE else None)
    before = told.places[position - 1].event if position else None
    await store.connection.execute(_MOVE, subscriber, told.number, position, before)


async def begin_anew(store: Store, subscriber: str) -> None:
    """Let a view forget everything: a worker builds it from the log before it answers again."""
    view, _, generation = subscriber.removeprefix("view:").rpartition("_g")
    for kept in ("offsets", "heads", "parked"):
        await store.connection.execute(f"delete from {kept} where subscriber = $1", subscriber)  # noqa: S608 -- three fixed names
    await store.connection.execute("delete from generations where view = $1 and generation = $2", view, int(generation))
    await store.connection.execute(f'drop table if exists "{SCHEMA}"."{view}_g{int(generation)}" cascade')


async def _heads(store: Store, told: Told, subscriber: str) -> dict[Stream, int]:
    subjects = sorted({*store.subjects[told.number], *(place.subject for place in told.places)})
    rows = await store.connection.fetch(_HEADS, subscriber, subjects)
    return {(row["subject"], row["source"]): row["version"] for row in rows}


def _beyond(told: Told, heads: Mapping[Stream, int]) -> list[Stream]:
    return [stream for stream, version in heads.items() if version > told.head(stream)]


async def _park_again(told: Told, store: Store, subscriber: str, parked: Sequence[asyncpg.Record]) -> None:
    """What waits keeps its place in the log, wherever its event stands now; what is lost waits no longer."""
    if not parked:
        return
    now: dict[tuple[str, str, int], int] = {}
    for offset, place in enumerate(told.places):
        now.setdefault((place.subject, place.source, place.version), offset)
    await store.connection.execute(_FORGET, subscriber, told.number, [row["position"] for row in parked])
    kept = [(row, now.get((row["subject"], row["source"], row["version"]))) for row in parked]
    rows = [
        (subscriber, told.number, row["subject"], place, row["source"], row["version"], row["reason"], row["error"],
         row["parked_at"])
        for row, place in kept
        if place is not None
    ]  # fmt: skip
    await store.connection.executemany(_PARK, rows)
