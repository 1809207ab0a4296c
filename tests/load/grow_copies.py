"""Many complaints out of one: a life as a pattern with places for ids, days, its number and its ciphertexts.

A copy is made by filling these places, so that it is as valid as what it was made of: its envelopes are canonical
bytes, its chains are linked and its personal data is sealed under keys of its own people, by the product's own code.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.intake.app import ROOMS
from services.intake.limits import number_of
from services.intake.views.lookup import searchable
from shared.eventlog.protocol import partition_of
from shared.events.base import Event
from shared.events.envelope import Envelope, data_of
from shared.events.intake import ComplaintRegistered
from shared.privacy.keyring import _bound, _encrypted
from shared.privacy.personal import Personal, personal_fields, with_personal
from shared.projections.folding import Row, at_of, changes_of, fold
from shared.projections.table import described
from shared.projections.view import View
from shared.proof.chain import GENESIS, link
from tests.load.grow_lives import Life, Told

_MARK = "x" * 60
_PARTITION = object()
"""Stands where a row names its partition."""
_PLACES = (
    rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    rb"|(?<=\")\d{4}-\d\d-\d\d(?=[T\"])|x{60}\d{4}"
)


@dataclass(slots=True)
class Text:
    """Bytes with places to fill: at these positions of `parts` goes the value of this index."""

    parts: list[bytes]
    places: list[tuple[int, int]]

    def filled(self, values: Sequence[bytes]) -> bytes:
        parts = self.parts.copy()
        for position, index in self.places:
            parts[position] = values[index]
        return b"".join(parts)


@dataclass(slots=True)
class Seal:
    """A text to be sealed: under whose key, for which event and field, and where the ciphertext goes."""

    owner: Text
    event_id: int
    bound: bytes
    clear: bytes
    index: int


@dataclass(slots=True)
class Fact:
    """An event of the life. `revision`: its place in intake's journal, if it stands there."""

    source: str
    version: int
    type: str
    id: int
    recorded: datetime
    body: Text
    revision: int | None
    by_person: str | None


@dataclass(slots=True)
class Line:
    """A row of a view, in the order of its table's columns: what all copies share, and what varies at which place."""

    shared: list[Any]
    varying: list[tuple[int, Any]]


@dataclass(slots=True)
class Pattern:
    """A life up to some point, ready to be copied."""

    ends: date
    facts: list[Fact] = field(default_factory=list)
    seals: list[Seal] = field(default_factory=list)
    uuids: dict[bytes, int] = field(default_factory=dict)
    days: dict[bytes, int] = field(default_factory=dict)
    number: int = -1
    typed: int = -1
    """The number as it is searched for."""
    count: int = 0
    """Of values."""
    rows: dict[str, list["Line"]] = field(default_factory=dict)
    """Of each view."""
    due: list[tuple[str, int, datetime]] = field(default_factory=list)
    guards: list[tuple[Text, int, Text]] = field(default_factory=list)
    complaint: int = -1


def pattern_of(life: Life, upto: int, views: Iterable[View]) -> Pattern:
    """The first `upto` events of a life."""
    told = [*life[:upto]]
    told = _renumbered(told)
    return _Maker(told).made(views)


def _renumbered(told: list[Told]) -> list[Told]:
    """Revisions without the gaps that what was cut off leaves behind."""
    kept = sorted(each.revision for each in told if each.revision is not None)
    places = {revision: n for n, revision in enumerate(kept, 1)}
    return [Told(e.envelope, e.event, None if e.revision is None else places[e.revision]) for e in told]


class _Maker:
    def __init__(self, told: list[Told]) -> None:
        self._told = told
        self._pattern = Pattern(max(each.envelope.recorded for each in told).date())
        first = told[0].event
        if not isinstance(first, ComplaintRegistered):
            raise TypeError("a life begins with its registration")
        self._number = first.number.encode()
        self._typed = searchable(first.number).encode()
        self._pattern.number, self._pattern.typed = self._next(), self._next()
        self._places = re.compile(b"|".join((_PLACES, self._number, self._typed)))

    def made(self, views: Iterable[View]) -> Pattern:
        pattern = self._pattern
        subject = self._told[0].envelope.subject
        self._uuid(subject.partition(":")[2].encode())
        pattern.complaint = pattern.uuids[subject.partition(":")[2].encode()]
        for each in self._told:
            pattern.facts.append(self._fact(each))
        for view in views:
            names = [column.name for column in described(view, view.full_name).columns]
            pattern.rows[view.full_name] = [self._line(row, names) for row in _folded(view, self._told)]
        self._due()
        self._guards()
        return pattern

    def _text(self, raw: bytes, *, seals: Mapping[bytes, int] | None = None) -> Text:
        parts, places, end = list[bytes](), list[tuple[int, int]](), 0
        for match in self._places.finditer(raw):
            index = self._place(match[0], seals or {})
            parts += [raw[end : match.start()], b""]
            places.append((len(parts) - 1, index))
            end = match.end()
        return Text([*parts, raw[end:]], places)

    def _place(self, found: bytes, seals: Mapping[bytes, int]) -> int:
        if found in seals:
            return seals[found]
        if len(found) == 36:
            return self._uuid(found)
        if found in (self._number, self._typed):
            return self._pattern.number if found == self._number else self._pattern.typed
        if found not in self._pattern.days:
            self._pattern.days[found] = self._next()
        return self._pattern.days[found]

    def _uuid(self, found: bytes) -> int:
        if found not in self._pattern.uuids:
            self._pattern.uuids[found] = self._next()
        return self._pattern.uuids[found]

    def _next(self) -> int:
        self._pattern.count += 1
        return self._pattern.count - 1

    def _fact(self, told: Told) -> Fact:
        envelope, event = told.envelope, told.event
        event_id = self._uuid(str(envelope.id).encode())
        marks: dict[bytes, int] = {}
        blank: dict[str, Personal] = {}
        for path, one in personal_fields(event):
            index = self._next()
            mark = f"{_MARK}{len(marks):04d}"
            marks[mark.encode()] = index
            blank[path] = one.sealed_as(mark)
            self._pattern.seals.append(
                Seal(self._text(one.owner.encode()), event_id, _bound("", path), one.clear.encode(), index)
            )
        body = _bytes(envelope, with_personal(event, blank))
        return Fact(
            source=envelope.source,
            version=envelope.version,
            type=envelope.type,
            id=event_id,
            recorded=envelope.recorded,
            body=self._text(body, seals=marks),
            revision=told.revision,
            by_person=envelope.actor if envelope.role != "system" else None,
        )

    def _line(self, row: Row, names: Sequence[str]) -> Line:
        values = [_PARTITION if name == "_partition" else self._value(row[name]) for name in names]
        return Line(values, [(n, value) for n, value in enumerate(values) if _varies(value)])

    def _value(self, value: Any) -> Any:
        match value:
            case str():
                text = self._text(value.encode())
                return text if text.places else value
            case list():
                return [self._value(each) for each in value]
            case dict():
                # Whose words stand in which column: written as JSON, like the table does.
                return self._text(orjson.dumps(value))
            case _:
                return value

    def _due(self) -> None:
        """Deadlines that lie ahead of the last event: the others have passed and left the table."""
        last = max(each.envelope.recorded for each in self._told)
        for told in self._told:
            if told.envelope.source != ROOMS.name or told.revision is None:
                continue
            for later in ROOMS.service.later:
                at = later.due(told.event) if isinstance(told.event, later.on) else None
                if at is not None and at > last:
                    self._pattern.due.append((later.kind, told.revision, at))

    def _guards(self) -> None:
        """Rows that belong to this complaint or its people; what is counted over all stays as it is."""
        fold_ = ROOMS.service.fold_of(self._told[0].envelope.subject)
        state, values, subject = fold_.initial, dict[str, tuple[int, Any]](), self._told[0].envelope.subject
        for told in sorted((e for e in self._told if e.revision is not None), key=lambda e: e.revision or 0):
            for guard in ROOMS.service.guards if told.envelope.source == ROOMS.name else ():
                key = guard.key(state, told.event) if isinstance(told.event, guard.on) else None
                if key is not None:
                    revision, value = values.get(key, (0, None))
                    values[key] = (revision + 1, guard.next_value(value, told.event, subject))
            state = fold_.evolve(state, told.event)
        for key, (revision, value) in values.items():
            named = self._text(key.encode())
            if named.places:
                self._pattern.guards.append((named, revision, self._text(orjson.dumps(value))))


def _varies(value: Any) -> bool:
    return value is _PARTITION or isinstance(value, Text | datetime | list)


def _folded(view: View, told: Sequence[Told]) -> list[Row]:
    rows: dict[str, Row | None] = {}
    for each in told:
        at = at_of(each.envelope)
        for change in changes_of(view, each.event, at):
            rows[change.key] = fold(view, rows.get(change.key), change, at.subject, 0)
    return [row for row in rows.values() if row is not None]


def _bytes(envelope: Envelope, event: Event) -> bytes:
    return envelope.to_bytes(data_of(event))


@dataclass(slots=True)
class Copy:
    """One complaint more, as rows of the tables that it stands in."""

    subject: str
    partition: int
    log: list[tuple[str, bytes, list[tuple[str, bytes]]]]
    """Key, value and headers of each event, in order."""
    last_event: UUID
    journal: list[tuple[Any, ...]]
    streams: dict[str, tuple[int, bytes, int]]
    """By source: its last version, the chain there, and the place among the events of this copy."""
    views: dict[str, list[list[Any]]]
    """By view, in the order of its table's columns."""
    due: list[tuple[Any, ...]]
    guards: list[tuple[str, int, str]]
    answers: list[tuple[str, UUID, str, int, str, datetime]]
    """Who, a key, the subject, the version, the type and when."""
    keys: dict[str, bytes]
    """New owners, and their keys."""


def copied(pattern: Pattern, random: Random, ends: date, scopes: Mapping[str, bytes]) -> Copy:
    """A copy whose last event is of the day `ends`. `scopes`: keys of owners that are nobody's own."""
    shift = ends - pattern.ends
    values: list[Any] = [b""] * pattern.count
    ids: dict[int, UUID] = {}
    for index in pattern.uuids.values():
        ids[index] = made = UUID(int=random.getrandbits(128), version=4)
        values[index] = str(made).encode()
    for day, index in pattern.days.items():
        values[index] = _moved(day.decode(), shift)
    values[pattern.number] = number = number_of(ids[pattern.complaint], 0).encode()
    values[pattern.typed] = searchable(number.decode()).encode()
    keys = _seal(pattern, values, random, scopes)
    return _Filled(pattern, values, ids, shift).copy(keys)


def _moved(day: str, shift: timedelta) -> bytes:
    return (date.fromisoformat(day) + shift).isoformat().encode()


def _seal(pattern: Pattern, values: list[Any], random: Random, scopes: Mapping[str, bytes]) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    ciphers: dict[str, AESGCM] = {}
    for seal in pattern.seals:
        owner = seal.owner.filled(values).decode()
        if owner not in ciphers:
            key = scopes.get(owner) or keys.setdefault(owner, random.randbytes(32))
            ciphers[owner] = AESGCM(key)
        raw = _encrypted(ciphers[owner], seal.clear, values[seal.event_id] + seal.bound)
        values[seal.index] = urlsafe_b64encode(raw).rstrip(b"=")
    return keys


class _Filled:
    def __init__(self, pattern: Pattern, values: list[Any], ids: dict[int, UUID], shift: timedelta) -> None:
        self._pattern = pattern
        self._values = values
        self._ids = ids
        self._shift = shift

    def copy(self, keys: dict[str, bytes]) -> Copy:
        pattern, ids = self._pattern, self._ids
        subject = f"complaint:{ids[pattern.complaint]}"
        made = Copy(subject, partition_of(subject), [], UUID(int=0), [], {}, {}, [], [], [], keys)
        self._facts(made)
        made.views = {n: [self._row(row, made.partition) for row in rows] for n, rows in pattern.rows.items()}
        made.due = [(kind, revision, at + self._shift) for kind, revision, at in pattern.due]
        made.guards = [(self._str(key), revision, self._str(value)) for key, revision, value in pattern.guards]
        return made

    def _facts(self, made: Copy) -> None:
        chains: dict[str, bytes] = {}
        for fact in self._pattern.facts:
            body = fact.body.filled(self._values)
            chains[fact.source] = chain = link(chains.get(fact.source, GENESIS), body)
            event_id = made.last_event = self._ids[fact.id]
            made.streams[fact.source] = (fact.version, chain, len(made.log))
            made.log.append((made.subject, body, _headers(fact, self._values[fact.id], chain)))
            if fact.revision is None:
                continue
            recorded = fact.recorded + self._shift
            made.journal.append(
                (made.subject, fact.revision, fact.source, fact.version, event_id, fact.type, recorded, body, chain)
            )
            if fact.source == ROOMS.name and fact.by_person is not None:
                made.answers.append((fact.by_person, event_id, made.subject, fact.version, fact.type, recorded))

    def _row(self, row: Line, partition: int) -> list[Any]:
        values = row.shared.copy()
        for place, value in row.varying:
            values[place] = partition if value is _PARTITION else self._filled(value)
        return values

    def _filled(self, value: Any) -> Any:
        match value:
            case Text():
                return value.filled(self._values).decode()
            case datetime():
                return value + self._shift
            case list():
                return [self._filled(each) for each in value]
            case _:
                return value

    def _str(self, text: Text) -> str:
        return text.filled(self._values).decode()


def _headers(fact: Fact, event_id: bytes, chain: bytes) -> list[tuple[str, bytes]]:
    """As the relay sends them."""
    return [
        ("content-type", b"application/cloudevents+json; charset=utf-8"),
        ("id", event_id),
        ("type", fact.type.encode()),
        ("source", fact.source.encode()),
        ("version", str(fact.version).encode()),
        ("chain", chain),
    ]
