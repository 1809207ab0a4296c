"""The relay: what the outbox holds goes to the log, in order, and leaves the outbox when it is durable there.

The outbox is a queue, not a cursor: ids are drawn at insert and become visible at commit, so that whoever reads
"after the last id" loses what commits late. Doubles are legal, and so are two relays for a moment.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

import asyncpg
import structlog

from shared.db import TRANSIENT
from shared.eventlog.protocol import EventLog, LogUnavailable, Outgoing, partition_of
from shared.store.connections import Pool
from shared.store.leases import LIFE, release, take

_NEXT = """
select o.id, o.subject, o.traceparent, j.id as event_id, j.type, j.source, j.version, j.body, j.chain
from outbox o join journal j using (subject, revision)
where o.subject <> all($2::text[])
order by o.id limit $1
"""
# What a crash brings back is sent a second time, and doubles are legal: this commit waits for no disk.
_SENT = """
with unhurried as (select set_config('synchronous_commit', 'off', true))
delete from outbox using unhurried where id = any($1)
"""
_BATCH = 1_000
_BUSY_POLL, _IDLE_POLL = 0.002, 0.1
_HELD_FOR = 5.0
_PAUSE = 0.5
_USUAL = 0.025
"""Seconds a round usually takes. Sooner, one waits: what comes next then fills larger rounds. Later, nobody waits."""

log = structlog.get_logger("closedloop.relay")
Batches = dict[int, list[tuple[int, Outgoing]]]
"""By partition, rows of the outbox with what they send."""


class Relay:
    """One service's relay. Any number may run; the one with the lease works.

    It sends in rounds. A partition is in one round at a time, so that its order holds. A round that takes long is not
    waited for: the next, of other partitions, overlaps it, so that a broker that is slow or away holds up only its own.
    """

    def __init__(self, pool: Pool, event_log: EventLog, owner: str, woken: asyncio.Event) -> None:
        self._pool = pool
        self._log = event_log
        self._owner = owner
        self._woken = woken
        self._held: dict[str, float] = {}
        self._suspect: dict[int, float] = {}
        """Partitions whose last send failed, and since when."""
        self._answered_at = float("-inf")
        self._under_way: dict[int, list[str]] = {}
        """Partitions that are in a round, with the subjects of what they send."""
        self._rounds: dict[asyncio.Task[None], float] = {}
        """Those that are out, and since when."""
        self._broke: BaseException | None = None
        """What no round should have met: the relay ends by it, and whoever runs it is told."""
        self._lease_until = 0.0
        self._pause = _BUSY_POLL

    async def run(self) -> None:
        """Relay until cancelled. Errors that pass are waited out; nothing is ever skipped."""
        try:
            while True:
                await self._turn()
        finally:
            with suppress(Exception):
                await self._end_rounds()
                await release(self._pool, ["relay"], self._owner)

    async def _turn(self) -> None:
        self._woken.clear()
        if self._broke is not None:
            raise self._broke
        try:
            if not await self._leased():
                await asyncio.sleep(LIFE / 4)
                return
            batches = {} if self._waits_for_a_round() else await self._next()
        except TRANSIENT as passing:
            log.warning("relay_waits", error=type(passing).__name__)
            await asyncio.sleep(_PAUSE)
            return
        for part in self._apart(batches):
            self._begin(part)
        self._pause = _BUSY_POLL if batches else min(self._pause * 1.1, _IDLE_POLL)
        # Not wait_for: in Python 3.11 it swallows a cancellation that comes just as the relay is woken.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause):
                await self._woken.wait()

    def _waits_for_a_round(self) -> bool:
        if len(self._under_way) == self._log.partitions:
            return True
        return any(time.monotonic() - began < _USUAL for began in self._rounds.values())

    def _apart(self, batches: Batches) -> list[Batches]:
        """The rounds that these make: a partition that failed goes by itself, so that no other waits for it again."""
        sound = {p: batch for p, batch in batches.items() if p not in self._suspect}
        return [sound] * bool(sound) + [{p: batch} for p, batch in batches.items() if p in self._suspect]

    async def _leased(self) -> bool:
        if time.monotonic() < self._lease_until:
            return True
        asked = time.monotonic()
        if not await take(self._pool, ["relay"], self._owner):
            return False
        self._lease_until = asked + LIFE / 3
        return True

    def _begin(self, batches: Batches) -> None:
        task = asyncio.create_task(self._round(batches))
        self._rounds[task] = time.monotonic()
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._rounds[task]
        if not task.cancelled():
            self._broke = self._broke or task.exception()
        self._woken.set()

    async def _end_rounds(self) -> None:
        rounds = list(self._rounds)
        for task in rounds:
            task.cancel()
        await asyncio.gather(*rounds, return_exceptions=True)

    async def _round(self, batches: Batches) -> None:
        try:
            await self._send(batches)
        except (*TRANSIENT, LogUnavailable) as passing:
            # Its partitions wait, nobody else's.
            log.warning("relay_waits", error=type(passing).__name__)
            await asyncio.sleep(_PAUSE)
        finally:
            self._free(batches)

    async def send_once(self) -> int:
        """One round by itself: at most one batch a partition. Returns how many left. Raises LogUnavailable."""
        batches = await self._next()
        try:
            return await self._send(batches) if batches else 0
        finally:
            self._free(batches)

    async def _next(self) -> Batches:
        """What waits for partitions that are in no round; they are in one from now on."""
        now = time.monotonic()
        self._held = {subject: until for subject, until in self._held.items() if until > now}
        sending = {subject for subjects in self._under_way.values() for subject in subjects}
        batches = self._batches(await self._pool.fetch(_NEXT, _BATCH, [*self._held, *sending]))
        for partition, batch in batches.items():
            self._under_way[partition] = [out.key for _, out in batch]
        return batches

    def _free(self, batches: Batches) -> None:
        for partition in batches:
            del self._under_way[partition]

    async def _send(self, batches: Batches) -> int:
        answers = await self._log.send({partition: [out for _, out in batch] for partition, batch in batches.items()})
        sent = [row_id for p, batch in batches.items() if isinstance(answers[p], int) for row_id, _ in batch]
        if sent:
            self._answered_at = time.monotonic()
            await self._pool.execute(_SENT, sent)
        self._learn(batches, answers)
        return len(sent)

    def _batches(self, rows: Sequence[asyncpg.Record]) -> Batches:
        batches: Batches = defaultdict(list)
        for row in rows:
            partition = partition_of(row["subject"], self._log.partitions)
            if partition in self._under_way:
                continue
            batch = batches[partition]
            # In a partition under suspicion one subject goes at a time, so that the one that fails is known.
            if partition in self._suspect and batch and batch[0][1].key != row["subject"]:
                continue
            batch.append((row["id"], outgoing(row)))
        return dict(batches)

    def _learn(self, batches: Batches, answers: dict[int, int | LogUnavailable]) -> None:
        for partition, answer in answers.items():
            if isinstance(answer, int):
                self._suspect.pop(partition, None)
                continue
            since = self._suspect.setdefault(partition, time.monotonic())
            # While nobody else is answered the log itself may be gone, and no subject is to blame.
            if self._answered_at > since:
                subject = batches[partition][0][1].key
                self._held[subject] = time.monotonic() + _HELD_FOR
                log.error("subject_held", subject=subject, partition=partition)
        if not any(isinstance(answer, int) for answer in answers.values()):
            raise LogUnavailable(str(next(iter(answers.values()))))


def outgoing(row: asyncpg.Record) -> Outgoing:
    """An event of the journal on its way into the log, with what readers must know of it without parsing it."""
    headers = [
        ("content-type", b"application/cloudevents+json; charset=utf-8"),
        ("id", str(row["event_id"]).encode()),
        ("type", row["type"].encode()),
        ("source", row["source"].encode()),
        ("version", str(row["version"]).encode()),
        ("chain", row["chain"]),
    ]
    if row["traceparent"]:
        headers.append(("traceparent", row["traceparent"].encode()))
    return Outgoing(row["subject"], row["body"], tuple(headers))
