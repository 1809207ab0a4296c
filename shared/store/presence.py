"""Who serves a service at the moment: each API keeps a lease in its name, as each worker does.

A lease that is given back is gone; one that ran out tells of a process that was killed. The owner's name tells where a
process runs and since when, so nothing else need be kept.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from shared.db import TRANSIENT
from shared.store.connections import Pool
from shared.store.leases import release, take

LIFE = 9.0
"""Seconds after which an API that says nothing counts as gone."""
_FORGET = """
delete from leases where (name like 'api:%' or name like 'worker:%') and until < clock_timestamp() - interval '1 hour'
"""
_ALL = "select name, owner, until > clock_timestamp() as alive, until from leases order by name"
_WORKERS, _APIS, _RELAY = "worker:", "api:", "relay"
_PARTITIONS = ("partition:", "only:")
"""What all code reads of a partition, and what only some code does while an upgrade lasts."""


async def keep_present(pool: Pool, owner: str, shows: Iterable[str] = ()) -> None:
    """Say that an API is there, until cancelled; then say that it is gone. A database that is away is waited for.

    `shows`: the versions of views that it reads, as workers name what they run: they are not to be dropped.
    """
    name = f"{_APIS}{owner}"
    try:
        with suppress(*TRANSIENT):
            await pool.execute(_FORGET)
        while True:
            with suppress(*TRANSIENT):
                await take(pool, [name], owner, LIFE, runs=shows)
            await asyncio.sleep(LIFE / 3)
    finally:
        with suppress(*TRANSIENT):
            async with asyncio.timeout(2):
                await release(pool, [name], owner)


@dataclass(frozen=True, slots=True)
class Present:
    """One process of a service. `partitions`: those that it reads; `relays`: it sends what the outbox holds."""

    kind: str
    host: str
    pid: int
    since: datetime
    alive: bool
    until: datetime
    partitions: tuple[int, ...] = ()
    relays: bool = False


async def who_is_present(pool: Pool) -> list[Present]:
    """The APIs and workers of one service, also those that were killed within the last hour."""
    rows = [(row["name"], row["owner"], row["alive"], row["until"]) for row in await pool.fetch(_ALL)]
    reads: dict[str, set[int]] = {}
    for name, owner, alive, _ in rows:
        if alive and name.startswith(_PARTITIONS):
            reads.setdefault(owner, set()).add(int(name.rpartition(":")[2]))
    relays = {owner for name, owner, alive, _ in rows if alive and name == _RELAY}
    return [
        _present("worker", owner, alive, until, reads.get(owner, ()), owner in relays)
        if name.startswith(_WORKERS)
        else _present("api", owner, alive, until, (), relays=False)
        for name, owner, alive, until in rows
        if name.startswith((_APIS, _WORKERS))
    ]


def _present(kind: str, owner: str, alive: bool, until: datetime, partitions: Iterable[int], relays: bool) -> Present:
    host, pid, made = owner.rsplit(":", 2)
    # The first 48 bits of a version 7 id are the milliseconds at which it was made.
    since = datetime.fromtimestamp((UUID(made).int >> 80) / 1000, UTC)
    return Present(kind, host, int(pid), since, alive, until, tuple(sorted(partitions)), relays)
