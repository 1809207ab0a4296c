"""The worklist and the register on a real PostgreSQL: what each person is shown."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.decide import Actor
from shared.events.base import Event
from shared.projections.table import SCHEMA, ViewTable, answering
from shared.projections.view import View
from tests.fixtures.postgres import Database
from tests.unit.intake.examples import (
    AGENT,
    CARDS_LEAD,
    ESTABLISHED,
    JUDGE,
    LOANS_LEAD,
    READY,
    REJECTED,
    REJECTION_PROPOSED,
    ROOMS,
    acknowledged,
    classified,
    closed,
    established,
    registered,
    reopened,
    replied,
    row_of,
)

HISTORIES: dict[str, tuple[Event, ...]] = {
    "fresh": (registered(),),
    "untold": (registered(), classified()),
    "unclassified": (registered(), acknowledged()),
    "ready": READY,
    "rejection": REJECTION_PROPOSED,
    "secret": (registered(), acknowledged(), classified(restricted=True)),
    "secret of cards": (registered(), acknowledged(), classified(restricted=True), established()),
    "established": ESTABLISHED,
    "rejected": REJECTED,
    "reopened": (*REJECTED, replied(), reopened()),
    "reopened for investigation": (*ESTABLISHED, reopened(stage="investigation")),
    "closed": (*REJECTED, replied(), closed()),
}
OF_ONE_ROW = ("register", "particulars", "awaiting_judgement")
WAITING = {"fresh", "untold", "unclassified", "ready", "rejection", "reopened"}


def _of(name: str) -> UUID:
    return UUID(int=list(HISTORIES).index(name))


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """A database in which every view of intake holds these complaints."""
    dsn = await database("views")
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"create schema {SCHEMA}")
    for view in (ROOMS.view(name) for name in OF_ONE_ROW):
        table = ViewTable(view, 1)
        await table.create(connection)
        rows = [row_of(view, *history, complaint=_of(name)) for name, history in HISTORIES.items()]
        await table.write(connection, {row["key"]: row for row in rows})
        await table.answer(connection)
    await connection.close()
    made = create_async_engine(dsn.replace("postgresql:", "postgresql+asyncpg:", 1))
    yield made
    await made.dispose()


async def _shown(engine: AsyncEngine, view: View, path: str, actor: Actor) -> set[str]:
    """The complaints that a question shows to someone."""
    table: Table = answering(view)
    (question,) = [each for each in view.questions if each.path == path]
    assert question.where is not None
    statement = select(table.c.key)
    condition = question.where(table, actor)
    if condition is not None:
        statement = statement.where(condition)
    async with engine.connect() as connection:
        keys = set((await connection.execute(statement)).scalars())
    return {name for name in HISTORIES if str(_of(name)) in keys}


async def test_the_worklist_shows_what_waits_and_nothing_else(engine: AsyncEngine) -> None:
    view = ROOMS.view("awaiting_judgement")
    assert await _shown(engine, view, "/worklists/judgement", JUDGE) == WAITING | {"secret"}
    assert await _shown(engine, view, "/worklists/judgement", AGENT) == WAITING
    assert await _shown(engine, view, "/worklists/judgement", CARDS_LEAD) == WAITING


@pytest.mark.parametrize(
    ("view", "path"),
    [
        ("register", "/complaints"),
        ("register", "/complaints/{complaint_id}"),
        ("particulars", "/complaints/{complaint_id}/particulars"),
    ],
)
async def test_a_restricted_case_is_shown_to_those_alone_who_may_see_it(
    engine: AsyncEngine, view: str, path: str
) -> None:
    everything = set(HISTORIES)
    assert await _shown(engine, ROOMS.view(view), path, JUDGE) == everything
    assert await _shown(engine, ROOMS.view(view), path, CARDS_LEAD) == everything - {"secret"}
    assert await _shown(engine, ROOMS.view(view), path, LOANS_LEAD) == everything - {"secret", "secret of cards"}
