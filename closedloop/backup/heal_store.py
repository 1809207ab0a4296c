"""Writing into a store what it regains of the log: journal, guards, what is due, all in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from closedloop.backup.heal_scan import CantHeal, Store, records_of
from shared.decide import Taken
from shared.decide.due import Effect
from shared.eventlog.protocol import Reader, Record
from shared.events.base import Event, UnknownType
from shared.events.envelope import fact, parse
from shared.store.healing import BrokenLink, Guards, Regained, guards_after, is_open, regained, touched
from shared.store.load import Row
from shared.store.memory import Memory, blank, recall

_JOURNAL = ("subject", "revision", "source", "version", "id", "type", "recorded", "body", "chain")
_ROWS = """
select subject, revision, source, version, body, chain from journal where subject = any($1) order by subject, revision
"""
_DUE = """
insert into due (id, kind, subject, revision, due_at) values ($1, $2, $3, $4, $5) on conflict (id) do nothing
"""
_GUARDS = "select key, revision, value from guards where key = any($1)"
_SET_GUARD = """
insert into guards (key, revision, value) values ($1, $2, $3::jsonb)
on conflict (key) do update set revision = excluded.revision, value = excluded.value
"""
_RELEASED = """
delete from parked p where p.subscriber = 'decide' and exists (
  select from journal j where j.subject = p.subject and j.source = p.source and j.version = p.version)
"""
_FILES = (
    "select sha256 from unnest($1::text[]) sha256 where not exists (select from files f where f.sha256 = sha256.sha256)"
)
_OPEN = """
select d.id, d.kind, d.subject, d.state, j.body from due d join journal j using (subject, revision)
where d.kind = any($1) and d.state in ('waiting', 'sending')
"""
_ASK_FIRST = "update due set state = 'sending', not_before = null where id = $1"
_TO_PEOPLE = "update due set kind = $2, state = 'waiting', attempts = 0, not_before = null where id = $1"
_HELD = "update due set state = 'failed', last_error = 'HeldByRestore' where id = $1"
_AT_ONCE = 500


@dataclass(slots=True)
class Effects:
    """What was done with what may have left the house."""

    settled: int = 0
    """Its outcome is recorded: not taken up again."""
    asked: int = 0
    """The provider is asked by its key before anything is sent."""
    held: int = 0
    """The provider's own memory is older too: left to people."""


@dataclass(slots=True)
class StoreRegained:
    """What a store got back."""

    own: int = 0
    learned: int = 0
    due: int = 0
    files: int = 0
    """Evidence files that its events name and that it does not keep: never did, or no longer."""


async def regain(store: Store, reader: Reader, subjects: Mapping[int, Sequence[str]]) -> StoreRegained:
    """Append to a store what the log has of its subjects (by partition) and it has not.

    One transaction: killed in between, nothing was done. Raises CantHeal, LogUnavailable.
    """
    done = StoreRegained()
    got: list[Regained] = []
    async with store.connection.transaction():
        for partition, wanted in sorted(subjects.items()):
            records = await _records(reader, partition, set(wanted))
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                memories = await memories_of(store, some)
                got += [await _append(store, memories[subject], records[subject], done) for subject in some]
        await _guard(store, got)
        await store.connection.execute(_RELEASED)
    return done


async def _records(reader: Reader, partition: int, wanted: set[str]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    async for record in records_of(reader, partition):
        if record.key in wanted:
            found[record.key].append(record)
    return found


async def memories_of(store: Store, subjects: Sequence[str]) -> dict[str, Memory]:
    """What the store's journal says of these subjects, folded."""
    service = store.rooms.service
    rows: dict[str, list[Row]] = {subject: [] for subject in subjects}
    for row in await store.connection.fetch(_ROWS, list(subjects)):
        rows[row["subject"]].append(Row(**dict(row)))
    return {subject: recall(service, blank(service, subject), own) for subject, own in rows.items()}


async def _append(store: Store, memory: Memory, records: Sequence[Record], done: StoreRegained) -> Regained:
    try:
        result = regained(store.rooms.service, memory, records)
    except BrokenLink as broken:
        raise CantHeal(f"{broken}: restore all parts again, into an empty installation.") from broken
    except UnknownType as newer:
        raise CantHeal(
            f"{memory.subject} has an event of a newer version: {newer}. Upgrade, then try again."
        ) from newer
    first = memory.revision + 1
    rows = [
        (memory.subject, revision, row.source, row.version, row.id, row.type, row.recorded, row.body, row.chain)
        for revision, row in enumerate(result.rows, first)
    ]
    await store.connection.copy_records_to_table("journal", columns=_JOURNAL, records=rows, schema_name="public")
    due = [(each.id, each.kind, memory.subject, first + each.row, each.due_at) for each in result.due]
    await store.connection.executemany(_DUE, due)
    own = [row.body for row in result.rows if row.source == store.name]
    done.own += len(own)
    done.learned += len(rows) - len(own)
    done.due += len(due)
    done.files += len(await store.connection.fetch(_FILES, sorted({name for body in own for name in _named(body)})))
    # What was folded to get here is not needed any more, and there may be many.
    result.memory = blank(store.rooms.service, memory.subject)
    return result


async def _guard(store: Store, got: Iterable[Regained]) -> None:
    service = store.rooms.service
    decisions = [decision for each in got for decision in each.decisions]
    found = await store.connection.fetch(_GUARDS, sorted(touched(service, decisions)))
    guards: Guards = {
        row["key"]: (row["revision"], None if row["value"] is None else orjson.loads(row["value"])) for row in found
    }
    try:
        after = guards_after(service, decisions, guards)
    except Taken as taken:
        raise CantHeal(
            f"In {store.name} two events claim what only one may have ({taken}): something worked on a part that was "
            "put back, before it was healed. Restore all parts again, into an empty installation."
        ) from taken
    rows = [(new.key, new.revision, orjson.dumps(new.value).decode()) for new in after]
    await store.connection.executemany(_SET_GUARD, rows)


async def settle_effects(store: Store, now: datetime, *, hold: bool) -> Effects:
    """Let nothing leave the house a second time because of a store that forgot that it had."""
    done = Effects()
    effects = {effect.later.kind: effect for effect in store.rooms.effects}
    async with store.connection.transaction():
        waiting = await store.connection.fetch(_OPEN, list(effects))
        for start in range(0, len(waiting), _AT_ONCE):
            some = waiting[start : start + _AT_ONCE]
            memories = await memories_of(store, sorted({row["subject"] for row in some}))
            for row in some:
                effect, memory = effects[row["kind"]], memories[row["subject"]]
                if not is_open(store.rooms.service, effect, memory, _event(row["body"]), now):
                    await store.connection.execute("delete from due where id = $1", row["id"])
                    done.settled += 1
                elif hold:
                    await _leave_to_people(store, effect, row["id"])
                    done.held += 1
                else:
                    await store.connection.execute(_ASK_FIRST, row["id"])
                    done.asked += 1
    return done


async def _leave_to_people(store: Store, effect: Effect, row_id: UUID) -> None:
    if effect.unknown is not None:
        await store.connection.execute(_TO_PEOPLE, row_id, effect.given_up)
    else:
        await store.connection.execute(_HELD, row_id)


def _event(body: bytes) -> Event:
    envelope, data = parse(body)
    return fact(envelope, data)


def _named(body: bytes) -> set[str]:
    """The evidence files that an event names."""
    return set(_files(parse(body)[1])) if b'"sha256"' in body else set()


def _files(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name == "sha256" and isinstance(each, str):
                yield each
            else:
                yield from _files(each)
    elif isinstance(value, list):
        for each in value:
            yield from _files(each)
