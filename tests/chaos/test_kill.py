"""Processes are killed while they work: what was acknowledged is there, once, and what was not can be asked again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import httpx2
import pytest

from shared.decide.command import derived_id
from tests.fixtures.cfpb_files import row, write_cfpb
from tests.fixtures.processes import Folder, Running, new_folder

pytestmark = pytest.mark.timeout(300)

WISHES = 200
AT_ONCE = 32
KILL_AFTER = 60
"""Answers, of WISHES: the kill comes while requests are under way, and before the last are sent."""
ROWS = 2_000

REGISTERED = """
select subject, count(*) as times from journal
where source = 'intake' and type = 'complaint.registered' group by subject
"""
TAKEN = "select count(*) from journal where subject = any($1) and source = 'intake' and version = 1"


@pytest.fixture(scope="module")
async def folder() -> AsyncIterator[Folder]:
    async with new_folder() as folder:
        yield folder


@dataclass(frozen=True)
class Counter:
    """Where complaints are registered, each wish under a key of its own."""

    client: httpx2.AsyncClient
    token: str

    async def register(self, number: int) -> httpx2.Response:
        body = {
            "complainant": f"Customer {number}", "received_at": "2026-03-02T09:15:00+08:00", "channel": "phone",
            "content": f"Charged twice on statement {number}.",
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"wish-{number}"}
        response = await self.client.post("intake/complaints", json=body, headers=headers)
        assert response.status_code == 201, response.text
        return response


async def counter(client: httpx2.AsyncClient) -> Counter:
    token = (await client.post("tokens/li.na")).raise_for_status().json()["token"]
    return Counter(client, token)


async def registered_until_killed(running: Running) -> dict[int, str]:
    """The complaints that were acknowledged, by number, until the process was killed in the middle of it."""
    acknowledged: dict[int, str] = {}
    numbers = iter(range(WISHES))

    async def one_after_the_other(at: Counter) -> None:
        with suppress(httpx2.TransportError):
            for number in numbers:
                acknowledged[number] = (await at.register(number)).json()["complaint_id"]
                if len(acknowledged) == KILL_AFTER:
                    running.process.kill()

    async with httpx2.AsyncClient(base_url=running.url, timeout=60) as client:
        at = await counter(client)
        await asyncio.gather(*(one_after_the_other(at) for _ in range(AT_ONCE)))
    await running.process.wait()
    return acknowledged


async def test_what_was_acknowledged_before_a_kill_is_there_once_and_the_rest_can_be_asked_again(
    folder: Folder,
) -> None:
    first = await folder.run()
    server = folder.server()
    acknowledged = await registered_until_killed(first)
    assert KILL_AFTER <= len(acknowledged) < WISHES

    second = await folder.run()
    assert folder.server() == server
    async with httpx2.AsyncClient(base_url=second.url, timeout=60) as client:
        at = await counter(client)
        answers = await asyncio.gather(*(at.register(number) for number in range(WISHES)))
    complaints = {number: answer.json()["complaint_id"] for number, answer in enumerate(answers)}
    assert acknowledged.items() <= complaints.items()
    assert all(answers[number].headers["idempotency-replayed"] == "true" for number in acknowledged)

    async with folder.database("intake") as intake:
        there = {each["subject"]: each["times"] for each in await intake.fetch(REGISTERED)}
    assert there == {f"complaint:{complaint}": 1 for complaint in complaints.values()}
    assert len(there) == WISHES
    assert await second.stop() == 0
    verified = (await folder.ask("verify", "--json")).data
    assert verified["ok"] and verified["complaints"] == WISHES, verified


async def test_an_import_that_was_killed_adds_only_what_is_missing_when_it_runs_again(folder: Folder) -> None:
    file = write_cfpb(folder.home / "complaints.csv", (row(number) for number in range(1, ROWS + 1)))
    wanted = [f"complaint:{derived_id('external', 'cfpb', str(number))}" for number in range(1, ROWS + 1)]

    async with folder.database("intake") as intake:
        killed = await folder.start("import", str(file), "--format", "cfpb")
        while (before := await intake.fetchval(TAKEN, wanted)) < ROWS // 5:
            assert killed.returncode is None
            await asyncio.sleep(0.02)
        killed.kill()
        await killed.wait()
        assert before < ROWS

        again = (await folder.ask("import", str(file), "--format", "cfpb", "--json")).data
        assert again["known"] >= before and again["registered"] > 0, again
        assert (again["known"] + again["registered"], again["rejected"], again["differing"]) == (ROWS, 0, 0), again
        times = {each["subject"]: each["times"] for each in await intake.fetch(REGISTERED)}
    assert [times.get(subject) for subject in wanted] == [1] * ROWS
    verified = (await folder.ask("verify", "--json")).data
    assert verified["ok"], verified
