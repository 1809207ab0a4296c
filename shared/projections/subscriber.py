"""What reads the log for a purpose: `decide`, or one generation of a view. Both move their offsets the same way.

Exactly once without an inbox: the offsets move in the transaction that holds what came of the records.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence

import asyncpg
import structlog

from shared.db import TRANSIENT, Connection
from shared.eventlog.protocol import EventLog, Record
from shared.events.base import UnknownType
from shared.projections.incoming import Incoming, Sorted, sort_out
from shared.projections.offsets import (
    Fenced,
    Position,
    Step,
    hold,
    move,
    pass_by,
    read_positions,
    read_waiting,
    step_of,
)
from shared.projections.parking import forget_parked, park, parked_records
from shared.projections.reading import Reading
from shared.projections.sequence import TurnTeller, again
from shared.store.append import Collision
from shared.store.load import ClockSkew

log = structlog.get_logger("closedloop.subscriber")
_COLLISIONS = 20


class Subscriber:
    """The common half. A subclass says what it makes of records (`prepare`) and writes it (`write`)."""

    most = 500
    durable = True
    """False where what a crash takes back is simply read again."""

    def __init__(self, name: str, pool: asyncpg.Pool, event_log: EventLog, reading: Reading, turns: TurnTeller) -> None:
        self.name = name
        self.pool = pool
        self.event_log = event_log
        self.reading = reading
        self.turns = turns
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

    def forget(self) -> None:
        """What is remembered of what was written may be wrong from now on."""

    def committed(self) -> None:
        """Called after the transaction of the last write has committed."""

    def concerns(self, item: Incoming) -> bool:
        """False for what this subscriber has no use for: it only moves on."""
        raise TypeError("a subscriber says what it reads")

    async def take(self, partitions: Iterable[int]) -> None:
        """Begin, or begin anew, at the kept positions of these partitions. Raises WrongLog, Fenced."""
        identity = await self.event_log.identity()
        async with self.pool.acquire() as connection, connection.transaction():
            await self.stay(connection)
            self.positions = await read_positions(connection, self.name, partitions, identity)

    async def stay(self, connection: Connection) -> None:
        """Let nobody discard what it keeps until the transaction ends. Raises Fenced if somebody has."""

    async def apply(self, records: Sequence[Record]) -> None:
        """Take these records in, those before the kept positions excepted. Raises Fenced, or what passes."""
        with self.reading.at_work():
            await self.take_in(await self.turns.tell(records))

    async def take_in(self, items: Sequence[Incoming]) -> None:
        """The same with their turns told already."""
        new = self.new_of(items)
        concerning = [item for item in new if self.concerns(item)]
        if not concerning:
            steps = self.steps(new)
            if steps and await pass_by(self.pool, steps):
                raise Fenced(self.name)
            self.passed(steps)
            return
        await self.carry(new, concerning)

    async def carry(self, new: Sequence[Incoming], concerning: Sequence[Incoming]) -> None:
        """Take in what concerns this subscriber, and move the offsets over all that is new, some at a time."""
        prepared = await self.prepare(concerning)
        last, begin = len(prepared) - self.most, 0
        for start in range(0, len(prepared), self.most):
            batch = prepared[start : start + self.most]
            end = len(new) if start >= last else _place_after(new, batch[-1], begin)
            await self._apply_batch([item.record for item in new[begin:end]], batch)
            begin = end

    def new_of(self, items: Sequence[Incoming]) -> list[Incoming]:
        """Those at or behind the kept positions."""
        stands = {partition: position.next_offset for partition, position in self.positions.items()}
        never = float("inf")
        return [item for item in items if item.record.offset >= stands.get(item.record.partition, never)]

    def steps(self, new: Sequence[Incoming]) -> list[Step]:
        """How the offsets move over these items."""
        after = step_of(item.record for item in new)
        return [(self.name, partition, self._next(partition), *step, self.keeps) for partition, step in after.items()]

    def passed(self, steps: Sequence[Step]) -> None:
        """The offsets have moved so."""
        for _, partition, _, after, last_event, _ in steps:
            self.positions[partition] = Position(after, last_event)

    def _next(self, partition: int) -> int:
        return self.positions[partition].next_offset

    async def _apply_batch(self, records: Sequence[Record], items: Sequence[Incoming]) -> None:
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
        steps = step_of(records)
        self.begin()
        async with self.pool.acquire() as connection, connection.transaction():
            moves = {p: (self._next(p), *after) for p, after in steps.items()}
            subjects = (item.subject for item in items)
            found = await move(connection, self.name, moves, subjects, durable=self.durable, keeps=self.keeps)
            result = sort_out(items, found)
            if one_by_one:
                result = await self._write_each(connection, items, result)
                self.forget()
            else:
                await self._write_all(connection, result)
        for partition, step in steps.items():
            self.positions[partition] = Position(*step)
        self.committed()
        return result.healed

    async def _sorted(self, connection: Connection, items: Sequence[Incoming]) -> Sorted:
        if not items:
            return Sorted()
        return sort_out(items, await read_waiting(connection, self.name, {item.subject for item in items}))

    async def _write_all(self, connection: Connection, result: Sorted) -> None:
        if result.taken:
            await self.write(connection, result.taken)
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
                    await self._write_all(connection, part)
            except (Collision, ClockSkew, *TRANSIENT):
                raise
            except Exception as broken:  # noqa: BLE001 -- whatever broke it, only this subject waits
                named = type(broken).__name__
                log.error("subject_parked", subscriber=self.name, subject=subject, error=named)  # noqa: TRY400 -- a traceback may quote personal data
                failed = [item._replace(error=_error_of(broken)) for item in own]
                await self._write_all(connection, await self._sorted(connection, failed))
        return result

    async def release(self, subject: str) -> int:
        """Try what is parked of a subject again, in log order; says how many left. Under the offsets' row locks, so
        that a record arriving meanwhile is neither stranded nor taken in twice.
        """
        records = await parked_records(self.pool, self.event_log, self.name, subject)
        if not records:
            return 0
        partitions = sorted({record.partition for record in records})
        identity = await self.event_log.identity()
        stands = await read_positions(self.pool, self.name, partitions, identity)
        items = await self.prepare(await again(self.pool, records, stands))
        self.begin()
        async with self.pool.acquire() as connection, connection.transaction():
            await hold(connection, self.name, partitions, self.keeps)
            await forget_parked(connection, self.name, subject, [record.offset for record in records])
            result = sort_out(items, await read_waiting(connection, self.name, {subject}))
            await self._write_all(connection, result)
        self.committed()
        return len(records) - len(result.parked)


def _place_after(items: Sequence[Incoming], one: Incoming, begin: int) -> int:
    place = (one.record.partition, one.record.offset)
    found = next(n for n in range(begin, len(items)) if (items[n].record.partition, items[n].record.offset) == place)
    return found + 1


def _part(result: Sorted, subject: str) -> Sorted:
    return Sorted(
        taken=[item for item in result.taken if item.subject == subject],
        parked=[each for each in result.parked if each.item.subject == subject],
        healed=result.healed & {subject},
    )


def _error_of(broken: Exception) -> str:
    # The type alone: a message may quote what it choked on, and nothing personal may stand here.
    return "unknown_type" if isinstance(broken, UnknownType) else type(broken).__name__
