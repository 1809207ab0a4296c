"""N18: whoever is shown something of a customer stands in the access log before they see it; the log only grows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from closedloop.postgres import EmbeddedPostgres
from tests.e2e.test_files import fetch, kept
from tests.e2e.test_http import NOBODY, is_problem
from tests.e2e.walk import AGENT, AUDITOR, INVESTIGATOR, JUDGE, LEAD, Walk
from tests.fixtures.system import House

FULL = "no_place_left"
NAME = "王芳 Wang Fang"


async def log(house: House, service: str = "intake", **asked: Any) -> list[dict[str, Any]]:
    """What the log holds of this, newest first."""
    headers = {"Authorization": f"Bearer {house.token(AUDITOR)}"}
    answer = await house.client.get(f"{service}/accesses", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def count(house: House, service: str = "intake") -> int:
    number: int = await house.system.runtimes[service].pool.fetchval("select count(*) from accesses")
    return number


def subject(walk: Walk) -> str:
    return f"complaint:{walk.id}"


async def shown(house: House) -> Walk:
    """A complaint that the register shows; nobody has looked at it but the auditor."""
    walk = await Walk(house).registered()
    assert (await walk.read("intake")).status_code == 200
    return walk


async def test_reading_a_case_is_written_down_with_who_when_and_what_for(house: House) -> None:
    walk = await shown(house)
    before = house.system.process.clock.now()
    answer = await house.get(AGENT, f"intake/complaints/{walk.id}?purpose=customer_request")
    assert answer.json()["complainant"] == NAME
    newest = (await log(house, subject=subject(walk)))[0]
    at = datetime.fromisoformat(newest.pop("at"))
    assert before <= at <= house.system.process.clock.now()
    assert newest == {
        "actor": AGENT,
        "role": "agent",
        "department": "customer-service",
        "on_behalf_of": None,
        "operation": "register_one_complaints_complaint_id",
        "purpose": "customer_request",
        "subjects": [subject(walk)],
    }


async def test_a_list_is_written_down_as_one_reading_of_all_it_shows_and_nothing_else(house: House) -> None:
    person = str(uuid4())
    walks = [await Walk(house, person=person).registered() for _ in range(3)]
    for walk in walks:
        await walk.read("intake")
    before = await count(house)
    page = (await house.get(AGENT, f"intake/complaints?person=person:{person}&limit=2")).json()
    assert len(page["items"]) == 2 and page["next"]
    newest = (await log(house))[0]
    assert newest["subjects"] == [f"complaint:{row['complaint_id']}" for row in page["items"]]
    assert (newest["actor"], newest["purpose"]) == (AGENT, None)
    assert await count(house) == before + 1


async def test_where_nothing_of_a_customer_is_shown_nothing_is_written(house: House) -> None:
    walk = await shown(house)
    before, directory = await count(house), await count(house, "directory")
    is_problem(await house.get(AGENT, f"intake/complaints/{NOBODY}"), 404, "not_found")
    assert (await house.get(AGENT, f"intake/complaints?person=person:{uuid4()}")).json()["items"] == []
    is_problem(await house.get("ren.zhi", f"intake/complaints/{walk.id}"), 403, "wrong_role")
    assert (await house.get(AUDITOR, "directory/staff")).status_code == 200
    assert (await house.get(AUDITOR, "intake/accesses")).status_code == 200
    assert (await count(house), await count(house, "directory")) == (before, directory)


async def test_reading_a_case_leaves_its_stream_alone(house: House) -> None:
    walk = await shown(house)
    events = await house.events(walk.id)
    etag = (await walk.read("intake")).headers["etag"]
    for _ in range(3):
        assert (await house.get(AGENT, f"intake/complaints/{walk.id}/particulars?purpose=audit")).status_code == 200
    assert await house.events(walk.id) == events
    assert (await walk.read("intake")).headers["etag"] == etag


async def test_fetching_a_file_is_written_down_with_its_name(house: House) -> None:
    walk = await shown(house)
    sha256 = await kept(house, walk)
    assert (await fetch(house, walk, sha256, who=JUDGE, purpose="quality")).status_code == 200
    newest = (await log(house, subject=subject(walk)))[0]
    assert (newest["actor"], newest["purpose"]) == (JUDGE, "quality")
    assert newest["operation"] == f"fetch_file {sha256}"


@asynccontextmanager
async def owner_of(house: House, service: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who may do everything to a service's database."""
    with EmbeddedPostgres(house.system.settings.data) as postgres:
        connection = await asyncpg.connect(postgres.dsn(service))
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def a_log_that_takes_nothing(house: House, service: str) -> AsyncIterator[None]:
    async with owner_of(house, service) as owner:
        await owner.execute(f"alter table accesses add constraint {FULL} check (false) not valid")
        try:
            yield
        finally:
            await owner.execute(f"alter table accesses drop constraint {FULL}")


async def test_nothing_is_shown_that_can_not_be_written_down(house: House) -> None:
    """N18: no read without a record. One row, a list, long texts, a file; in every service."""
    walk = await Walk(house).assigned()
    await walk.step(LEAD, "investigation", "investigator", {"investigator": INVESTIGATOR, "declaration": "d-1"})
    await walk.evidence()
    await walk.shows("investigation", "evidence_count", 1)
    sha256 = await kept(house, walk)
    addresses = {
        "intake": (f"complaints/{walk.id}", "complaints", f"complaints/{walk.id}/particulars?purpose=audit"),
        "investigation": (f"cases/{walk.id}", f"complaints/{walk.id}/evidence"),
    }
    for service, paths in addresses.items():
        for path in paths:
            assert (await house.get(AUDITOR, f"{service}/{path}")).status_code == 200, path
        before = await count(house, service)
        async with a_log_that_takes_nothing(house, service):
            answers = [await house.get(AUDITOR, f"{service}/{path}") for path in paths]
            answers += [await fetch(house, walk, sha256)] if service == "intake" else []
        for answer in answers:
            is_problem(answer, 503, "access_not_recorded")
            assert NAME not in answer.text and walk.id not in answer.text
        assert await count(house, service) == before
    assert (await house.get(AUDITOR, f"intake/complaints/{walk.id}")).status_code == 200


async def test_what_is_not_about_a_customer_needs_no_record(house: House) -> None:
    async with a_log_that_takes_nothing(house, "directory"):
        assert (await house.get(AUDITOR, "directory/staff")).status_code == 200


async def test_the_log_is_for_compliance_alone_in_every_service(house: House) -> None:
    for service in house.system.runtimes:
        assert (await house.get(AUDITOR, f"{service}/accesses")).status_code == 200
        for who in (AGENT, LEAD, "margaret.hale", "ren.zhi"):
            is_problem(await house.get(who, f"{service}/accesses"), 403, "wrong_role")
        is_problem(await house.client.get(f"{service}/accesses"), 401, "unauthenticated")


async def test_the_log_is_narrowed_by_who_whom_and_when(house: House) -> None:
    one, other = await shown(house), await shown(house)
    begun = house.system.process.clock.now()
    for who, walk in ((AGENT, one), (JUDGE, one), (AGENT, other)):
        assert (await house.get(who, f"intake/complaints/{walk.id}")).status_code == 200
    since = {"from": begun.isoformat()}
    assert [row["actor"] for row in await log(house, subject=subject(one), **since)] == [JUDGE, AGENT]
    mine = await log(house, actor=AGENT, **since)
    assert [row["subjects"] for row in mine] == [[subject(other)], [subject(one)]], "the newest first"
    at = datetime.fromisoformat(mine[0]["at"])
    assert await log(house, actor=AGENT, to=at.isoformat(), **since) == mine[1:], "the end is excluded"
    assert (await log(house, actor=AGENT, **{"from": at.isoformat()}))[-1] == mine[0], "the beginning is included"
    assert await log(house, **{"from": (at + timedelta(days=1)).isoformat()}) == []


async def test_the_log_comes_in_pages_that_follow_on_each_other(house: House) -> None:
    walk = await shown(house)
    begun = house.system.process.clock.now().isoformat()
    for _ in range(5):
        await house.get(AGENT, f"intake/complaints/{walk.id}")
    asked = {"subject": subject(walk), "from": begun}
    whole = await log(house, **asked)
    headers = {"Authorization": f"Bearer {house.token(AUDITOR)}"}
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": ""}
    for _ in range(3):
        cursor = {"cursor": page["next"]} if page["next"] else {}
        answer = await house.client.get("intake/accesses", params={**asked, "limit": 2, **cursor}, headers=headers)
        page = answer.json()
        found += page["items"]
        await house.get(AGENT, f"intake/complaints/{walk.id}")
    assert found == whole
    assert len(found) == 5 and page["next"] is None


@pytest.mark.parametrize(
    "asked", ["from=2026-03-03T10:00:00", "to=yesterday", "limit=0", "limit=201", "actor=%00", f"subject={'x' * 201}"]
)
async def test_a_parameter_that_is_not_right_is_refused(house: House, asked: str) -> None:
    is_problem(await house.get(AUDITOR, f"intake/accesses?{asked}"), 422, "invalid")


async def test_a_cursor_that_is_not_ours_is_refused(house: House) -> None:
    is_problem(await house.get(AUDITOR, "intake/accesses?cursor=x"), 400, "bad_cursor")


async def test_nobody_changes_what_the_log_says(house: House) -> None:
    await shown(house)
    statements = ("update accesses set actor = 'nobody'", "delete from accesses", "truncate accesses")
    pool = house.system.runtimes["intake"].pool
    before = await pool.fetch("select * from accesses order by id")
    async with owner_of(house, "intake") as owner:
        for statement in statements:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for table accesses"):
                await pool.execute(statement)
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="accesses is append-only"):
                await owner.execute(statement)
    assert await pool.fetch("select * from accesses order by id") == before
