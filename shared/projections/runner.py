"""The runner: one fetch for all subscribers of a service, each with its own offsets.

A subscriber that fails goes aside, tries again by itself and joins when it has caught up: a broken view or a vault
that is away stops that view, never `decide`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

import structlog

from shared.db import TRANSIENT
from shared.eventlog.protocol import EventLog, LogUnavailable, Reader, Record
from shared.privacy.vault import VaultUnavailable
from shared.projections.incoming import Incoming
from shared.projections.offsets import Fenced, Position, Step, WrongLog, mark_read_to_end, pass_by
from shared.projections.subscriber import Subscriber
from shared.store.append import Collision
from shared.store.leases import LIFE, PartitionLeases
from shared.store.load import ClockSkew
from shared.telemetry import records_span

PASSING = (Fenced, Collision, LogUnavailable, VaultUnavailable, ClockSkew, *TRANSIENT)
_FETCH = 1_000
_WAIT = 0.05
_FAR_BEHIND = 20_000
_ENDS_EVERY = 5.0

log = structlog.get_logger("closedloop.runner")
AtWork = tuple[Subscriber, list[Incoming], list[Incoming]]
"""With what is new for it, and what of that concerns it."""
PassingBy = tuple[Subscriber, list[Step]]
Renew = Callable[[Subscriber], Awaitable[Subscriber]]


class Runner:
    """Feeds the subscribers of one service in one process.

    `begin()` gives its subscribers, of which the first is `decide`. `renew(subscriber)`: the one to go on with after a
    fence, since a view may have flipped to another generation.
    """

    def __init__(
        self,
        service: str,
        begin: Callable[[], Awaitable[Sequence[Subscriber]]],
        event_log: EventLog,
        leases: PartitionLeases,
        renew: Renew,
    ) -> None:
        self._service = service
        self._log = event_log
        self._leases = leases
        self._renew = renew
        self._subscribers = begin
        self._all: list[Subscriber] = []
        self._attached: list[Subscriber] = []
        self._joining: list[Subscriber] = []
        self._aside: dict[str, asyncio.Task[None]] = {}
        self._shared: dict[str, frozenset[int]] = {}
        """Of what each subscriber keeps, which partitions are ours."""
        self._ends_read_at = 0.0
        self.caught_up = asyncio.Event()
        """Set once everything that stood in the log at the start was taken in."""

    async def run(self) -> None:
        """Run until cancelled. Raises WrongLog: then nothing is guessed, and somebody must decide."""
        await self._until_it_works(self._start)
        await self._until_it_works(self._leases.renew)
        keeper = asyncio.create_task(self._keep_leases())
        try:
            while True:
                try:
                    await self._follow()
                except PASSING as passing:
                    log.warning("runner_waits", service=self._service, error=type(passing).__name__)
                    await asyncio.sleep(0.5)
        finally:
            keeper.cancel()
            await self._stop_aside()
            with suppress(Exception):
                await asyncio.wait_for(self._leases.leave(), 2)

    async def _start(self) -> None:
        self._all = list(await self._subscribers())

    async def _until_it_works(self, step: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await step()
                return
            except PASSING:
                await asyncio.sleep(0.5)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(LIFE / 4)
            await self._until_it_works(self._leases.renew)

    async def _follow(self) -> None:
        reader = self._log.reader()
        self._shared = {}
        try:
            while True:
                if self._leases.shared != self._shared:
                    await self._begin(reader)
                if self._joining:
                    await self._join(reader)
                if not self._partitions:
                    await asyncio.sleep(0.2)
                    continue
                records = await reader.fetch(limit=_FETCH, wait=_WAIT)
                if records:
                    await self._deliver(records)
                await self._look_at_ends(reader, busy=len(records) == _FETCH)
        finally:
            await reader.close()

    @property
    def _partitions(self) -> frozenset[int]:
        return frozenset().union(*self._shared.values())

    async def _take(self, subscriber: Subscriber) -> None:
        await subscriber.take(self._shared.get(subscriber.keeps_up, frozenset()))

    async def _begin(self, reader: Reader) -> None:
        """Start, or start anew with other partitions."""
        await self._stop_aside()
        self._shared = self._leases.shared
        self._all = [await self._renew(subscriber) for subscriber in self._all]
        for subscriber in self._all:
            await self._take(subscriber)
        if not self._partitions:
            self._attached = []
            return
        furthest = _furthest(self._all)
        await self._check_log(reader, furthest)
        self._attached = self._all[:1]
        for subscriber in self._all[1:]:
            behind = (furthest[p].next_offset - at.next_offset for p, at in subscriber.positions.items())
            if sum(behind) > _FAR_BEHIND:
                self._set_aside(subscriber)
            else:
                self._attached.append(subscriber)
        await self._assign(reader)
        self._ends_read_at = 0.0

    async def _assign(self, reader: Reader) -> None:
        """Read from where the furthest behind of the attached stands; the others drop what they have."""
        told = await self._all[0].turns.positions(self._partitions)
        first = {partition: at.next_offset for partition, at in told.items()}
        for subscriber in self._attached:
            for partition, at in subscriber.positions.items():
                first[partition] = min(at.next_offset, first.get(partition, at.next_offset))
        await reader.assign(first)

    async def _check_log(self, reader: Reader, furthest: Mapping[int, Position]) -> None:
        """A log that was restored to an earlier instant is noticed, never silently skipped. Raises WrongLog."""
        positions = {p: at for p, at in furthest.items() if at.next_offset > 0}
        await reader.assign(dict.fromkeys(self._partitions, 0))
        ends = await reader.ends()
        for partition, at in positions.items():
            if ends[partition] < at.next_offset:
                raise WrongLog(
                    f"{self._service} has read partition {partition} up to {at.next_offset}, but the log ends at "
                    f"{ends[partition]}: it was restored to an earlier instant. Stop all processes and run "
                    "`closedloop restore heal`: it puts the missing events back from the stores (docs/operations.md)."
                )
        await reader.assign({p: at.next_offset - 1 for p, at in positions.items()})
        missing = set(positions)
        while missing:
            for record in await reader.fetch(limit=_FETCH, wait=_WAIT):
                if record.partition in missing:
                    missing.discard(record.partition)
                    self._compare(record, positions[record.partition].last_event)

    def _compare(self, record: Record, expected: UUID | None) -> None:
        found = record.header("id")
        if expected is not None and (found is None or found.decode() != str(expected)):
            raise WrongLog(
                f"{self._service} last read event {expected} at {record.offset} of partition {record.partition}, but "
                "another event stands there: this is not the log it was reading. Stop all processes and run "
                "`closedloop restore heal` (docs/operations.md)."
            )

    async def _deliver(self, records: Sequence[Record]) -> None:
        first = self._all[0]
        with records_span(self._service, records), first.reading.at_work():
            at_work, passing_by = self._divided(await first.turns.tell(records))
            outcomes = await asyncio.gather(
                *(subscriber.carry(new, concerning) for subscriber, new, concerning in at_work),
                self._pass_by(passing_by),
                return_exceptions=True,
            )
        for subscriber, outcome in zip([each for each, *_ in at_work], outcomes[:-1], strict=True):
            if isinstance(outcome, PASSING):
                self._leaves(subscriber, outcome)
            elif isinstance(outcome, BaseException):
                raise outcome
        if isinstance(outcomes[-1], BaseException):
            raise outcomes[-1]
        if not self._attached:
            raise LogUnavailable("every subscriber is aside")

    async def _pass_by(self, passing_by: Sequence[PassingBy]) -> None:
        steps = [step for _, own in passing_by for step in own]
        fenced = await pass_by(self._all[0].pool, steps) if steps else set()
        for subscriber, own in passing_by:
            if subscriber.name in fenced:
                self._leaves(subscriber, Fenced(subscriber.name))
            else:
                subscriber.passed(own)

    def _divided(self, items: Sequence[Incoming]) -> tuple[list[AtWork], list[PassingBy]]:
        """Who has something to do, with what; and who only moves on: they move together, in one statement."""
        at_work: list[AtWork] = []
        passing_by: list[PassingBy] = []
        for subscriber in self._attached:
            new = subscriber.new_of(items)
            concerning = [item for item in new if subscriber.concerns(item)]
            if concerning:
                at_work.append((subscriber, new, concerning))
            elif new:
                passing_by.append((subscriber, subscriber.steps(new)))
        return at_work, passing_by

    def _leaves(self, subscriber: Subscriber, why: BaseException) -> None:
        log.warning("set_aside", subscriber=subscriber.name, error=type(why).__name__)
        self._attached.remove(subscriber)
        self._set_aside(subscriber)

    def _set_aside(self, subscriber: Subscriber) -> None:
        self._aside[subscriber.name] = asyncio.create_task(self._catch_up(subscriber))

    async def _catch_up(self, subscriber: Subscriber) -> None:
        pause = 0.05
        while True:
            reader = self._log.reader()
            try:
                subscriber = await self._replace(subscriber)
                await self._take(subscriber)
                await reader.assign({p: at.next_offset for p, at in subscriber.positions.items()})
                while True:
                    records = await reader.fetch(limit=_FETCH, wait=_WAIT)
                    await subscriber.apply(records)
                    pause = 0.05
                    if len(records) < _FETCH:
                        self._joining.append(subscriber)
                        return
            except PASSING as passing:
                log.warning("still_aside", subscriber=subscriber.name, error=type(passing).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            finally:
                await reader.close()

    async def _replace(self, subscriber: Subscriber) -> Subscriber:
        renewed = await self._renew(subscriber)
        if renewed is not subscriber:
            self._all = [renewed if each is subscriber else each for each in self._all]
        return renewed

    async def _join(self, reader: Reader) -> None:
        joining, self._joining = self._joining, []
        for subscriber in joining:
            self._aside.pop(subscriber.name, None)
            self._attached.append(subscriber)
        # `decide` stays first: what it stands at is what the log is compared with.
        self._attached.sort(key=self._all.index)
        await self._assign(reader)

    async def _stop_aside(self) -> None:
        tasks, self._aside, self._joining = list(self._aside.values()), {}, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_at_ends(self, reader: Reader, *, busy: bool) -> None:
        """Note which partitions `decide` has read to their end: approval rests on having the latest limits."""
        now = asyncio.get_running_loop().time()
        if busy or now - self._ends_read_at < (_ENDS_EVERY if self.caught_up.is_set() else _WAIT):
            return
        self._ends_read_at = now
        ends = await reader.ends()
        first = self._all[0]
        read = [p for p, at in first.positions.items() if p in ends and at.next_offset >= ends[p]]
        await mark_read_to_end(first.pool, first.name, read)
        if not self._aside and all(
            p in ends and at.next_offset >= ends[p]
            for subscriber in self._all
            for p, at in subscriber.positions.items()
        ):
            self.caught_up.set()


def _furthest(subscribers: Sequence[Subscriber]) -> dict[int, Position]:
    """Of each partition, the position of whoever has read most of it."""
    furthest: dict[int, Position] = {}
    for subscriber in subscribers:
        for partition, at in subscriber.positions.items():
            if partition not in furthest or at.next_offset > furthest[partition].next_offset:
                furthest[partition] = at
    return furthest
