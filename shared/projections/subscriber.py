"""What reads the log for a purpose: `decide`, or one generation of a view. Both move their offsets the same way.

Exactly once without an inbox: the offsets move in the transaction that holds what came of the records.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import asyncpg
import structlog

from shared.db import TRANSIENT, Connection
from shared.eventlog.protocol import EventLog, Record
from shared.events.base import UnknownType
from shared.projections.incoming import Incoming, Sorted, incoming, sort_out
from shared.projections.offsets import (
    Fenced,
    Position,
    hold,
    move,
    read_heads,
    read_positions,
    read_waiting,
    set_heads,
)
from shared.projections.parking import forget_parked, park, parked_records
from shared.projections.reading import Reading
from shared.store.append import Collision
from shared.store.load import ClockSkew

log = structlog.get_logger("closedloop.subscriber")
_COLLISIONS = 20


class Subscriber:
    """The common half. A subclass says what it makes of records (`prepare`) and writes it (`write`)."""

    most = 500
    durable = True
    """False where what a crash takes back is simply read again."""

    def __init__(self, name: str, pool: asyncpg.Pool, event_log: EventLog, reading: Reading) -> None:
        self.name = name
        self.pool = pool
        self.event_log = event_log
        self.reading = reading
        self.positions: dict[int, Position] = {}
        self.keeps = 0
        """Of `decide`: up to which batch of types it knows what must be kept."""

    @property
    def keeps_up(self) -> str:
        """By what its partitions are shared out: with all workers whose code keeps the same."""
        return self.name

    async def prepare(self, items: Sequence[Incoming]) -> list[Incoming]:
        """Parse what is wanted, outside any transaction; a failure is noted in the item's `error`."""
        raise TypeError("a subscriber prepares in its own way")

    async def write(self, connection: Connection, taken: Sequence[Incoming]) -> None:
        """Write what comes of these items, inside the transaction that moves the offsets."""
        raise TypeError("a subscriber writes in its own way")

    def begin(self) -> None:
        """Called before a transaction: what an earlier one left unfinished is forgotten."""

    def committed(self) -> None:
        """Called after the transaction of the last write has committed."""

    def wants(self, item: Incoming) -> bool:
        """False for records that are none of this subscriber's business at all (not even their versions)."""
        return True

    async def take(self, partitions: Iterable[int]) -> None:
        """Begin, or begin anew, at the kept positions of these partitions. Raises WrongLog."""
        identity = await self.event_log.identity()
        self.positions = await read_positions(self.pool, self.name, partitions, identity)

    async def apply(self, records: Sequence[Record]) -> None:
        """Take these records in, those before the kept positions excepted. Raises Fenced, or what passes."""
        new = [r for r in records if r.partition in self.positions and r.offset >= self._next(r.partition)]
        with self.reading.at_work():
            for start in range(0, len(new), self.most):
                await self._apply_batch(new[start : start + self.most])

    def _next(self, partition: int) -> int:
        return self.positions[partition].next_offset

    async def _apply_batch(self, records: Sequence[Record]) -> None:
        items = await self.prepare([item for item in map(incoming, records) if self.wants(item)])
        for _ in range(_COLLISIONS):
            try:
                healed = await self._commit(records, items, one_by_one=False)
                break
            except Collision:
                # A command decided on one of these subjects meanwhile: the batch is composed again on what is now.
                await asyncio.sleep(0)
            except (Fenced, ClockSkew, *TRANSIENT):
                raise
            except Exception as broken:  # noqa: BLE001 -- whatever broke it, the subjects are tried one by one
                log.warning("batch_broke", subscriber=self.name, error=type(broken).__name__)
                healed = await self._commit(records, items, one_by_one=True)
                break
        else:
            raise Collision(self.name)
        for subject in healed:
            await self.release(subject)

    async def _commit(self, records: Sequence[Record], items: Sequence[Incoming], *, one_by_one: bool) -> set[str]:
        steps = self._steps(records)
        self.begin()
        async with self.pool.acquire() as connection, connection.transaction():
            moves = {p: (self._next(p), *after) for p, after in steps.items()}
            found = await move(connection, self.name, moves, items, durable=self.durable, keeps=self.keeps)
            result = sort_out(items, *found)
            if one_by_one:
                result = await self._write_each(connection, items, result)
            else:
                await self._write_all(connection, items, result)
        for partition, (next_offset, last_event) in steps.items():
            self.positions[partition] = Position(next_offset, last_event)
        self.committed()
        return result.healed

    def _steps(self, records: Sequence[Record]) -> dict[int, tuple[int, UUID | None]]:
        last = {record.partition: record for record in records}
        return {partition: (record.offset + 1, _event_id(record)) for partition, record in last.items()}

    async def _sorted(self, connection: Connection, items: Sequence[Incoming]) -> Sorted:
        if not items:
            return Sorted()
        heads = await read_heads(connection, self.name, items)
        waiting = await read_waiting(connection, self.name, {item.subject for item in items})
        return sort_out(items, heads, waiting)

    async def _write_all(self, connection: Connection, items: Sequence[Incoming], result: Sorted) -> None:
        if result.taken:
            await self.write(connection, result.taken)
        streams = {item.stream for item in items}
        heads = {stream: version for stream, version in result.heads.items() if stream in streams}
        await set_heads(connection, self.name, heads)
        await park(connection, self.name, result.parked)

    async def _write_each(self, connection: Connection, items: Sequence[Incoming], result: Sorted) -> Sorted:
        """One subject a savepoint: the one that fails is parked whole, the others go on."""
        by_subject: dict[str, list[Incoming]] = defaultdict(list)
        for item in items:
            by_subject[item.subject].append(item)
        for subject, own in by_subject.items():
            part = _part(result, subject)
            try:
                async with connection.transaction():
                    await self._write_all(connection, own, part)
            except (Collision, ClockSkew, *TRANSIENT):
                raise
            except Exception as broken:  # noqa: BLE001 -- whatever broke it, only this subject waits
                named = type(broken).__name__
                log.error("subject_parked", subscriber=self.name, subject=subject, error=named)  # noqa: TRY400 -- a traceback may quote personal data
                failed = [replace(item, error=_error_of(broken)) for item in own]
                await self._write_all(connection, own, await self._sorted(connection, failed))
        return result

    async def release(self, subject: str) -> int:
        """Try what is parked of a subject again, in log order; says how many left. Under the offsets' row locks, so
        that a record arriving meanwhile is neither stranded nor taken in twice.
        """
        records = await parked_records(self.pool, self.event_log, self.name, subject)
        if not records:
            return 0
        items = await self.prepare([incoming(record) for record in records])
        partitions = sorted({record.partition for record in records})
        self.begin()
        async with self.pool.acquire() as connection, connection.transaction():
            await hold(connection, self.name, partitions, self.keeps)
            await forget_parked(connection, self.name, subject, [record.offset for record in records])
            heads = await read_heads(connection, self.name, items)
            waiting = await read_waiting(connection, self.name, {subject})
            result = sort_out(items, heads, waiting)
            await self._write_all(connection, items, result)
        self.committed()
        return len(records) - len(result.parked)


def _part(result: Sorted, subject: str) -> Sorted:
    return Sorted(
        taken=[item for item in result.taken if item.subject == subject],
        parked=[each for each in result.parked if each.item.subject == subject],
        healed=result.healed & {subject},
        heads={stream: version for stream, version in result.heads.items() if stream[0] == subject},
    )


def _error_of(broken: Exception) -> str:
    # The type alone: a message may quote what it choked on, and nothing personal may stand here.
    return "unknown_type" if isinstance(broken, UnknownType) else type(broken).__name__


def _event_id(record: Record) -> UUID | None:
    raw = record.header("id")
    return UUID(raw.decode()) if raw else None
