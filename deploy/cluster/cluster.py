"""Runs the whole system as a cluster on this machine, on the loopback interface only.

    python -m deploy.cluster.cluster start --api 2 --worker 2

Three nodes of Apache Kafka, PostgreSQL, and every service as that many `api` and `worker` processes, behind one
address. Who dies is started again; Ctrl-C ends all in order; the data stays in the folder.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop

from closedloop.commands import welcome
from closedloop.postgres import PostgresUnavailable
from closedloop.serving import PortTaken, listen, until_stopped
from deploy.cluster.plan import Plan, note, read_noted
from deploy.cluster.running import AlreadyRuns, Cluster, end_what_is_left, is_ours, running
from deploy.kafka import kafka
from deploy.kafka.runtime import CannotRun
from shared.config import Settings
from shared.eventlog.faults import UnfitLog
from shared.eventlog.protocol import LogUnavailable

_EXPECTED = (AlreadyRuns, CannotRun, PostgresUnavailable, PortTaken, LogUnavailable, UnfitLog, TimeoutError, OSError)
_STARTS_WITHIN = 900.0
_ENDS_WITHIN = 120.0


def plan_from(asked: argparse.Namespace) -> Plan:
    """The plan, from options and from CLOSEDLOOP_DATA, CLOSEDLOOP_PORT and CLOSEDLOOP_KAFKA."""
    settings = Settings()
    data = settings.data if os.environ.get("CLOSEDLOOP_DATA") else Path("var-cluster")
    return Plan(
        data=data.absolute(), apis=asked.api, workers=asked.worker, port=settings.port, kafka=settings.kafka,
        topic=settings.topic, leave_brokers=asked.leave_brokers,
    )  # fmt: skip


async def start(plan: Plan) -> None:
    """Start it and keep it until it is told to end."""
    began = time.monotonic()
    print("Starting a cluster …", flush=True)
    await end_what_is_left(plan, print)  # a gateway that outlived its supervisor has the port
    listen("127.0.0.1", plan.port).close()  # taken by another, it had better be known before the minute is over
    async with running(plan, lambda line: print(line, flush=True)) as cluster:
        for line in told(cluster, time.monotonic() - began):
            print(line, flush=True)
        note(plan, url=cluster.url)
        await until_stopped(cluster.run())
        print("Stopping …", flush=True)
    print("Stopped. The data is kept.", flush=True)


def told(cluster: Cluster, seconds: float) -> list[str]:
    """What a newcomer reads."""
    plan = cluster.plan
    folder = os.path.relpath(plan.data)
    settings = Settings(data=Path(folder), kafka=cluster.kafka, port=plan.port)
    parts = cluster.supervisor.kept.values()
    processes = [
        f"    {kept.part.name:<24} process {cluster.supervisor.pids.get(kept.part.name, 0):<8} {kept.part.health}"
        for kept in parts
    ]
    return [
        "",
        f"  {len(processes)} processes, started in {seconds:.0f} s. APIs and workers also answer /ready and /metrics:",
        *processes,
        *welcome(settings, cluster.url),
        "  In another terminal:",
        f"    . {folder}/env                            # so that `closedloop` speaks to this cluster",
        "    .venv/bin/closedloop status",
        f"    .venv/bin/python -m deploy.kafka.kafka stop --data {folder}/kafka --node 2   # and `start --node 2`",
        "    kill -9 <any process above>",
        "    make cluster-stop                         # if Ctrl-C is not at hand",
        "",
    ]


def detach(plan: Plan, arguments: Sequence[str]) -> None:
    """Start it in the background, and return when it answers. Raises CannotRun with what it said if it does not."""
    plan.logs.mkdir(parents=True, exist_ok=True)
    log = plan.logs / "cluster.log"
    with log.open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cluster.cluster", *arguments],
            stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    give_up = time.monotonic() + _STARTS_WITHIN
    while (noted := read_noted(plan)).get("supervisor") != process.pid or not noted.get("url"):
        if process.poll() is not None or time.monotonic() > give_up:
            raise CannotRun(f"It did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.2)
    print(log.read_text(errors="replace"))


def stop(plan: Plan) -> None:
    """End the cluster of this folder, also what a killed supervisor left behind."""
    supervisor = read_noted(plan).get("supervisor")
    if isinstance(supervisor, int) and is_ours(supervisor, plan.data):
        os.kill(supervisor, signal.SIGTERM)
        give_up = time.monotonic() + _ENDS_WITHIN
        while is_ours(supervisor, plan.data) and time.monotonic() < give_up:
            time.sleep(0.2)
    asyncio.run(end_what_is_left(plan, print))
    kafka.stop(plan.brokers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0: done; 1: could not be done, and why."""
    parser = argparse.ArgumentParser(
        prog="deploy.cluster.cluster", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("act", choices=("start", "stop"))
    parser.add_argument("--api", type=int, default=2, help="API processes of each service")
    parser.add_argument("--worker", type=int, default=2, help="worker processes of each service")
    parser.add_argument("--detach", action="store_true", help="return once it answers, and leave it running")
    parser.add_argument("--leave-brokers", action="store_true", help="do not start a broker again that ended")
    given = list(sys.argv[1:] if arguments is None else arguments)
    asked = parser.parse_args(given)
    plan = plan_from(asked)
    try:
        if asked.act == "stop":
            stop(plan)
        elif asked.detach:
            detach(plan, [each for each in given if each != "--detach"])
        else:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(start(plan))
    except _EXPECTED as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
