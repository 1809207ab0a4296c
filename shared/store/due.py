"""Takes up what has become due: deadlines become commands, effects leave the house.

At most once known: before an effect is sent, the row says so. If nobody knows how that ended, the provider is asked
by the effect's key; it is never sent again blindly.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from shared.clock import Clock
from shared.db import TRANSIENT
from shared.decide import Command, NotYetSeen, Refused
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.due import Deadline, Effect, OutcomeUnknown, Provider, Sent
from shared.events.envelope import fact, parse
from shared.store.execute import Contended, Held, Kernel, Request
from shared.store.load import ClockSkew

_TAKE = """
update due d set state = 'sending', attempts = attempts + 1, not_before = clock_timestamp() + interval '60 seconds'
from (select id, state as before from due
      where state in ('waiting', 'sending') and due_at <= $1
        and (not_before is null or not_before <= clock_timestamp())
      order by due_at limit $2 for update skip locked) t, journal j
where d.id = t.id and j.subject = d.subject and j.revision = d.revision
returning d.id, d.kind, d.subject, d.attempts, t.before, j.body
"""
_LATER = """
update due set state = $2, not_before = clock_timestamp() + make_interval(secs => $3), last_error = $4 where id = $1
"""
_FAILED = "update due set state = 'failed', last_error = $2 where id = $1"
_DONE = "delete from due where id = $1"
_BATCH = 32
_PAUSE = 0.25

log = structlog.get_logger("closedloop.due")


@dataclass(frozen=True, slots=True)
class _Row:
    id: UUID
    kind: str
    subject: str
    attempts: int
    sent_before: bool
    event: Any


class DueWorker:
    """One service's worker; any number may run, each row is taken by one."""

    def __init__(
        self,
        kernel: Kernel,
        pool: asyncpg.Pool,
        clock: Clock,
        deadlines: tuple[Deadline, ...],
        effects: tuple[Effect, ...],
        providers: Mapping[str, Provider],
    ) -> None:
        self._kernel = kernel
        self._pool = pool
        self._clock = clock
        self._deadlines = {deadline.later.kind: deadline for deadline in deadlines}
        self._effects = {effect.later.kind: effect for effect in effects}
        self._providers = providers

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                worked = await self.work_once()
            except TRANSIENT as passing:
                log.warning("due_waits", error=type(passing).__name__)
                worked = 0
            if not worked:
                self._clock.reload()
                await asyncio.sleep(_PAUSE)

    async def work_once(self) -> int:
        """Take up what is due now; says how many rows."""
        records = await self._pool.fetch(_TAKE, self._clock.now(), _BATCH)
        rows = [_row(record) for record in records]
        await asyncio.gather(*(self._work(row) for row in rows))
        return len(rows)

    async def _work(self, row: _Row) -> None:
        try:
            if row.kind in self._deadlines:
                await self._ask(row, self._deadlines[row.kind].command(row.subject, row.event))
            else:
                await self._leave(row, self._effects[row.kind])
        except (NotYetSeen, Held, Contended, OutcomeUnknown, ClockSkew, *TRANSIENT) as passing:
            await self._later(row, passing)
        except Refused as refusal:
            log.warning("due_refused", kind=row.kind, subject=row.subject, code=refusal.code)
            await self._pool.execute(_FAILED, row.id, refusal.code)
        except Exception as broken:  # noqa: BLE001 -- one broken row must not stop the others; it waits, and its age is alerted on
            named = type(broken).__name__
            log.error("due_broke", kind=row.kind, subject=row.subject, error=named)  # noqa: TRY400 -- a traceback may quote personal data
            await self._later(row, broken)
        else:
            await self._pool.execute(_DONE, row.id)

    async def _later(self, row: _Row, reason: BaseException) -> None:
        pause = min(timedelta(seconds=2**row.attempts), timedelta(minutes=5)).total_seconds()
        with suppress(*TRANSIENT):
            await self._pool.execute(_LATER, row.id, "sending", pause, type(reason).__name__)

    async def _ask(self, row: _Row, command: Command) -> None:
        asked = command.model_copy(update={"actor": SYSTEM_ACTOR, "at": self._clock.now()})
        # The row's id is the key: asked twice, the second is answered with what came of the first.
        await self._kernel.execute(Request(asked, key=f"due:{row.id}", fingerprint=row.id.bytes))

    async def _leave(self, row: _Row, effect: Effect) -> None:
        provider = self._providers[effect.provider]
        outcome: Sent | None = None
        if row.sent_before:
            outcome = await provider.look_up(str(row.id))
        if outcome is None:
            outcome = await provider.send(str(row.id), effect.request(row.subject, row.event))
        await self._ask(row, effect.command(row.subject, row.event, outcome))


def _row(record: asyncpg.Record) -> _Row:
    envelope, data = parse(record["body"])
    return _Row(
        id=record["id"],
        kind=record["kind"],
        subject=record["subject"],
        attempts=record["attempts"],
        sent_before=record["before"] == "sending",
        event=fact(envelope, data),
    )
