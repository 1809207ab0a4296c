"""The log against the stores, partition by partition: what each lacks of the other. Reads only.

The log's part of the truth is kept light: a place a record, a link of the chain an event, no bodies.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.db import Connection
from shared.eventlog.protocol import Reader, Record, partition_of
from shared.projections.incoming import Stream, incoming
from shared.proof.chain import GENESIS, link
from shared.rooms import Rooms

ERASED = b"person.erased"
"""Wire type of the fact that a person was erased; its subject is the owner of the key that was destroyed."""
_FETCH = 2_000
_HEADS = """
select distinct on (subject) subject, version, chain from journal where source = $1 and subject = any($2)
order by subject, version desc
"""
_LEARNED = """
select subject, source, max(version) as version from journal where source <> $1 and subject = any($2) group by 1, 2
"""
_ABOVE = """
select j.subject, j.source, j.version, j.id as event_id, j.type, j.body, j.chain, null as traceparent
from unnest($1::text[], $2::text[], $3::int[]) as t(subject, source, head)
join journal j on j.subject = t.subject and j.source = t.source and j.version > t.head
order by j.version
"""


class CantHeal(Exception):
    """The parts contradict each other, or something is in none of them. Nothing was changed; the message says what."""


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at an offset. Version 0: nothing of ours."""

    subject: str
    source: str
    version: int
    type: str
    event: UUID | None

    @property
    def stream(self) -> Stream:
        return (self.subject, self.source)


@dataclass(slots=True)
class Told:
    """A partition of the log: its places by offset, and the links of each stream's chain by version."""

    number: int
    places: list[Place] = field(default_factory=list)
    chains: dict[Stream, list[bytes]] = field(default_factory=dict)
    owners: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)

    def head(self, stream: Stream) -> int:
        """The last version up to which the log holds a stream without a gap."""
        return len(self.chains.get(stream, ()))

    def end(self, stream: Stream) -> bytes:
        """The last link of what it holds."""
        links = self.chains.get(stream)
        return links[-1] if links else GENESIS

    def take(self, record: Record) -> None:
        """Note a record. Raises CantHeal for a stream that is told in two ways, or whose chain is broken."""
        item = incoming(record)
        raw = record.header("id")
        event = UUID(raw.decode()) if raw else None
        self.places.append(Place(item.subject, item.source, item.version, intern(item.type), event))
        if item.version == 0:
            return
        links = self.chains.setdefault(item.stream, [])
        previous = links[item.version - 2] if 1 < item.version <= len(links) + 1 else GENESIS
        if item.version > len(links) + 1:
            return
        made = link(previous, record.value)
        if item.version <= len(links):
            if links[item.version - 1] != made:
                raise CantHeal(f"{_called(item.stream, item.version)} stands in the log twice, with other bytes.")
            return
        if record.header("chain") != made:
            raise CantHeal(f"{_called(item.stream, item.version)} does not continue its chain in the log.")
        links.append(made)
        self.owners.update(_owners(record.value))
        if record.header("type") == ERASED:
            self.erased.add(item.subject)


@dataclass(slots=True)
class Store:
    """A service's database, and of which partitions its subjects are."""

    rooms: Rooms
    connection: Connection
    subjects: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def name(self) -> str:
        return self.rooms.name

    async def find_subjects(self, partitions: int) -> None:
        for row in await self.connection.fetch("select distinct subject from journal"):
            self.subjects[partition_of(row["subject"], partitions)].append(row["subject"])


@dataclass(slots=True)
class Differing:
    """What a partition and the stores lack of each other."""

    truth: dict[Stream, int] = field(default_factory=dict)
    """The last version of each stream that any part holds."""
    lacking: dict[Stream, int] = field(default_factory=dict)
    """Streams of which a store holds more than the log: up to which version."""
    behind: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By service: subjects of which its store lacks events of its own."""


async def read_partition(reader: Reader, number: int) -> Told:
    """A partition up to its present end. Raises CantHeal, LogUnavailable."""
    told = Told(number)
    async for record in records_of(reader, number):
        told.take(record)
    return told


async def records_of(reader: Reader, number: int) -> AsyncIterator[Record]:
    """The records of a partition up to its present end, in order. One reader serves all: to make one takes a while."""
    await reader.assign({number: 0})
    end = (await reader.ends())[number]
    position = 0
    while position < end:
        for record in await reader.fetch(limit=_FETCH, wait=1.0):
            yield record
            position = record.offset + 1


async def compare(told: Told, stores: Sequence[Store]) -> Differing:
    """What is missing where. Raises CantHeal where a store tells otherwise than the log."""
    found = Differing({stream: len(links) for stream, links in told.chains.items()})
    truth = found.truth
    heads = {store.name: await _own_heads(store, told) for store in stores}
    for store in stores:
        for subject, (version, chain) in heads[store.name].items():
            _must_agree(told, (subject, store.name), version, chain)
            _raise(truth, (subject, store.name), version)
        for row in await store.connection.fetch(_LEARNED, store.name, _subjects(store, told)):
            _raise(truth, (row["subject"], row["source"]), row["version"])
    for stream, version in truth.items():
        subject, source = stream
        if version > told.head(stream):
            found.lacking[stream] = version
        if source in heads and heads[source].get(subject, (0, b""))[0] < version:
            found.behind[source].append(subject)
    return found


async def missing_events(
    told: Told, lacking: Mapping[Stream, int], stores: Sequence[Store]
) -> dict[Stream, list[asyncpg.Record]]:
    """The events that the log lacks, of each stream in order, from the store that stated them or that learned them.

    Raises CantHeal when one in between is nowhere, or when they do not continue what the log holds.
    """
    streams = list(lacking)
    columns = [s for s, _ in streams], [s for _, s in streams], [told.head(stream) for stream in streams]
    found: dict[Stream, dict[int, asyncpg.Record]] = defaultdict(dict)
    for store in stores if streams else ():
        for row in await store.connection.fetch(_ABOVE, *columns):
            found[row["subject"], row["source"]].setdefault(row["version"], row)
    return {stream: list(_continued(told, stream, upto, found[stream])) for stream, upto in lacking.items()}


def _continued(told: Told, stream: Stream, upto: int, rows: Mapping[int, asyncpg.Record]) -> Iterator[asyncpg.Record]:
    end = told.end(stream)
    for version in range(told.head(stream) + 1, upto + 1):
        row = rows.get(version)
        if row is None:
            raise CantHeal(
                f"{_called(stream, version)} is in no part, yet others have read what came after it. Bring a later "
                f"back-up of the log, or of the database of {stream[1]}."
            )
        end = link(end, row["body"])
        if row["chain"] != end:
            raise CantHeal(_otherwise(stream, version))
        yield row


async def _own_heads(store: Store, told: Told) -> dict[str, tuple[int, bytes]]:
    rows = await store.connection.fetch(_HEADS, store.name, _subjects(store, told))
    return {row["subject"]: (row["version"], row["chain"]) for row in rows}


def _subjects(store: Store, told: Told) -> list[str]:
    return store.subjects[told.number]


def _must_agree(told: Told, stream: Stream, version: int, chain: bytes) -> None:
    # A link covers all before it: where the last that both hold is the same, everything before it is.
    if 0 < version <= told.head(stream) and told.chains[stream][version - 1] != chain:
        raise CantHeal(_otherwise(stream, version))


def _raise(truth: dict[Stream, int], stream: Stream, version: int) -> None:
    truth[stream] = max(truth.get(stream, 0), version)


def _otherwise(stream: Stream, version: int) -> str:
    return (
        f"{_called(stream, version)} is one event in a store and another in the log: something worked on a part that "
        "was put back, before it was healed. Restore all parts again, into an empty installation."
    )


def _called(stream: Stream, version: int) -> str:
    return f"{stream[0]}, {stream[1]} version {version}"


def _owners(body: bytes) -> Iterable[str]:
    """Whose keys an event is sealed with."""
    if b'"sealed"' not in body:
        return ()
    return _sealed_for(orjson.loads(body)["data"])


def _sealed_for(value: Any) -> Iterator[str]:
    match value:
        case {"owner": str(owner), "sealed": str(_)}:
            yield owner
        case dict():
            for each in value.values():
                yield from _sealed_for(each)
        case list():
            for each in value:
                yield from _sealed_for(each)
        case _:
            pass
