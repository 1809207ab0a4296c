"""What a view's question offers its callers: searching, narrowing, and having to say what for."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel

from shared.projections.generations import live_table
from shared.projections.view import Question, View, moment, text, texts
from shared.web.app import app_for
from tests.e2e.test_http import SECRET, is_problem
from tests.fixtures.runtimes import Workshop

pytestmark = pytest.mark.services("intake")
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
MAY = ("agent",)
NAMES = ("王芳 Wang Fang", "Émile Étienne", "50% O_Brien", "王小芳")


class Customer(BaseModel):
    name: str


VIEW = View(
    "sought",
    version=1,
    columns=(text("status"), text("name"), moment("due_at"), texts("hands")),
    indexes=(("hands",),),
    searched=("name",),
)
VIEW.ask(
    Question(
        "/customers",
        may=MAY,
        model=Customer,
        summary="All of them.",
        filters=("status",),
        search=("name",),
        several=("hands",),
        ranges=("due_at",),
        order="due_at",
    )
)
VIEW.ask(Question("/customers/{customer}", may=MAY, model=Customer, summary="One.", one=True, purpose=True))
VIEW.ask(Question("/worklist", may=MAY, model=Customer, summary="What is due.", order="due_at", purpose=True))


@dataclass
class Desk:
    """An agent before the questions of one view."""

    client: httpx2.AsyncClient
    workshop: Workshop

    async def ask(self, path: str, **parameters: Any) -> httpx2.Response:
        return await self.client.get(path, params=parameters)

    async def names(self, **parameters: Any) -> list[str]:
        answer = await self.ask("customers", **parameters)
        assert answer.status_code == 200, answer.text
        return [row["name"] for row in answer.json()["items"]]

    async def accesses(self) -> list[dict[str, Any]]:
        rows = await self.workshop.intake.pool.fetch("select * from accesses order by id")
        return [dict(row) for row in rows]


@pytest.fixture
async def desk(workshop: Workshop) -> AsyncIterator[Desk]:
    runtime = replace(workshop.intake, rooms=replace(workshop.intake.rooms, views=(VIEW,)))
    table = await live_table(runtime.pool, VIEW)
    rows = [
        {"key": str(n), "status": "due", "name": name, "due_at": NOON + timedelta(hours=n),
         "hands": [f"hand.{n}", "li.na"], "_subject": f"person:{n}", "_partition": 0}
        for n, name in enumerate(NAMES)
    ]  # fmt: skip
    async with runtime.pool.acquire() as connection:
        await table.fill(connection, rows)
    token = workshop.process.issuer.issue("li.na", MAY, "customer-service")
    transport = httpx2.ASGITransport(app=app_for(runtime.rooms, workshop.process.settings, runtime))
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://127.0.0.1/", headers={"Authorization": f"Bearer {token}"}
    ) as client:
        yield Desk(client, workshop)


PIECES = {
    "wang": NAMES[:1], "ÉTIENNE": NAMES[1:2], "王": (NAMES[0], NAMES[3]), "王芳": NAMES[:1], "小芳": NAMES[3:],
    "50%": NAMES[2:3], "o_b": NAMES[2:3], "o-b": (), "%%": (), "' or ''='": (), "  fang  ": NAMES[:1], "\\_": (),
}  # fmt: skip


async def test_a_list_is_searched_for_a_piece_of_text(desk: Desk) -> None:
    assert {piece: tuple(await desk.names(q=piece)) for piece in PIECES} == PIECES


async def test_ways_to_narrow_a_list_go_together(desk: Desk) -> None:
    later = (NOON + timedelta(hours=1)).isoformat()
    assert await desk.names() == list(NAMES)
    assert await desk.names(hands="hand.2") == [NAMES[2]]
    assert await desk.names(hands="li.na", due_at_from=later) == list(NAMES[1:])
    assert await desk.names(status="due", due_at_until=later, q="wang") == [NAMES[0]]
    assert await desk.names(status="done", q="wang") == []


async def test_pages_of_a_narrowed_list_follow_on_each_other(desk: Desk) -> None:
    asked = {"q": "an", "hands": "li.na", "due_at_from": NOON.isoformat()}
    assert await desk.names(**asked) == [NAMES[0]]
    asked["q"] = "n "
    is_problem(await desk.ask("customers", **asked), 422, "invalid")
    del asked["q"]
    first = (await desk.ask("customers", **asked, limit=3)).json()
    rest = (await desk.ask("customers", **asked, limit=3, cursor=first["next"])).json()
    assert [row["name"] for row in (*first["items"], *rest["items"])] == list(NAMES)
    assert rest["next"] is None


WRONG = (
    {"q": "w"}, {"q": " a "}, {"q": SECRET * 6}, {"q": SECRET + "\0"}, {"hands": "x" * 201}, {"status": SECRET + "\0"},
    {"due_at_from": SECRET}, {"due_at_from": "2026-03-03T10:00:00"}, {"due_at_until": "2026-02-30T10:00:00Z"},
    {"purpose": SECRET},
)  # fmt: skip


async def test_what_is_not_right_is_refused_and_never_quoted(desk: Desk) -> None:
    for asked in WRONG:
        answer = await desk.ask("customers", **asked)
        is_problem(answer, 422, "invalid")
        assert SECRET not in answer.text and "王芳" not in answer.text
        assert [each["field"] for each in answer.json()["details"]["fields"]] == [f"query.{name}" for name in asked]


async def test_a_key_that_no_database_can_hold_is_refused(desk: Desk) -> None:
    is_problem(await desk.ask("customers/%00", purpose="audit"), 422, "invalid")
    is_problem(await desk.ask("customers/nobody", purpose="audit"), 404, "not_found")


@pytest.mark.parametrize("path", ["customers/1", "worklist"])
async def test_what_is_read_for_a_reason_is_not_shown_without_one(desk: Desk, path: str) -> None:
    refused = await desk.ask(path)
    is_problem(refused, 400, "purpose_required")
    purposes = refused.json()["details"]["purposes"]
    assert all(name not in refused.text for name in NAMES)
    assert await desk.accesses() == []
    for purpose in purposes:
        assert (await desk.ask(path, purpose=purpose)).status_code == 200
    assert [row["purpose"] for row in await desk.accesses()] == purposes


async def test_what_was_searched_for_is_not_written_down(desk: Desk) -> None:
    """It is a name more often than not: the log says of whom something was shown, not what was typed."""
    await desk.names(q="Wang Fang", hands="li.na")
    (row,) = await desk.accesses()
    assert (row["operation"], row["subjects"]) == ("sought_list_customers", ["person:0"])
    assert "Fang" not in str(row)


async def test_the_api_s_page_tells_every_way_to_narrow_a_list(desk: Desk) -> None:
    document = (await desk.client.get("openapi.json")).json()
    told = {each["name"]: each for each in document["paths"]["/customers"]["get"]["parameters"]}
    assert told.keys() == {"purpose", "limit", "cursor", "status", "hands", "due_at_from", "due_at_until", "q"}
    assert not any(each["required"] for each in told.values())
    assert "name" in told["q"]["description"]
    one = {each["name"]: each for each in document["paths"]["/customers/{customer}"]["get"]["parameters"]}
    assert "must" in one["purpose"]["description"]
    assert "audit" in str(one["purpose"]["schema"])
