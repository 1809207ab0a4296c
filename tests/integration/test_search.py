"""Searching a list on a real PostgreSQL: what is found, what is not, and that an index finds it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from shared.projections.table import ViewTable, answering
from shared.projections.view import Question, View, moment, text, texts
from shared.web.narrowing import conditions
from tests.fixtures.runtimes import Workshop

pytestmark = pytest.mark.services("intake")
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


class Shown(BaseModel):
    name: str


VIEW = View(
    "found",
    version=1,
    columns=(text("name"), text("product"), moment("due_at"), texts("hands")),
    indexes=(("hands",),),
    searched=("name", "product"),
)
LIST = Question(
    "/found", may=("agent",), model=Shown, summary="All.", search=("name", "product"), several=("hands",),
    ranges=("due_at",),
)  # fmt: skip
ROWS = {
    "a": ("王芳 Wang Fang", "Gold Card", 0, ["li.na", "chen.bo"]),
    "b": ("Émile ÉTIENNE", "100% cash_back", 1, ["li.na"]),
    "c": ("王小芳", None, 2, []),
    "d": (None, r"C:\cards", 3, ["chen.bo"]),
    "e": ("Wangari", "Gold Loan", 4, None),
}
Find = Callable[..., Any]


@pytest.fixture
async def find(workshop: Workshop) -> Find:
    table = ViewTable(VIEW, 1)
    async with workshop.intake.pool.acquire() as connection:
        await table.create(connection)
        await table.answer(connection)
        rows = [
            {"key": key, "name": name, "product": product, "due_at": NOON + timedelta(hours=hours), "hands": hands,
             "_subject": f"complaint:{key}", "_partition": 0}
            for key, (name, product, hours, hands) in ROWS.items()
        ]  # fmt: skip
        await table.fill(connection, rows)

    async def found(**given: Any) -> str:
        shown = answering(VIEW)
        statement = select(shown.c.key).where(*conditions(LIST, shown, given)).order_by(shown.c.key)
        async with workshop.intake.engine.connect() as connection:
            return "".join((await connection.execute(statement)).scalars())

    return found


PIECES = {
    "王芳": "a", "芳": "ac", "wang": "ae", "WANG F": "a", "gold": "ae", "ari": "e", "nobody": "",
    "é": "b", "étienne": "b", "ÉMILE": "b", "00% c": "b", "h_b": "b", "h b": "", "_": "b", "%": "b",
    r":\c": "d", "\\": "d", "%%": "", "' or 1=1 --": "",
}  # fmt: skip


async def test_a_piece_is_found_wherever_it_stands_in_whatever_case(find: Find) -> None:
    assert {piece: await find(q=piece) for piece in PIECES} == PIECES


async def test_a_list_is_narrowed_to_what_contains_a_value(find: Find) -> None:
    assert await find(hands="li.na") == "ab"
    assert await find(hands="chen.bo", q="wang") == "a"
    assert await find(hands="li") == ""


async def test_a_range_has_its_beginning_and_not_its_end(find: Find) -> None:
    hour = timedelta(hours=1)
    assert await find(due_at_from=NOON + hour) == "bcde"
    assert await find(due_at_until=NOON + hour) == "a"
    assert await find(due_at_from=NOON + hour, due_at_until=NOON + 3 * hour) == "bc"


async def test_an_index_finds_it(workshop: Workshop, find: Find) -> None:
    for given, index in (({"q": "wang fang"}, "name_pieces"), ({"hands": "li.na"}, "hands")):
        plan = await planned(workshop, given)
        assert f"found_v1_g1_{index}" in plan and "Seq Scan" not in plan, plan


async def planned(workshop: Workshop, given: dict[str, str]) -> str:
    """How the database would answer, if it reads no table whole where an index serves."""
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    shown = answering(VIEW)
    statement = select(shown.c.key).where(*conditions(LIST, shown, given))
    said = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    async with workshop.intake.pool.acquire() as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off")
        return "\n".join(row[0] for row in await connection.fetch(f"explain {said}"))
