"""Open cases of an old system are imported by a triage lead, and go on where they stand there."""

import asyncio
import csv
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from closedloop.importing.open_cases import LAYOUT, STAGES
from shared.decide.command import derived_id
from tests.fixtures.processes import Answer, Folder, Running, new_folder

pytestmark = pytest.mark.timeout(300)

WHO, READER = "wang.qiang", "cao.ying"
EARLIER, FRESH = "huang.ting", "tom.adeyemi"
"""Two who call customers back; the first handled every case in the old system."""
CASES = 30
MANY = 800
CALLED = {
    "outcome": "no_answer", "channel": "phone", "recording": "rec-1", "actions": ["file_ready"],
    "customer_requested": True,
}  # fmt: skip
REACHED = {
    "acknowledged": "intake/worklists/judgement?status=acknowledged&channel=letter",
    "established": "investigation/cases?department=cards",
    "resolved": "callback/worklists/callbacks?department=cards",
}
"""Where a case of each stage waits."""
TAKEN = "select count(*) from journal where source = 'intake' and type = 'complaint.taken-over' and subject = any($1)"
TWICE = """
select subject, type from journal
where source = 'intake' and type in ('complaint.taken-over', 'complaint.classified') and subject = any($1)
group by subject, type having count(*) > 1
"""
CLASSIFIED = "select count(*) from journal where type = 'complaint.classified' and subject = any($1)"


@pytest.fixture(scope="module")
async def folder() -> AsyncIterator[Folder]:
    async with new_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
async def running(folder: Folder) -> Running:
    return await folder.run()


@pytest.fixture(scope="module")
async def client(running: Running) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=running.url, timeout=60) as client:
        yield client


def case(number: int, system: str, **other: str) -> dict[str, str]:
    stage = STAGES[number % 3]
    return {
        "external_id": f"old-{number}",
        "system": system,
        "complainant": f"Customer {number} 客户",
        "received_at": "2024-03-02T09:15:00+08:00",
        "channel": "letter",
        "content": f"Charged twice on statement {number},\nand nobody answers.",
        "stage": stage,
        "department": "" if stage == "acknowledged" else "cards",
        "earlier": "Two calls, one letter.",
        "earlier_actors": f"{EARLIER}; chen.bo",
        "category": f"cards/{system}-{number // 10}",
        "severity": "ordinary",
        **other,
    }


def written(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, (*LAYOUT.required, *LAYOUT.optional), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def cases(folder: Folder) -> list[dict[str, str]]:
    """The first claims so much that it is special here, however ordinary it was there."""
    much = case(0, "old-crm", claimed_minor="9000000", currency="CNY")
    return [much, *(case(number, "old-crm") for number in range(1, CASES))]


def subjects_of(system: str, count: int) -> list[str]:
    return [f"complaint:{derived_id('external', system, f'old-{number}')}" for number in range(count)]


async def imported(folder: Folder, file: Path, person: str = WHO, status: int = 0) -> Answer:
    return await folder.ask("import", str(file), "--format", "open", "--as", person, "--json", status=status)


def lines_of(path: str) -> list[list[str]]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


async def token(client: httpx2.AsyncClient, person: str) -> dict[str, str]:
    told = (await client.post(f"tokens/{person}")).raise_for_status().json()
    return {"Authorization": f"Bearer {told['token']}"}


async def listed(client: httpx2.AsyncClient, path: str, wanted: int) -> list[dict[str, Any]]:
    """The rows of a question, once there are as many as wanted: views follow a moment later."""
    headers = await token(client, READER)
    items: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        while len(items) < wanted:
            page = (await client.get(f"{path}{'&' if '?' in path else '?'}limit=100", headers=headers)).json()
            items = page["items"]
            await asyncio.sleep(0.05)
    return items


async def test_they_are_taken_over_by_a_system_that_starts_for_it_and_bad_rows_are_set_aside(
    folder: Folder, cases: list[dict[str, str]]
) -> None:
    """It had to hear of the staff first."""
    bad = [
        case(100, "old-crm", stage="closed"),
        case(101, "old-crm", earlier_actors="nobody-at-all"),
        case(103, "old-crm", stage="established", department="card"),
    ]
    file = written(folder.home / "open.csv", [*cases[:10], *bad, *cases[10:]])
    told = (await imported(folder, file)).data
    assert (told["rows"], told["registered"], told["known"], told["rejected"]) == (CASES + 3, CASES, 0, 3), told
    assert told["taken_over"] == dict.fromkeys(STAGES, CASES // 3) and told["unfinished"] == 0
    _, *rejected = lines_of(told["rejects_file"])
    assert [line[1] for line in rejected] == ["old-100", "old-101", "old-103"]
    for line, says in zip(rejected, ("'stage' is none of", "nobody-at-all", "Nobody works in"), strict=True):
        assert says in line[2] and "statement" not in line[2]


async def test_a_second_run_adds_nothing_and_says_which_are_told_otherwise(
    folder: Folder, running: Running, cases: list[dict[str, str]]
) -> None:
    changed = written(folder.home / "changed.csv", [*cases[:5], case(5, "old-crm", earlier="Three calls."), *cases[6:]])
    again = (await imported(folder, changed)).data
    assert (again["registered"], again["known"], again["differing"], again["rejected"]) == (0, CASES, 1, 0), again
    assert again["taken_over"] == dict.fromkeys(STAGES, 0)
    assert [line[1] for line in lines_of(again["differing_file"])[1:]] == ["old-5"]


async def test_each_waits_where_it_belongs_and_is_marked_as_taken_over(client: httpx2.AsyncClient) -> None:
    for stage, path in REACHED.items():
        there = {row["complaint_id"] for row in await listed(client, path, CASES // 3)}
        of_stage = {str(derived_id("external", "old-crm", f"old-{n}")) for n in range(CASES) if STAGES[n % 3] == stage}
        assert there == of_stage, stage
    register = await listed(client, "intake/complaints?from_system=old-crm", CASES)
    assert {row["from_system"] for row in register} == {"old-crm"} and len(register) == CASES
    assert {row["category"] for row in register} == {f"cards/old-crm-{n}" for n in range(3)}
    assert [row["external_id"] for row in register if row["severity"] == "special"] == ["old-0"]
    desk = await listed(client, "desk/cases", CASES)
    assert {row["from_system"] for row in desk} == {"old-crm"}


async def test_who_handled_a_case_there_or_took_it_over_does_not_call_back(client: httpx2.AsyncClient) -> None:
    resolved = str(derived_id("external", "old-crm", "old-2"))
    answers = []
    for person in (EARLIER, FRESH):
        headers = {**await token(client, person), "Idempotency-Key": f"call-{person}"}
        path = f"callback/complaints/{resolved}/callback-attempts"
        answers.append(await client.post(path, json=CALLED, headers=headers))
    refused, called = answers
    assert (refused.status_code, refused.json()["code"]) == (409, "handled_the_case")
    assert called.status_code == 201, called.text
    due = (await client.get(f"callback/callbacks/{resolved}", headers=await token(client, READER))).json()
    assert {EARLIER, WHO} <= {*due["handled_by"]}


async def test_only_a_triage_lead_of_the_staff_may(folder: Folder, running: Running) -> None:
    file = written(folder.home / "mine.csv", [case(1, "mine")])
    strangers = await asyncio.gather(*(imported(folder, file, each, status=3) for each in ("li.na", "nobody-at-all")))
    nobody = await folder.ask("import", str(file), "--format", "open", status=2)
    agent, unknown = strangers
    assert "li.na is no triage lead" in agent.complained and "Nobody of the staff has the id" in unknown.complained
    assert "--as STAFF_ID" in nobody.complained
    async with folder.database("intake") as intake:
        assert await intake.fetchval(TAKEN, subjects_of("mine", 2)) == 0


async def test_a_run_that_was_killed_adds_only_what_is_missing_when_it_runs_again(
    folder: Folder, running: Running
) -> None:
    file = written(folder.home / "many.csv", (case(number, "big") for number in range(MANY)))
    wanted = subjects_of("big", MANY)
    async with folder.database("intake") as intake:
        killed = await folder.start("import", str(file), "--format", "open", "--as", WHO)
        while (before := await intake.fetchval(TAKEN, wanted)) < MANY // 6:
            assert killed.returncode is None, folder.printed(killed)
            await asyncio.sleep(0.01)
        killed.kill()
        await killed.wait()
        assert before < MANY

        again = (await imported(folder, file)).data
        assert again["known"] >= before and again["registered"] > 0, again
        assert (again["known"] + again["registered"], again["differing"], again["rejected"]) == (MANY, 0, 0), again
        assert await intake.fetchval(TAKEN, wanted) == MANY
        assert await intake.fetchval(CLASSIFIED, wanted) == MANY
        assert await intake.fetch(TWICE, wanted) == []
    verified = (await folder.ask("verify", "--json")).data
    assert verified["ok"], verified
