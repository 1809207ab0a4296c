"""A cluster from its first process to its last."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from closedloop.system import rooms_of, seed
from deploy.cluster.databases import Databases, databases
from deploy.cluster.plan import POOL, Plan, as_exports, note, parts_of, read_noted, take_ports
from deploy.cluster.supervisor import Say, Supervisor
from deploy.kafka import kafka
from shared.config import Settings
from shared.runtime import address, event_log, open_process, open_runtime

_LOOK_EVERY = 2.0


@dataclass(frozen=True)
class Cluster:
    """What runs, and where it answers."""

    plan: Plan
    url: str
    kafka: str
    supervisor: Supervisor

    async def run(self) -> None:
        """Keep all of it running, until cancelled."""
        await asyncio.gather(self.supervisor.run(), self._note_pids())

    async def _note_pids(self) -> None:
        told: dict[str, int] = {}
        while True:
            if told != (told := dict(self.supervisor.pids)) or not told:
                note(self.plan, pids=told)
            await asyncio.sleep(_LOOK_EVERY)


@asynccontextmanager
async def running(plan: Plan, say: Say) -> AsyncIterator[Cluster]:
    """Start everything in order; end it in the opposite one. Data stays. Raises TimeoutError, CannotRun, and as they
    come what database and log raise.
    """
    plan.data.mkdir(parents=True, exist_ok=True)
    await end_what_is_left(plan, say)
    note(plan, supervisor=os.getpid(), url=None)
    async with AsyncExitStack() as stack:
        stack.callback(note, plan, supervisor=None, url=None, pids={})
        say("  PostgreSQL and Apache Kafka …")
        brokers = asyncio.create_task(asyncio.to_thread(_brokers, plan))
        stack.push_async_callback(_stop_brokers, plan, brokers)
        there = await stack.enter_async_context(databases(plan.data))
        bootstrap = await brokers
        shared = _shared(plan, there.url, bootstrap)
        by_hand = _shared(plan, there.for_commands, bootstrap)
        await _prepare(plan, shared)
        parts = parts_of(plan, take_ports(plan), shared)
        say(f"  {len(parts)} processes …")
        supervisor = Supervisor(parts, plan.logs, say)
        stack.push_async_callback(supervisor.stop)
        keeper = asyncio.create_task(_keep_servers(plan, there, say))
        stack.push_async_callback(_cancel, keeper)
        (plan.data / "env").write_text("\n".join([*as_exports(by_hand, plan.port), ""]))
        await supervisor.start()
        yield Cluster(plan, f"http://127.0.0.1:{plan.port}/", bootstrap, supervisor)


def _shared(plan: Plan, database: str, bootstrap: str) -> dict[str, str]:
    """The settings that all processes have in common. `CLOSEDLOOP_CLUSTER` is no setting: it marks what is ours."""
    return {
        "CLOSEDLOOP_CLUSTER": str(plan.data),
        "CLOSEDLOOP_DATA": str(plan.data),
        "CLOSEDLOOP_DATABASE": database,
        "CLOSEDLOOP_KAFKA": bootstrap,
        "CLOSEDLOOP_KAFKA_REPLICATION": "1" if plan.kafka else "3",
        "CLOSEDLOOP_TOPIC": plan.topic,
        "CLOSEDLOOP_POOL": str(POOL),
    }


async def _prepare(plan: Plan, shared: dict[str, str]) -> None:
    """The topic with its copies, and the demo's people, before anybody is there to ask for them."""
    settings = Settings(
        data=plan.data,
        database=shared["CLOSEDLOOP_DATABASE"],
        kafka=shared["CLOSEDLOOP_KAFKA"],
        kafka_replication=int(shared["CLOSEDLOOP_KAFKA_REPLICATION"]),
        topic=plan.topic,
    )
    dsn_of = address(settings, "api")
    log = event_log(settings, dsn_of)
    await log.start()
    await log.stop()
    async with (
        open_process(settings, dsn_of) as process,
        # As an API, which makes no tables of views: the worker could not write what another role owns.
        open_runtime(rooms_of("directory"), process, begins=False) as directory,
    ):
        await seed(directory)


def _brokers(plan: Plan) -> str:
    return plan.kafka or kafka.start(3, plan.brokers)


async def _stop_brokers(plan: Plan, starting: asyncio.Task[str]) -> None:
    with suppress(Exception):
        await starting
    if plan.kafka is None:
        await asyncio.to_thread(kafka.stop, plan.brokers)


async def _keep_servers(plan: Plan, there: Databases, say: Say) -> None:
    """Start the servers again when they die, but for brokers that were stopped on purpose."""
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        try:
            await there.revive()
            if plan.kafka is None and not plan.leave_brokers:
                for node in await asyncio.to_thread(kafka.revive, plan.brokers):
                    say(f"  broker {node} had ended; it is started again")
        except Exception as broken:  # noqa: BLE001 -- whatever it is, the next look may find it gone; the processes wait
            say(f"  a server could not be started: {type(broken).__name__}: {broken}")


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def end_what_is_left(plan: Plan, say: Say) -> None:
    """End the processes of an earlier start whose supervisor was killed. Raises AlreadyRuns if it was not."""
    noted = read_noted(plan)
    supervisor = noted.get("supervisor")
    if isinstance(supervisor, int) and supervisor != os.getpid() and is_ours(supervisor, plan.data):
        raise AlreadyRuns(f"A cluster runs, or starts, on {plan.data}. `make cluster-stop` ends it.")
    left = [process for process in psutil.process_iter() if _belongs(process, plan.data)]
    if left:
        say(f"  ending {len(left)} processes of an earlier start …")
        for process in left:
            with suppress(psutil.Error):
                process.terminate()
        _, alive = await asyncio.to_thread(psutil.wait_procs, left, 15)
        for process in alive:
            with suppress(psutil.Error):
                process.kill()


class AlreadyRuns(Exception):
    """A cluster runs on this folder."""


def is_ours(pid: int, data: Path) -> bool:
    """Whether that process supervises this folder: an id may have been given to another program since."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return "deploy.cluster" in " ".join(process.cmdline())
    return False


def _belongs(process: psutil.Process, data: Path) -> bool:
    with suppress(psutil.Error):
        return process.environ().get("CLOSEDLOOP_CLUSTER") == str(data) and process.pid != os.getpid()
    return False
