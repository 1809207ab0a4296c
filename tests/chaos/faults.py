"""Carries out what a plan says: each kind of fault has a beginning and an end."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from random import Random

from closedloop.postgres import PostgresUnavailable
from shared.eventlog.kafka import KafkaLog
from shared.eventlog.protocol import LogUnavailable, Outgoing
from tests.chaos.plan import KINDS, Blow
from tests.chaos.processes import Child, clock_of
from tests.chaos.rig import Rig
from tests.faults.proxy import Proxy
from tests.patience import Tries

_LARGEST_STEP = 30.0
"""Seconds that a clock is set forward or back; from 2 on nothing may be appended."""
_SLOW = (0.02, 0.3)
"""Seconds that each piece of a slow connection waits."""
_AGAIN = 200
"""Records of a partition that are sent a second time."""


def possible(rig: Rig) -> Sequence[str]:
    """The kinds of fault that this machine lets happen."""
    return [kind for kind in KINDS if kind != "disk full" or rig.server.disk is not None]


@asynccontextmanager
async def struck(rig: Rig, blow: Blow) -> AsyncIterator[str]:
    """The fault lasts as long as the block; gives whom it met. At the end everything runs and speaks again."""
    what, _, where = blow.kind.rpartition(" ")
    async with AsyncExitStack() as stack:
        match (what, where):
            case ("kill" | "pause", "api" | "worker" | "broker"):
                child = _child(rig, where, blow)
                await _stopped(stack, child, kill=what == "kill")
                yield child.name
            case ("kill" | "pause", _):
                await _database_stopped(stack, rig, kill=what == "kill")
                yield "all of it"
            case ("cut" | "silent" | "slow", _):
                name, proxy = _line(rig, where, blow)
                await _disturbed(stack, proxy, what, blow)
                yield name
            case ("records", _):
                yield f"{await _sent_again(rig, blow)} records"
            case ("clock", _):
                yield _clock_set(stack, rig, blow)
            case _:
                stack.callback(rig.server.free_disk)
                await asyncio.to_thread(rig.server.fill_disk)
                yield "the journals'"


def _child(rig: Rig, where: str, blow: Blow) -> Child:
    among = {"api": list(rig.apis.values()), "worker": list(rig.workers.values()), "broker": rig.brokers.children}
    return among[where][blow.nth % len(among[where])]


async def _stopped(stack: AsyncExitStack, child: Child, *, kill: bool) -> None:
    stack.callback(child.start if kill else child.resume)
    await asyncio.to_thread(child.kill if kill else child.pause)


async def _database_stopped(stack: AsyncExitStack, rig: Rig, *, kill: bool) -> None:
    if kill:
        stack.push_async_callback(_brought_back, rig)
        await asyncio.to_thread(rig.server.kill)
    else:
        stack.push_async_callback(asyncio.to_thread, rig.server.resume)
        await asyncio.to_thread(rig.server.pause)


async def _brought_back(rig: Rig) -> None:
    """As soon as it can be: while its disk is full, it does not recover."""
    async for _ in Tries():
        with suppress(PostgresUnavailable):
            await asyncio.to_thread(rig.server.start)
            return
    raise AssertionError("PostgreSQL does not come back")


def _line(rig: Rig, where: str, blow: Blow) -> tuple[str, Proxy]:
    if where == "provider":
        return "provider", rig.payments
    if where == "broker":
        nth = blow.nth % len(rig.brokers.proxies)
        return rig.brokers.children[nth].name, rig.brokers.proxies[nth]
    names = sorted(rig.lines)
    name = names[blow.nth % len(names)]
    return f"of {name}", rig.lines[name]


async def _disturbed(stack: AsyncExitStack, proxy: Proxy, what: str, blow: Blow) -> None:
    stack.push_async_callback(proxy.heal)
    if what == "cut":
        await proxy.cut()
    elif what == "silent":
        proxy.fall_silent()
    else:
        proxy.slow(_SLOW[0] + blow.strength * (_SLOW[1] - _SLOW[0]))


def _clock_set(stack: AsyncExitStack, rig: Rig, blow: Blow) -> str:
    child = _of_all(rig, blow)
    file = clock_of(rig.home, child.name)
    off = round((2 * blow.strength - 1) ** 3 * _LARGEST_STEP, 2)
    stack.callback(file.unlink)
    draft = file.with_suffix(".new")
    draft.write_text(str(off))
    draft.replace(file)
    return f"{child.name} by {off:+} s"


def _of_all(rig: Rig, blow: Blow) -> Child:
    children = sorted(rig.children.values(), key=lambda child: child.name)
    return children[blow.nth % len(children)]


async def _sent_again(rig: Rig, blow: Blow) -> int:
    """Old records once more: late, whole, and in the order in which they stand; readers must drop them. None, where
    another fault keeps the log away.
    """
    log = KafkaLog(rig.brokers.address, topic=rig.topic, replication=rig.settings.kafka_replication)
    try:
        await log.start()
        return await _some_again(log, Random(blow.nth))
    except LogUnavailable:
        return 0
    finally:
        await log.stop()


async def _some_again(log: KafkaLog, random: Random) -> int:
    reader = log.reader()
    try:
        partitions = random.sample(range(log.partitions), 6)
        await reader.assign(dict.fromkeys(partitions, 0))
        ends = await reader.ends()
        await reader.assign({p: random.randrange(ends[p]) for p in partitions if ends[p]})
        records = await reader.fetch(limit=_AGAIN, wait=2.0)
        batches: dict[int, list[Outgoing]] = {}
        for record in records:
            batches.setdefault(record.partition, []).append(Outgoing(record.key, record.value, record.headers))
        sent = await log.send(batches)
        return sum(len(batches[p]) for p, answer in sent.items() if isinstance(answer, int))
    finally:
        await reader.close()
