"""The cluster's form: databases by address, and for each service one process that serves and one that works."""

import asyncio
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import asyncpg
import httpx2
import pytest

from closedloop.installation import installation, migrate
from closedloop.people import PEOPLE
from closedloop.postgres import EmbeddedPostgres
from services.intake.commands.register import RegisterComplaint
from shared.config import Settings
from shared.store.rights import KINDS, role_of
from shared.web.issuer import BuiltInIssuer
from tests.fixtures.processes import Folder, ended, new_folder

pytestmark = pytest.mark.timeout(600)

SERVICES = ("intake", "investigation")
JOURNAL = "select source, type from journal where subject = $1 order by revision"
LEASES = "select name from leases where name not like 'api:%'"
USERS = """
select distinct usename::text from pg_stat_activity where datname = current_database() and usename <> current_user
"""
PATIENCE = 240
"""Seconds for four processes to start at once on a busy machine."""


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@dataclass(frozen=True)
class Cluster:
    """Which process serves and which works, by service, and where the serving ones answer."""

    folder: Folder
    serving: dict[str, Process]
    working: dict[str, Process]
    clients: dict[str, httpx2.AsyncClient]

    def token(self, staff_id: str) -> str:
        person = next(each for each in PEOPLE if each.staff_id == staff_id)
        issuer = BuiltInIssuer(self.folder.data / "issuer.key")
        return issuer.issue(person.staff_id, person.roles, person.department)


@pytest.fixture(scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(new_folder())
        await stack.enter_async_context(installation(Settings(data=folder.data)))
        postgres = EmbeddedPostgres(folder.data)
        await asyncio.to_thread(postgres.start)
        stack.push_async_callback(asyncio.to_thread, postgres.stop)
        await migrate(postgres.dsn, "vault", "log")
        database = await as_its_kind(postgres)
        started = Cluster(folder, {}, {}, {})
        for service in SERVICES:
            port = str(free_port())
            at = {"CLOSEDLOOP_DATABASE": database, "CLOSEDLOOP_PORT": port}
            for command, processes in (("serve", started.serving), ("work", started.working)):
                processes[service] = await folder.start(command, service, **at)
                stack.push_async_callback(ended, processes[service])
            client = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/", timeout=30)
            started.clients[service] = await stack.enter_async_context(client)
        for service in SERVICES:
            await until_ready(started, service)
        yield started


async def as_its_kind(postgres: EmbeddedPostgres) -> str:
    """The address of every database, as a role with the least rights; an address has one password for all."""
    connection = await asyncpg.connect(postgres.dsn())
    for name in (*SERVICES, "vault", "log"):
        for kind in KINDS:
            await connection.execute(f"alter role {role_of(name, kind)} login password 'of the test'")
    await connection.close()
    tail = postgres.dsn().rpartition("@/postgres?")[2]
    return f"postgresql://closedloop_{{service}}_{{kind}}:of%20the%20test@/{{service}}?{tail}"


async def until_ready(cluster: Cluster, service: str) -> None:
    """Its worker has begun what its code wants to keep and show; before that nothing is decided."""
    async with asyncio.timeout(PATIENCE):
        while True:
            assert cluster.serving[service].returncode is None, cluster.folder.printed(cluster.serving[service])
            with suppress(httpx2.ConnectError):
                assert (await cluster.clients[service].get("health")).json() == {"status": "ok"}
                if (await cluster.clients[service].get("ready")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


async def rows(cluster: Cluster, service: str, statement: str, *arguments: str) -> list[tuple[str, ...]]:
    async with cluster.folder.database(service) as connection:
        return [tuple(row) for row in await connection.fetch(statement, *arguments)]


async def learned(cluster: Cluster, service: str, subject: str) -> list[tuple[str, ...]]:
    """What stands in the service's journal of this subject, as soon as anything does."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await rows(cluster, service, JOURNAL, subject)):
            assert cluster.working[service].returncode is None, cluster.folder.printed(cluster.working[service])
            await asyncio.sleep(0.1)
        return found


async def test_what_is_registered_at_one_process_is_learned_by_the_worker_of_another_service(cluster: Cluster) -> None:
    headers = {"Authorization": f"Bearer {cluster.token('li.na')}", "Idempotency-Key": "one"}
    registered = await cluster.clients["intake"].post("complaints", json=RegisterComplaint.example, headers=headers)
    assert registered.status_code == 201, registered.text
    subject = registered.json()["subject"]
    assert await learned(cluster, "intake", subject) == [("intake", "complaint.registered")]
    assert await learned(cluster, "investigation", subject) == [("intake", "complaint.registered")]

    # What each did in the database it did as a role of its own.
    owners = await rows(cluster, "intake", "select distinct tableowner::text from pg_tables where schemaname = 'views'")
    assert owners == [("closedloop_intake_worker",)]
    used = {role for (role,) in await rows(cluster, "intake", USERS)}
    assert used == {"closedloop_intake_api", "closedloop_intake_worker"}

    # The register is filled by intake's worker and read at intake's API, which waits for it.
    seen = headers | {"Consistency-Token": registered.headers["consistency-token"]}
    shown = await cluster.clients["intake"].get(f"complaints/{registered.json()['complaint_id']}", headers=seen)
    assert shown.status_code == 200, shown.text
    assert shown.json()["complainant"] == RegisterComplaint.example["complainant"]


async def test_a_process_serves_its_own_service_only(cluster: Cluster) -> None:
    for service in SERVICES:
        described = (await cluster.clients[service].get("openapi.json")).raise_for_status().json()
        assert described["info"]["title"] == f"Closedloop {service}"
    headers = {"Authorization": f"Bearer {cluster.token('li.na')}", "Idempotency-Key": "two"}
    elsewhere = await cluster.clients["investigation"].post("complaints", json={}, headers=headers)
    assert elsewhere.status_code == 404


async def test_told_to_end_a_worker_gives_its_partitions_back_and_a_server_lets_go(cluster: Cluster) -> None:
    assert await rows(cluster, "investigation", LEASES)
    assert await ended(cluster.working["investigation"]) == 0
    assert await rows(cluster, "investigation", LEASES) == []
    assert await ended(cluster.serving["investigation"]) == 0, "it answered what was begun, and ended in order"
    assert "Traceback" not in cluster.folder.printed(cluster.serving["investigation"])


async def test_without_an_address_of_databases_no_process_of_a_cluster_starts(cluster: Cluster) -> None:
    for command in ("serve", "work"):
        answer = await cluster.folder.ask(command, "intake", status=3)
        assert "Set CLOSEDLOOP_DATABASE" in answer.complained
        assert "Traceback" not in answer.complained


async def test_a_database_that_is_not_there_is_named_with_what_to_do(cluster: Cluster) -> None:
    elsewhere = cluster.folder.environment()["CLOSEDLOOP_DATA"]
    async with cluster.folder.database("intake") as connection:
        (at,) = [str(row[0]) for row in await connection.fetch("select current_setting('unix_socket_directories')")]
        port = await connection.fetchval("select current_setting('port')")
    address = f"postgresql://closedloop_intake_api:of%20the%20test@/missing_{{service}}?host={at}&port={port}"
    for command, named in (
        (("migrate",), 'database "missing_directory"'),
        (("work", "intake"), "the vault's database"),
    ):
        process = await cluster.folder.start(*command, CLOSEDLOOP_DATABASE=address, CLOSEDLOOP_DATA=elsewhere)
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 3, cluster.folder.printed(process)
        said = cluster.folder.printed(process)
        assert named in said and "make it, or correct CLOSEDLOOP_DATABASE" in said
        assert "Traceback" not in said
