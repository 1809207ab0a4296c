"""`python -m tests.load.grow --events 1000000 --seed 1 --data FOLDER`: a log of any size, as years would leave it.

N events of all services stand in the embedded log; intake is complete as of it: journal, streams and offsets of all
its subscribers, every view's table, guards, deadlines ahead, remembered answers, keys in the vault. Its outbox is
empty. The other services are left as they were at the start, so that a log of 10 million events fits on one disk; and
customers have no files of their own, their keys apart. Ciphertext is real: it opens.

Most complaints ended within the last five years; one in sixteen is still open and was touched within the last days.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import orjson

from closedloop.postgres import EmbeddedPostgres
from closedloop.system import open_system
from services.intake.app import ROOMS
from shared.config import Settings
from shared.eventlog.embedded import _pack
from shared.privacy.masterkey import master_key
from shared.privacy.vault import Vault
from shared.projections.table import SCHEMA, ViewTable, described
from tests.load.grow_copies import Copy, Pattern, copied, pattern_of
from tests.load.grow_lives import lives

OPEN = 16
"""One in so many is open."""
YEARS = 5
LOADING = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off", "max_wal_size": "8GB",
    "wal_level": "minimal", "max_wal_senders": "0",
}  # fmt: skip
"""Of the server while it is filled: if it broke down meanwhile, one would begin anew."""
_BATCH = 300
"""Complaints that are written at once."""
JOURNAL = ("subject", "revision", "source", "version", "id", "type", "recorded", "body", "chain")
_CONSTRAINTS = """
select conrelid::regclass::text as of, conname as name, pg_get_constraintdef(oid) as definition
from pg_constraint where contype in ('p', 'u') and conrelid = any($1::regclass[]) order by conname
"""
_INDEXES = """
select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i
where i.indrelid = any($1::regclass[]) and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
"""
_AT_END = """
insert into offsets (subscriber, partition, next_offset, log, last_event)
select s, e.partition, e.next_offset, $5, e.last_event from unnest($1::text[]) s
cross join unnest($2::smallint[], $3::bigint[], $4::uuid[]) as e(partition, next_offset, last_event)
on conflict (subscriber, partition) do update set next_offset = excluded.next_offset, last_event = excluded.last_event
"""


@dataclass
class Grown:
    """What came of it."""

    events: int = 0
    complaints: int = 0
    journal: int = 0
    open: list[str] = field(default_factory=list)
    """Ids of complaints that are not over."""
    recent: list[str] = field(default_factory=list)
    """Ids of the last that were made, over or not."""
    seconds: float = 0.0
    """Of making and writing events and rows."""
    indexing: float = 0.0
    """Seconds of making the indexes anew, and statistics."""


@dataclass(frozen=True)
class Place:
    """Where to grow: addresses of a superuser, and the vault."""

    intake: str
    log: str
    vault: str
    master: bytes


def patterns(random: Random) -> tuple[list[Pattern], list[Pattern]]:
    """Lives that are over, and lives cut off in their midst."""
    told = lives()
    ended = [pattern_of(life, len(life), ROOMS.views) for life in told]
    going = [pattern_of(life, random.randrange(1, len(life)), ROOMS.views) for life in told for _ in range(2)]
    return ended, going


def copies(events: int, random: Random, today: date, scopes: dict[str, bytes]) -> Iterator[tuple[Copy, bool]]:
    """Copies with so many events at least, each with whether it is open."""
    ended, going = patterns(random)
    made = 0
    while made < events:
        is_open = random.randrange(OPEN) == 0
        if is_open:
            pattern, ends = random.choice(going), today - timedelta(days=random.randrange(1, 20))
        else:
            pattern, ends = random.choice(ended), today - timedelta(days=random.randrange(1, 365 * YEARS))
        copy = copied(pattern, random, ends, scopes)
        made += len(copy.log)
        yield copy, is_open


async def grow(
    place: Place, events: int, seed: int, progress: Any = lambda _: None, within: float = float("inf")
) -> Grown:
    """Add so many events, or what can be made within so many seconds, to an installation that no complaint has yet
    been registered in, and that does not run.
    """
    intake, log, vault = [await asyncpg.connect(each) for each in (place.intake, place.log, place.vault)]
    keys = Vault(place.vault, place.master)
    await keys.start()
    grown, random, started = Grown(), Random(seed), time.monotonic()
    try:
        writer = _Writer(intake, log, vault, keys, await _subscribers(intake), await _ends(log))
        async with without_indexes(intake, writer.tables()), without_indexes(log, ["log_record"]):
            batch: list[Copy] = []
            today = datetime.now(UTC).date()
            for copy, is_open in copies(events, random, today, await _scopes(keys)):
                batch.append(copy)
                _count(grown, copy, is_open)
                if len(batch) == _BATCH:
                    await writer.write(batch)
                    progress(grown.events)
                    batch = []
                    if time.monotonic() - started > within:
                        break
            await writer.write(batch)
            await writer.finish()
            grown.seconds = time.monotonic() - started
        for connection in (intake, log, vault):
            await connection.execute("vacuum analyze")
        grown.indexing = time.monotonic() - started - grown.seconds
    finally:
        await keys.stop()
        for connection in (intake, log, vault):
            await connection.close()
    return grown


def _count(grown: Grown, copy: Copy, is_open: bool) -> None:
    grown.complaints += 1
    grown.events += len(copy.log)
    grown.journal += len(copy.journal)
    kept, most = (grown.open, 20_000) if is_open else (grown.recent, 20_000)
    kept.append(copy.subject.partition(":")[2])
    del kept[:-most]


async def _subscribers(intake: asyncpg.Connection) -> dict[str, ViewTable]:
    tables = {}
    for view in ROOMS.views:
        generation = await intake.fetchval("select generation from generations where view = $1 and live = 1",
                                           view.full_name)  # fmt: skip
        tables[view.full_name] = ViewTable(view, generation)
    return tables


async def _ends(log: asyncpg.Connection) -> dict[int, int]:
    return {row["partition"]: row["next_offset"] for row in await log.fetch("select * from log_partition")}


async def _scopes(vault: Vault) -> dict[str, bytes]:
    """Keys of whoever is not made anew with every complaint: the staff."""
    from shared.privacy.personal import personal_fields  # noqa: PLC0415

    owners = {one.owner for life in lives() for told in life for _, one in personal_fields(told.event)}
    found = await vault.keys([owner for owner in owners if not owner.startswith("person:")], create=True)
    return {owner: key for owner, key in found.items() if key is not None}


class _Writer:
    def __init__(
        self,
        intake: asyncpg.Connection,
        log: asyncpg.Connection,
        vault: asyncpg.Connection,
        keys: Vault,
        views: dict[str, ViewTable],
        ends: dict[int, int],
    ) -> None:
        self._intake, self._log, self._vault, self._keys = intake, log, vault, keys
        self._views = views
        self._columns = {n: [c.name for c in described(t.view, t.name).columns] for n, t in views.items()}
        self._ends = ends
        self._last: dict[int, UUID] = {}
        self._streams: list[tuple[Any, ...]] = []

    def tables(self) -> list[str]:
        return ["journal", "streams", "idempotency", "guards", *(table.quoted for table in self._views.values())]

    async def write(self, batch: Sequence[Copy]) -> None:
        """Three databases at once; each in the order of their tables."""
        await asyncio.gather(self._write_log(batch), self._write_keys(batch), self._write_intake(batch))
        await self._intake.copy_records_to_table("streams", records=self._streams)

    async def _write_log(self, batch: Sequence[Copy]) -> None:
        rows = []
        self._streams = []
        for copy in batch:
            at = self._ends[copy.partition]
            self._streams += [
                (copy.subject, source, version, chain, copy.partition, at + nth)
                for source, (version, chain, nth) in copy.streams.items()
            ]
            for key, value, headers in copy.log:
                rows.append((copy.partition, self._ends[copy.partition], key, value, _pack(tuple(headers))))
                self._ends[copy.partition] += 1
            self._last[copy.partition] = copy.last_event
        await self._log.copy_records_to_table("log_record", records=rows)

    async def _write_keys(self, batch: Sequence[Copy]) -> None:
        rows = [(owner, self._keys._wrapped(owner, key)) for copy in batch for owner, key in copy.keys.items()]
        await self._vault.copy_records_to_table("vault_keys", columns=["owner", "wrapped"], records=rows)

    async def _write_intake(self, batch: Sequence[Copy]) -> None:
        put = self._intake.copy_records_to_table
        await put("journal", columns=JOURNAL, records=[row for copy in batch for row in copy.journal])
        await put("guards", records=[row for copy in batch for row in copy.guards])
        await put("idempotency", records=[_answer(*row) for copy in batch for row in copy.answers])
        due = [(*_due(copy.subject, *row),) for copy in batch for row in copy.due]
        await put("due", columns=["id", "kind", "subject", "revision", "due_at"], records=due)
        for name, table in self._views.items():
            columns = self._columns[name]
            rows = [row for copy in batch for row in copy.views[name]]
            if rows:
                await put(table.name, schema_name=SCHEMA, columns=columns, records=rows)

    async def finish(self) -> None:
        """Offsets of every subscriber, and the ends of the log."""
        subscribers = ["decide", "sequence", *(table.subscriber for table in self._views.values())]
        identity = await self._log.fetchval("select 'embedded:' || id from log_identity")
        moved = sorted(self._last)
        await self._intake.execute(
            _AT_END, subscribers, moved, [self._ends[p] for p in moved], [self._last[p] for p in moved], identity
        )
        for partition in moved:
            await self._log.execute(
                "update log_partition set next_offset = $2 where partition = $1", partition, self._ends[partition]
            )


def _answer(actor: str, key: UUID, subject: str, version: int, type_: str, at: datetime) -> tuple[Any, ...]:
    answer = orjson.dumps({"subject": subject, "version": version, "events": [type_]}).decode()
    return f"{actor}:{key}", sha256(key.bytes).digest(), answer, at


def _due(subject: str, kind: str, revision: int, at: datetime) -> tuple[Any, ...]:
    return uuid5(UUID(subject.partition(":")[2]), f"{kind}/{revision}"), kind, subject, revision, at


@asynccontextmanager
async def without_indexes(connection: asyncpg.Connection, tables: Sequence[str]) -> AsyncIterator[None]:
    """Take the indexes of these tables away and make them anew at the end: half the time of filling them row by row."""
    constraints = await connection.fetch(_CONSTRAINTS, list(tables))
    indexes = await connection.fetch(_INDEXES, list(tables))
    for each in constraints:
        await connection.execute(f'alter table {each["of"]} drop constraint "{each["name"]}"')
    for each in indexes:
        await connection.execute(f"drop index {each['name']}")
    yield
    await connection.execute("set maintenance_work_mem = '1GB'; set max_parallel_maintenance_workers = 2")
    for each in constraints:
        await connection.execute(f'alter table {each["of"]} add constraint "{each["name"]}" {each["definition"]}')
    for each in indexes:
        await connection.execute(each["definition"])


async def prepare(data: Path) -> None:
    """An installation with its staff, and nothing else, that does not run."""
    async with open_system(Settings(data=data, port=0)) as system:
        await system.caught_up()


def place_of(postgres: EmbeddedPostgres, data: Path, intake: str = "intake", log: str = "log") -> Place:
    return Place(postgres.dsn(intake), postgres.dsn(log), postgres.dsn("vault"), master_key(data / "master.key"))


async def _main(data: Path, events: int, seed: int) -> None:
    await prepare(data)
    with EmbeddedPostgres(data, settings=LOADING) as postgres:
        grown = await grow(place_of(postgres, data), events, seed, lambda n: print(f"\r{n:,}", end=""))  # noqa: T201
    print(  # noqa: T201
        f"\r{grown.events:,} events of {grown.complaints:,} complaints, {grown.journal:,} of them in intake's journal: "
        f"{grown.seconds:.0f} s ({grown.events / grown.seconds:,.0f}/s), then {grown.indexing:.0f} s for indexes"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--events", type=int, required=True)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--data", type=Path, required=True, help="an empty folder")
    given = asked.parse_args()
    asyncio.run(_main(given.data, given.events, given.seed))


if __name__ == "__main__":
    main()
