"""The command line, as it is typed: every command is a process of its own, beside one running system."""

import asyncio
import csv
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from closedloop.installation import SERVICES
from services.intake.commands.register import RegisterComplaint
from tests.fixtures.cfpb_files import row, write_cfpb
from tests.fixtures.processes import Answer, Folder, Running, new_folder

pytestmark = pytest.mark.timeout(300)

BAD_LINE = 7
"""Where the bad row starts in the file: after the header and two good rows, of two lines each, a third of one."""


@pytest.fixture(scope="module")
async def folder() -> AsyncIterator[Folder]:
    async with new_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
async def running(folder: Folder) -> Running:
    return await folder.run()


@pytest.fixture(scope="module")
def file(folder: Folder) -> Path:
    rows = [row(1), row(2), row(3, Consumer_complaint_narrative=""), row(4, Date_received="soon"), row(5), row(6)]
    return write_cfpb(folder.home / "bank.csv", rows)


async def imported(folder: Folder, file: Path) -> Answer:
    return await folder.ask("import", str(file), "--format", "cfpb", "--json")


def lines_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


async def test_help_names_every_command(folder: Folder) -> None:
    said = (await folder.ask("--help")).said
    for command in ("run", "serve", "work", "migrate", "topics", "import", "simulate", "replay", "verify", "timeline"):
        assert f" {command} " in said, said
    assert not folder.data.exists()


async def test_a_file_is_imported_once_and_its_bad_row_is_set_aside_with_line_and_reason(
    folder: Folder, running: Running, file: Path
) -> None:
    first = (await imported(folder, file)).data
    assert [first[count] for count in ("rows", "registered", "known", "rejected")] == [6, 5, 0, 1]
    header, *rejected = lines_of(Path(first["rejects_file"]))
    assert header[:3] == ["line", "external_id", "reason"]
    assert [line[:2] for line in rejected] == [[str(BAD_LINE), "4"]]
    assert "'Date received'" in rejected[0][2] and "soon" not in rejected[0][2]

    second = (await imported(folder, file)).data
    assert [second[count] for count in ("rows", "registered", "known", "rejected")] == [6, 0, 5, 1]
    assert (second["differing"], second["differing_file"]) == (0, None)


async def test_the_same_seed_tells_the_same_story_also_without_a_running_system(
    folder: Folder, running: Running
) -> None:
    stories = ("simulate", "--complaints", "5", "--seed", "1", "--json")
    async with new_folder() as fresh:
        here, there = await asyncio.gather(folder.ask(*stories), fresh.ask(*stories))
    assert (here.data["ok"], here.data["complaints"], here.data["differing"]) == (True, 5, {}), here
    assert (there.data["ok"], there.data["endings"]) == (True, here.data["endings"]), there


async def test_all_views_are_built_anew_beside_the_running_system_and_everything_agrees(
    folder: Folder, running: Running
) -> None:
    rebuilt = (await folder.ask("replay", "--json")).data
    assert {"register", "cases"} <= {each["view"] for each in rebuilt}
    assert {each["service"] for each in rebuilt} == set(SERVICES)
    assert next(each for each in rebuilt if each["view"] == "staff")["rows"] > 0
    verified, parked = await asyncio.gather(folder.ask("verify", "--json"), folder.ask("parked", "list"))
    assert verified.data["ok"] and verified.data["differences"] == {}, verified
    assert parked.said == "Nothing is parked.\n"


async def test_a_timeline_is_found_by_number_and_by_id(folder: Folder, running: Running) -> None:
    async with httpx2.AsyncClient(base_url=running.url, timeout=60) as client:
        token = (await client.post("tokens/li.na")).raise_for_status().json()["token"]
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "timeline"}
        registered = await client.post("intake/complaints", json=RegisterComplaint.example, headers=headers)
        complaint = registered.raise_for_status().json()["complaint_id"]
        seen = {**headers, "Consistency-Token": registered.headers["consistency-token"]}
        shown = (await client.get(f"intake/complaints/{complaint}", headers=seen)).raise_for_status().json()
    by_id, by_number, in_chinese, unknown = await asyncio.gather(
        folder.ask("timeline", complaint, "--json"),
        folder.ask("timeline", shown["number"]),
        folder.ask("timeline", shown["number"], "--language", "zh"),
        folder.ask("timeline", "0000-0000", status=2),
    )
    assert [(each["type"], each["actor"]) for each in by_id.data] == [("complaint.registered", "li.na")]
    assert by_id.data[0]["says"] in by_number.said
    assert f"li.na 登记投诉 {shown['number']}，" in in_chinese.said
    assert RegisterComplaint.example["complainant"] not in by_id.said + by_number.said + in_chinese.said
    assert "There is no complaint 0000-0000" in unknown.complained


async def test_a_service_that_is_none_is_wrong_use(folder: Folder) -> None:
    answers = await asyncio.gather(
        folder.ask("serve", "complaints", status=2), folder.ask("parked", "show", "complaints", "complaint:1", status=2)
    )
    for answer in answers:
        assert "There is no service complaints. There are: directory, intake," in answer.complained
        assert "Traceback" not in answer.complained


async def test_the_running_system_ends_politely_and_leaves_no_database_behind(folder: Folder, running: Running) -> None:
    assert await running.stop() == 0
    assert not (folder.data / "postgres" / "postmaster.pid").exists()
    assert not (folder.data / "run.json").exists()
