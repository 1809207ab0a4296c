"""One run: the system is built, people work, faults come and go, all becomes quiet, everything is checked."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import asyncpg
import httpx2

from closedloop.attach import settled
from shared.eventlog.protocol import LogUnavailable
from shared.runtime import Process, Runtime
from shared.web.issuer import BuiltInIssuer
from tests.chaos.checks import everything
from tests.chaos.faults import possible, struck
from tests.chaos.plan import Blow, Round, plan
from tests.chaos.probe import recovered
from tests.chaos.report import Report
from tests.chaos.rig import SMALL, Rig, Shape, open_rig
from tests.chaos.story import Story, stories
from tests.chaos.town import PATIENCE, Town
from tests.patience import Tries

Say = Callable[[str], None]

_PEOPLE = 6
"""Complaints that are worked on at the same time."""
_STARTS_WITHIN = 180.0
_RECOVERS_WITHIN = 90.0
_QUIET_WITHIN = 180.0
# Who waits longer and longer between two tries need not do so here: the providers are well by now.
_HASTEN = "update due set not_before = null where state in ('waiting', 'sending') and not_before > now() + '3 seconds'"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is to be; said again, it draws the same faults."""

    seed: int
    seconds: float
    shape: Shape
    without: str | None = None
    only: str = ""
    """Kinds of fault that are wanted: those whose name has this in it."""


async def run(asked: Asked, say: Say) -> Report:
    """Everything, from an empty folder to the report."""
    report = Report(
        seed=asked.seed, seconds=asked.seconds, nodes=asked.shape.nodes, without=asked.without, only=asked.only,
        small=asked.shape.services == SMALL.services,
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        began = time.monotonic()
        rig = await stack.enter_async_context(open_rig(asked.shape, asked.seed, without=asked.without))
        client = await stack.enter_async_context(httpx2.AsyncClient(timeout=PATIENCE, limits=_many()))
        town = Town(rig.urls, BuiltInIssuer(rig.server.data / "issuer.key"), Random(asked.seed), client)
        attending = asyncio.create_task(rig.attend())
        stack.callback(attending.cancel)
        if await recovered(rig, town, _STARTS_WITHIN) is None:
            raise AssertionError(f"the system did not start: {last_words(rig)}")
        report.built = time.monotonic() - began
        say(f"built in {report.built:.1f} s: {len(rig.children)} processes, {asked.shape.nodes} node(s) of Kafka")
        await _broken(rig, town, asked, report, say)
        await _checked(rig, town, report, say)
        report.learn(rig, town)
        if not report.ok:
            report.kept = _kept(rig, asked.seed)
    return report


def _kept(rig: Rig, seed: int) -> Path:
    """What every process printed, where it can be read after the run."""
    folder = Path(tempfile.mkdtemp(prefix=f"closedloop-chaos-seed-{seed}-"))
    for printed in (*rig.home.glob("*.out"), *rig.home.glob("kafka/*/log")):
        shutil.copy(printed, folder / "-".join(printed.relative_to(rig.home).parts))
    return folder


async def _broken(rig: Rig, town: Town, asked: Asked, report: Report, say: Say) -> None:
    """People work while one round of faults follows the other."""
    told: list[Story] = []
    working = [asyncio.create_task(stories(town, told)) for _ in range(_PEOPLE)]
    began = time.monotonic()
    for each in plan(asked.seed, [kind for kind in possible(rig) if asked.only in kind]):
        if time.monotonic() - began > asked.seconds:
            break
        await _round(rig, town, each, began, report, say)
    town.over.set()
    for outcome in await asyncio.gather(*working, return_exceptions=True):
        if isinstance(outcome, BaseException):
            report.broke.append(f"a story broke: {outcome!r}")
    report.broken = time.monotonic() - began
    report.stories = told


async def _round(rig: Rig, town: Town, each: Round, began: float, report: Report, say: Say) -> None:
    """Its faults begin together, each ends in its own time; then it is measured how long all needs to work again."""
    blows = ", ".join(map(str, each.blows))
    say(f"{time.monotonic() - began:7.1f} s  {blows}")
    met = await asyncio.gather(*(_struck(rig, blow) for blow in each.blows), return_exceptions=True)
    for blow, outcome in zip(each.blows, met, strict=True):
        if isinstance(outcome, BaseException):
            report.broke.append(f"{blow} could not be carried out: {outcome!r}")
        report.faults[blow.kind] += 1
    took = await recovered(rig, town, _RECOVERS_WITHIN)
    for blow in each.blows:
        report.recovery[blow.kind].append(took)
    said = f"recovered after {took:.1f} s" if took is not None else f"NOT recovered after {_RECOVERS_WITHIN:.0f} s"
    say(f"{time.monotonic() - began:7.1f} s    met {'; '.join(map(str, met))}: {said}")
    if took is None:
        report.broke.append(f"not recovered {_RECOVERS_WITHIN:.0f} s after {blows}: {last_words(rig)}")
    await asyncio.sleep(each.rest)


async def _struck(rig: Rig, blow: Blow) -> str:
    async with struck(rig, blow) as whom:
        await asyncio.sleep(blow.seconds)
    return whom


async def _checked(rig: Rig, town: Town, report: Report, say: Say) -> None:
    """Nothing is disturbed any more: wait until nothing is on its way, then look at everything."""
    rig.provider.moods.over = True
    began = time.monotonic()
    async with rig.opened() as (process, runtimes):
        quiet = await _quiet(process, runtimes)
        report.became_quiet = time.monotonic() - began
        report.findings = await everything(process, runtimes, town, rig.provider, quiet=quiet)
    report.checked = time.monotonic() - began - report.became_quiet
    say(f"quiet after {report.became_quiet:.1f} s, checked in {report.checked:.1f} s")


async def _quiet(process: Process, runtimes: Mapping[str, Runtime]) -> bool:
    """Whether everything has come to rest: what is due was done, outboxes are empty, every reader is at the end."""
    with suppress(TimeoutError, asyncpg.PostgresError):
        async with asyncio.timeout(_QUIET_WITHIN):
            async for _ in Tries(_QUIET_WITHIN):
                if not await _due(process, runtimes):
                    break
            async for _ in Tries(_QUIET_WITHIN):
                with suppress(LogUnavailable):
                    await settled(process, dict(runtimes))
                    return True
    return False


async def _due(process: Process, runtimes: Mapping[str, Runtime]) -> int:
    left = 0
    for runtime in runtimes.values():
        await runtime.pool.execute(_HASTEN)
        left += await runtime.pool.fetchval(
            "select count(*) from due where state in ('waiting', 'sending') and due_at <= $1", process.clock.now()
        )
    return left


def last_words(rig: Rig) -> str:
    """What every process said last; of one that does not run, more."""
    said = []
    for child in rig.children.values():
        said += [f"{child.name}: {line[:200]}" for line in child.last_said(1 if child.alive else 12)]
    return "\n    ".join(["", *said])


def _many() -> httpx2.Limits:
    return httpx2.Limits(max_connections=200, max_keepalive_connections=50)
