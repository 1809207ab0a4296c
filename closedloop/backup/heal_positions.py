"""Where each subscriber stands in a log that is not the one it read: told by what it has taken in, never guessed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from closedloop.backup.heal_scan import Place, Store, Told
from shared.projections.decide_subscriber import NAME as DECIDE
from shared.projections.incoming import Stream
from shared.projections.sequence import NAME as SEQUENCE
from shared.projections.table import SCHEMA

_OFFSETS = "select subscriber, next_offset, last_event from offsets where partition = $1 order by subscriber"
_READ = "select subject, source, version from streams where partition = $1"
_LEARNED = """
select subject, source, max(version) as version from journal where source <> $1 and subject = any($2) group by 1, 2
"""
_PARKED = """
select subject, source, version, position, reason, error, parked_at from parked
where subscriber = $1 and partition = $2
"""
_MOVE = "update offsets set next_offset = $3, last_event = $4 where subscriber = $1 and partition = $2"
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
    """Views that had read what stands elsewhere now: they are built anew."""


def first_unread(
    places: Sequence[Place],
    learned: Mapping[Stream, int],
    parked: Collection[tuple[str, str, int]],
    own: str,
    types: Collection[str],
) -> int:
    """The offset of the first fact that deciding rests on and that was neither learned nor parked.

    `learned`: by stream, the last version of such facts that the journal holds; `own`: whose own events are no facts.
    """
    for offset, place in enumerate(places):
        wanted = place.source != own and place.type in types and place.version > learned.get(place.stream, 0)
        if wanted and (place.subject, place.source, place.version) not in parked:
            return offset
    return len(places)


def is_there(told: Told, next_offset: int, last_event: UUID | None) -> bool:
    """Whether the log holds, just before this position, the event that was read there."""
    if next_offset > len(told.places):
        return False
    return next_offset == 0 or last_event is None or told.places[next_offset - 1].event == last_event


async def misplaced(told: Told, truth: Mapping[Stream, int], store: Store) -> tuple[int, int]:
    """How many subscribers stand where this partition is another, and of how many streams more was read than there is
    in any part.
    """
    found = lost = 0
    for row in await store.connection.fetch(_OFFSETS, told.number):
        if is_there(told, row["next_offset"], row["last_event"]):
            continue
        found += 1
        if row["subscriber"] == SEQUENCE:
            read = await store.connection.fetch(_READ, told.number)
            lost += sum(each["version"] > truth.get((each["subject"], each["source"]), 0) for each in read)
    return found, lost


async def realign(told: Told, store: Store, done: Moved) -> None:
    """Put the subscribers of a store where they stand in this partition, in one transaction."""
    async with store.connection.transaction():
        for row in await store.connection.fetch(_OFFSETS, told.number):
            if is_there(told, row["next_offset"], row["last_event"]):
                continue
            done.subscribers += 1
            if row["subscriber"] == DECIDE:
                await _decide(told, store)
            elif row["subscriber"] == SEQUENCE:
                await _tell_again(told, store)
            else:
                done.views += 1
                await begin_anew(store, row["subscriber"])


async def _decide(told: Told, store: Store) -> None:
    rows = await store.connection.fetch(_LEARNED, store.name, store.subjects[told.number])
    learned = {(row["subject"], row["source"]): row["version"] for row in rows}
    parked = await store.connection.fetch(_PARKED, DECIDE, told.number)
    await _park_again(told, store, parked)
    waiting = {(row["subject"], row["source"], row["version"]) for row in parked}
    position = first_unread(told.places, learned, waiting, store.name, store.rooms.service.learned_types)
    before = told.places[position - 1].event if position else None
    await store.connection.execute(_MOVE, DECIDE, told.number, position, before)


async def _tell_again(told: Told, store: Store) -> None:
    """In which turn records come is told anew from the partition's first record on."""
    for kept in ("streams", "strays"):
        await store.connection.execute(f"delete from {kept} where partition = $1", told.number)  # noqa: S608 -- two fixed names
    await store.connection.execute(_MOVE, SEQUENCE, told.number, 0, None)


async def begin_anew(store: Store, subscriber: str) -> None:
    """Let a view forget everything: a worker builds it from the log before it answers again."""
    view, _, generation = subscriber.removeprefix("view:").rpartition("_g")
    for kept in ("offsets", "parked"):
        await store.connection.execute(f"delete from {kept} where subscriber = $1", subscriber)  # noqa: S608 -- two fixed names
    await store.connection.execute("delete from generations where view = $1 and generation = $2", view, int(generation))
    await store.connection.execute(f'drop table if exists "{SCHEMA}"."{view}_g{int(generation)}" cascade')


async def _park_again(told: Told, store: Store, parked: Sequence[asyncpg.Record]) -> None:
    """What waits keeps its place in the log, wherever its event stands now; what is lost waits no longer."""
    if not parked:
        return
    now: dict[tuple[str, str, int], int] = {}
    for offset, place in enumerate(told.places):
        now.setdefault((place.subject, place.source, place.version), offset)
    await store.connection.execute(_FORGET, DECIDE, told.number, [row["position"] for row in parked])
    kept = [(row, now.get((row["subject"], row["source"], row["version"]))) for row in parked]
    rows = [
        (DECIDE, told.number, row["subject"], place, row["source"], row["version"], row["reason"], row["error"],
         row["parked_at"])
        for row, place in kept
        if place is not None
    ]  # fmt: skip
    await store.connection.executemany(_PARK, rows)
