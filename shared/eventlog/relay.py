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

log = structlog.get_logger("closedloop.relay")


class Relay:
    """One service's relay. Any number may run; the one with the lease works."""

    def __init__(self, pool: Pool, event_log: EventLog, owner: str, woken: asyncio.Event) -> None:
        self._pool = pool
        self._log = event_log
        self._owner = owner
        self._woken = woken
        self._held: dict[str, float] = {}
        self._suspect: set[int] = set()
        self._lease_until = 0.0
        self._pause = _BUSY_POLL

    async def run(self) -> None:
        """Relay until cancelled. Errors that pass are waited out; nothing is ever skipped."""
        try:
            while True:
                await self._turn()
        finally:
            with suppress(Exception):
                await release(self._pool, ["relay"], self._owner)

    async def _turn(self) -> None:
        try:
            if not await self._leased():
                await asyncio.sleep(LIFE / 4)
                return
            if await self.send_once():
                self._pause = _BUSY_POLL
                return
        except (*TRANSIENT, LogUnavailable) as passing:
            log.warning("relay_waits", error=type(passing).__name__)
            await asyncio.sleep(0.5)
            return
        # Not wait_for: in Python 3.11 it swallows a cancellation that comes just as the relay is woken.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause):
                await self._woken.wait()
        self._pause = _BUSY_POLL if self._woken.is_set() else min(self._pause * 1.1, _IDLE_POLL)
        self._woken.clear()

    async def _leased(self) -> bool:
        if time.monotonic() < self._lease_until:
            return True
        asked = time.monotonic()
        if not await take(self._pool, ["relay"], self._owner):
            return False
        self._lease_until = asked + LIFE / 3
        return True

    async def send_once(self) -> int:
        """One round: at most one batch a partition, the next only after all were answered. Returns how many left."""
        now = time.monotonic()
        self._held = {subject: until for subject, until in self._held.items() if until > now}
        rows = await self._pool.fetch(_NEXT, _BATCH, list(self._held))
        if not rows:
            return 0
        batches = self._batches(rows)
        answers = await self._log.send({partition: [out for _, out in batch] for partition, batch in batches.items()})
        sent = [row_id for p, batch in batches.items() if isinstance(answers[p], int) for row_id, _ in batch]
        if sent:
            await self._pool.execute(_SENT, sent)
        self._learn(batches, answers)
        return len(sent)

    def _batches(self, rows: Sequence[asyncpg.Record]) -> dict[int, list[tuple[int, Outgoing]]]:
        batches: dict[int, list[tuple[int, Outgoing]]] = defaultdict(list)
        for row in rows:
            partition = partition_of(row["subject"], self._log.partitions)
            batch = batches[partition]
            # In a partition under suspicion one subject goes at a time, so that the one that fails is known.
            if partition in self._suspect and batch and batch[0][1].key != row["subject"]:
                continue
            batch.append((row["id"], outgoing(row)))
        return batches

    def _learn(self, batches: dict[int, list[tuple[int, Outgoing]]], answers: dict[int, int | LogUnavailable]) -> None:
        failed = {partition for partition, answer in answers.items() if not isinstance(answer, int)}
        if failed and failed == answers.keys():
            # Nothing went through: the log itself may be gone, and no subject is to blame yet.
            self._suspect |= failed
            raise LogUnavailable(str(next(iter(answers.values()))))
        for partition in answers:
            if partition not in failed:
                self._suspect.discard(partition)
            elif partition in self._suspect:
                subject = batches[partition][0][1].key
                self._held[subject] = time.monotonic() + _HELD_FOR
                log.error("subject_held", subject=subject, partition=partition)
            else:
                self._suspect.add(partition)


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
