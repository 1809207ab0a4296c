"""A cluster on this machine: several processes of each kind behind one address, killed and stopped under load.

In the suite it is a small one, of two services, on the broker of the run. `make cluster-check` sets
CLOSEDLOOP_WHOLE_CLUSTER=1: then it is the whole system on three brokers of its own, and the README's walk goes round.
"""

import asyncio
import os
import re
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from closedloop.installation import SERVICES
from closedloop.status import ServiceState, Status, look_at
from deploy.cluster.plan import Plan
from deploy.cluster.running import Cluster, running
from deploy.kafka import kafka
from services.intake.commands.register import RegisterComplaint
from shared.config import Settings
from shared.runtime import address
from tests.e2e.test_readme import walk
from tests.fixtures.log import Broker
from tests.patience import Tries

WHOLE = os.environ.get("CLOSEDLOOP_WHOLE_CLUSTER") == "1"
PATIENCE = 300.0
"""Seconds: some of what is awaited is a process that starts, on a machine that may be busy."""

pytestmark = [pytest.mark.timeout(1_200), pytest.mark.kafka]


@dataclass
class Town:
    """A cluster, somebody who sends commands, and what became of them."""

    cluster: Cluster
    settings: Settings
    client: httpx2.AsyncClient
    token: str
    sent: int = 0
    subjects: list[str] = field(default_factory=list)

    async def register(self) -> httpx2.Response:
        """Register a complaint, sent once: whatever goes wrong behind the gateway is the gateway's to mend."""
        self.sent += 1
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"wish-{self.sent}"}
        answer = await self.client.post("intake/complaints", json=RegisterComplaint.example, headers=headers)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        self.subjects.append(answer.json()["subject"])
        return answer

    def pid(self, name: str) -> int:
        return self.cluster.supervisor.pids[name]

    def health_of(self, name: str) -> str:
        return self.cluster.supervisor.kept[name].part.health

    async def figure(self, name: str, series: str) -> float:
        """What a process tells under a name, the sum of its series."""
        told = (await self.client.get(self.health_of(name).replace("/health", "/metrics"))).raise_for_status().text
        return sum(float(value) for value in re.findall(rf"^{series}{{[^}}]*}} (\S+)$", told, flags=re.MULTILINE))

    async def status(self) -> Status:
        return await look_at(self.settings, address(self.settings))

    async def until_status(self, as_it_should: Callable[[Status], bool]) -> Status:
        async for _ in Tries(PATIENCE):
            if as_it_should(status := await self.status()):
                return status
        raise AssertionError("the status stayed as it was")

    async def until_answered(self, path: str, *, not_with: int, **headers: str) -> httpx2.Response:
        """Ask again for as long as it is answered so."""
        said = ""
        async for _ in Tries(PATIENCE):
            if (answer := await self.client.get(path, headers=headers)).status_code != not_with:
                return answer
            said = answer.text
        raise AssertionError(said)

    async def until_replaced(self, name: str, pid: int) -> None:
        """Until another process stands in the place of the one that was killed, and answers."""
        async for _ in Tries(PATIENCE):
            kept = self.cluster.supervisor.kept[name]
            if kept.starts > 1 and self.cluster.supervisor.pids.get(name, pid) != pid:
                try:
                    if (await self.client.get(kept.part.health)).status_code == 200:
                        return
                except httpx2.TransportError:
                    continue
        raise AssertionError(f"{name} was not started again")

    async def times_registered(self) -> dict[str, int]:
        """How often each subject was registered, as intake's journal says."""
        connection = await asyncpg.connect(address(self.settings)("intake"))
        try:
            rows = await connection.fetch(
                "select subject, count(*) as times from journal where type = 'complaint.registered' group by subject"
            )
        finally:
            await connection.close()
        return {row["subject"]: row["times"] for row in rows}


def intake_of(status: Status) -> ServiceState:
    return next(each for each in status.services if each.name == "intake")


def read_in(service: ServiceState) -> list[int]:
    """The partitions that somebody reads."""
    return sorted(p for each in service.alive("worker") for p in each.partitions)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture(scope="module")
async def town(request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        broker: Broker | None = None if WHOLE else request.getfixturevalue("broker")
        if broker is not None and broker.kind == "mock":
            pytest.skip("a cluster needs a real broker: librdkafka's mock gives no topic 24 partitions")
        # Not pytest's tmp_path: as root the database runs under another account, which could not reach it.
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="closedloop-cluster-")))
        plan = Plan(
            data=data,
            port=free_port(),
            services=SERVICES if WHOLE else ("intake", "investigation"),
            kafka=None if broker is None else broker.bootstrap,
            topic=f"closedloop.events.{uuid4().hex[:8]}",
        )
        cluster = await stack.enter_async_context(running(plan, lambda _: None))
        kept = asyncio.create_task(cluster.run())
        stack.callback(kept.cancel)
        # What `env` says is what people, and the other commands, work with.
        told = dict(re.findall(r"^export CLOSEDLOOP_(\w+)='(.*)'$", (data / "env").read_text(), flags=re.MULTILINE))
        settings = Settings(data=data, database=told["DATABASE"], kafka=told["KAFKA"], topic=told["TOPIC"])
        client = await stack.enter_async_context(httpx2.AsyncClient(base_url=cluster.url, timeout=120))
        token = (await client.post("tokens/li.na")).raise_for_status().json()["token"]
        yield Town(cluster, settings, client, token)


async def test_commands_go_through_one_address_to_every_process_and_on_to_the_other_service(town: Town) -> None:
    answers = [await town.register() for _ in range(4)]
    for n in (1, 2):
        assert await town.figure(f"intake-api-{n}", "closedloop_commands_total") >= 1
        assert (await town.client.get(town.health_of(f"intake-api-{n}"))).json() == {"status": "ok"}
    # It is read at an API, which may be another one than wrote it, after a worker has taken it in.
    seen = {"Authorization": f"Bearer {town.token}", "Consistency-Token": answers[-1].headers["consistency-token"]}
    path = f"intake/complaints/{answers[-1].json()['complaint_id']}"
    shown = await town.until_answered(path, not_with=409, **seen)
    assert shown.status_code == 200, shown.text
    page = await town.client.get("intake/docs")
    assert page.status_code == 200 and "/intake/openapi.json" in page.text
    assert (await town.client.get("intake/openapi.json")).json()["info"]["title"] == "Closedloop intake"


async def test_every_worker_tells_how_it_stands_and_the_gateway_shows_none_of_it(town: Town) -> None:
    async for _ in Tries(PATIENCE):
        led = [await town.figure(f"intake-worker-{n}", "closedloop_partitions_led") for n in (1, 2)]
        if led == [12, 12]:
            break
    else:
        raise AssertionError("the partitions were not shared out")
    for name in ("intake-worker-1", "intake-worker-2", "intake-api-1"):
        ready = await town.until_answered(town.health_of(name).replace("/health", "/ready"), not_with=503)
        assert ready.json() == {"ready": True, "reasons": []}
    for probe in ("health", "ready", "metrics"):
        assert (await town.client.get(f"intake/{probe}")).status_code == 404
        assert (await town.client.get(probe)).status_code == 404


async def test_status_tells_who_runs_what(town: Town) -> None:
    status = await town.until_status(lambda status: read_in(intake_of(status)) == list(range(24)))
    intake = intake_of(status)
    pids = {town.pid(f"intake-{kind}-{n}") for kind in ("api", "worker") for n in (1, 2)}
    assert {each.pid for each in intake.present if each.alive} == pids
    assert [each.relays for each in intake.alive("worker")].count(True) == 1
    assert status.log.cluster is not None and status.log.cluster.brokers
    assert set(status.lag(intake)["decide"]) == set(range(24))
    parked = [each.figures.parked for each in status.services if each.figures]
    assert parked == [{}] * len(SERVICES)


async def test_commands_go_on_while_an_api_and_a_worker_are_killed_and_both_come_back(town: Town) -> None:
    before, sent = len(town.subjects), {name: town.pid(name) for name in ("intake-api-1", "intake-worker-1")}
    for n in range(40):
        if n == 10:
            for pid in sent.values():
                os.kill(pid, signal.SIGKILL)
        await town.register()
    times = await town.times_registered()
    assert len(set(town.subjects[before:])) == 40
    assert {times[subject] for subject in town.subjects} == {1}
    for name, pid in sent.items():
        await town.until_replaced(name, pid)
    alive: list[int] = []
    # The lease of a worker that was killed runs out by itself.
    async for _ in Tries(PATIENCE):
        alive = [each.pid for each in intake_of(await town.status()).present if each.kind == "worker" and each.alive]
        if sent["intake-worker-1"] not in alive:
            break
    assert sent["intake-worker-1"] not in alive


async def test_an_api_that_stands_still_is_passed_over_and_does_its_work_only_once(town: Town) -> None:
    still = town.pid("intake-api-2")
    os.kill(still, signal.SIGSTOP)
    try:
        for _ in range(4):
            await town.register()
    finally:
        os.kill(still, signal.SIGCONT)
    # What it had been sent before is now done a second time there, and must find that it was done.
    assert (await town.client.get(town.health_of("intake-api-2"))).status_code == 200
    await town.register()
    assert set((await town.times_registered()).values()) == {1}


@pytest.mark.skipif(not WHOLE, reason="make cluster-check starts a whole cluster")
async def test_the_walk_of_the_readme_goes_round_through_the_gateway(town: Town, tmp_path: Path) -> None:
    assert shutil.which("curl"), "the README's lines are for a shell with curl"
    shell = await asyncio.create_subprocess_exec(
        "bash", "-c", walk(), cwd=tmp_path, env=os.environ | {"C": town.cluster.url.rstrip("/")},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await shell.communicate()
    for wanted in ("remedy.execution-started", "complaint.closed", "callback.record-audited", "登记投诉"):
        assert wanted in told.decode(), told.decode()
    status = await town.status()
    assert status.needs == []


@pytest.mark.skipif(not WHOLE, reason="make cluster-check starts a whole cluster")
async def test_commands_go_on_while_each_broker_is_away_and_status_says_so(town: Town) -> None:
    plan = town.cluster.plan
    for node in (1, 2, 3):
        await asyncio.to_thread(kafka.stop, plan.brokers, node)
        for _ in range(20):
            await town.register()
        await town.until_status(lambda status: any("lack a copy" in need for need in status.needs))
        await asyncio.to_thread(kafka.start_node, plan.brokers, node)
        await town.until_status(lambda status: not status.needs)
    assert {(await town.times_registered())[subject] for subject in town.subjects} == {1}
