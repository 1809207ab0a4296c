"""Takes up what has become due: deadlines become commands, effects leave the house.

At most once known: before an effect is sent, the row says so. If nobody knows how that ended, the provider is asked
by the effect's key; it is never sent again blindly. If it can't tell either, that is recorded, and people find out.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from shared.clock import Clock
from shared.db import TRANSIENT
from shared.decide import Command, NotYetSeen, Refused
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.due import Deadline, Effect, NotTaken, OutcomeUnknown, Provider, Sent, only_asking
from shared.events.base import Event
from shared.events.envelope import fact, parse
from shared.privacy.keyring import Keyring
from shared.privacy.vault import VaultUnavailable
from shared.store import due_rows as rows
from shared.store.due_rows import Taken
from shared.store.execute import Contended, Held, Kernel, Request
from shared.store.load import ClockSkew

ANSWER_WITHIN = 20.0
"""Seconds for one answer of a provider. A look-up and a sending fit into one lease."""
LOOK_UPS = 5
"""How often in a row a provider is asked by key and can't tell, before that is recorded: over about half a minute."""
FIRST_PAUSE = 2.0
"""Seconds until the next try; each further one that ends alike waits twice as long."""
LONGEST_PAUSE = 300.0
_BATCH = 32
_IDLE = 0.25

log = structlog.get_logger("closedloop.due")


class StillUnknown(Exception):
    """Asked by key, the provider could not tell."""


_PASSING = (
    NotYetSeen, Held, Contended, OutcomeUnknown, StillUnknown, ClockSkew, VaultUnavailable, *TRANSIENT,
)  # fmt: skip


class DueWorker:
    """One service's worker; any number may run, each row is taken by one."""

    def __init__(
        self,
        kernel: Kernel,
        pool: asyncpg.Pool,
        clock: Clock,
        keyring: Keyring,
        deadlines: tuple[Deadline, ...],
        effects: tuple[Effect, ...],
        providers: Mapping[str, Provider],
    ) -> None:
        self._kernel = kernel
        self._pool = pool
        self._clock = clock
        self._keyring = keyring
        self._asking = only_asking(deadlines, effects)
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
                await asyncio.sleep(_IDLE)

    async def work_once(self) -> int:
        """Take up what is due now; says how many rows."""
        taken = await rows.take(self._pool, self._clock.now(), _BATCH, {*self._asking, *self._effects})
        await asyncio.gather(*(self._work(row) for row in taken))
        return len(taken)

    async def _work(self, row: Taken) -> None:
        try:
            await self._ask(row, await self._command(row))
        except _PASSING as passing:
            await self._later(row, passing)
        except Refused as refusal:
            log.warning("due_refused", kind=row.kind, subject=row.subject, code=refusal.code)
            await rows.fail(self._pool, row, refusal.code)
        except Exception as broken:  # noqa: BLE001 -- one broken row must not stop the others; it waits, and its age is alerted on
            named = type(broken).__name__
            log.error("due_broke", kind=row.kind, subject=row.subject, error=named)  # noqa: TRY400 -- a traceback may quote personal data
            await self._later(row, broken)
        else:
            await rows.end(self._pool, row)

    async def _later(self, row: Taken, reason: Exception) -> None:
        named = type(reason).__name__
        times = row.attempts if row.last_error == named else 1
        with suppress(*TRANSIENT):
            if isinstance(reason, StillUnknown) and times >= LOOK_UPS and self._effects[row.kind].unknown is not None:
                log.warning("due_unknown", kind=row.kind, subject=row.subject, id=row.key)
                await rows.become(self._pool, row, self._effects[row.kind].given_up)
            else:
                pause = min(FIRST_PAUSE * 2 ** min(times - 1, 20), LONGEST_PAUSE)
                await rows.put_back(self._pool, row, named, times, pause)

    async def _ask(self, row: Taken, command: Command) -> None:
        asked = command.model_copy(update={"actor": SYSTEM_ACTOR, "at": self._clock.now()})
        # The row's id is the key: asked twice, the second is answered with what came of the first. It is one key for
        # all that a row may end in, so that of two workers, one with an answer and one without, the first is recorded.
        await self._kernel.execute(Request(asked, key=f"due:{row.id}", fingerprint=row.id.bytes))

    async def _command(self, row: Taken) -> Command:
        envelope, data = parse(row.body)
        event = fact(envelope, data)
        if row.kind in self._asking:
            return self._asking[row.kind](row.subject, event)
        effect = self._effects[row.kind]
        return effect.command(row.subject, event, await self._outcome(row, effect, envelope.id, event))

    async def _outcome(self, row: Taken, effect: Effect, event_id: UUID, event: Event) -> Sent:
        provider = self._providers[effect.provider]
        if row.left and (known := await _looked_up(provider, row)) is not None:
            return known
        # Opened for the request alone: what is recorded, stored or logged is made of the sealed event.
        given = (await self._keyring.open([(str(event_id), event)]))[0] if effect.opens else event
        return await _sent(provider, row, effect.request(row.subject, given))


async def _looked_up(provider: Provider, row: Taken) -> Sent | None:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            return await provider.look_up(row.key)
    except (OutcomeUnknown, OSError) as silent:
        raise StillUnknown from silent


async def _sent(provider: Provider, row: Taken, request: dict[str, Any]) -> Sent:
    if monotonic() + ANSWER_WITHIN > row.until:
        # Whoever took the row and then slept must not send what others have looked up, or given up, since.
        raise NotTaken
    before, row.left = row.left, True
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            return await provider.send(row.key, request)
    except NotTaken:
        row.left = before
        raise
    except TimeoutError as silent:
        raise OutcomeUnknown from silent
