"""Which generation of a view answers, and moving that pointer."""

import asyncpg

from shared.db import Connection
from shared.projections.table import ViewTable
from shared.projections.view import View
from shared.store.connections import Pool


class NotBuilt(Exception):
    """This version of the view was not built yet: a worker of this code is at it, or none has started."""


_LIVE = "select generation from generations where view = $1 and live = 1"
_ADD = "insert into generations (view, generation, live) values ($1, $2, $3) on conflict do nothing"
_HOLD = "select from generations where view = $1 and generation = $2 for share"
_UNFINISHED = "select generation from generations where view = $1 and live = 0"
_LATEST = "select coalesce(max(generation), 0) from generations where view = $1"


async def answering_table(pool: Pool, view: View) -> ViewTable | None:
    """The table that answers; None if this version of the view was not built yet."""
    generation = await pool.fetchval(_LIVE, view.full_name)
    return None if generation is None else ViewTable(view, generation)


async def built_table(pool: Pool, view: View) -> ViewTable:
    """The table that answers. Raises NotBuilt."""
    if (table := await answering_table(pool, view)) is None:
        raise NotBuilt(view.full_name)
    return table


async def live_table(pool: asyncpg.Pool, view: View) -> ViewTable:
    """The table that answers; the first generation is made if there is none. Only where the log holds nothing, or to
    follow it from its beginning: an empty table answers as if nothing had happened.
    """
    if (table := await answering_table(pool, view)) is not None:
        return table
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext('closedloop views'))")
        generation = await connection.fetchval(_LIVE, view.full_name)
        table = ViewTable(view, generation or 1)
        if generation is None:
            await table.create(connection)
            await table.answer(connection)
            await connection.execute(_ADD, view.full_name, 1, 1)
    return table


async def new_generation(pool: asyncpg.Pool, view: View) -> ViewTable:
    """A further generation beside the live one; it answers nothing yet."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext('closedloop views'))")
        table = ViewTable(view, await connection.fetchval(_LATEST, view.full_name) + 1)
        await table.create(connection)
        await connection.execute(_ADD, view.full_name, table.generation, 0)
    return table


async def hold_generation(connection: Connection, table: ViewTable) -> bool:
    """Whether this generation is still there; if so, nobody flips or discards it until the transaction ends."""
    return bool(await connection.fetch(_HOLD, table.view.full_name, table.generation))


async def flip(connection: Connection, old: ViewTable | None, new: ViewTable) -> None:
    """Let `new` answer and `old`, if any, be gone, in the caller's transaction.

    The old subscriber finds its offsets gone, is fenced, and goes on as the new one.
    """
    await connection.execute("update generations set live = 0 where view = $1 and live = 1", new.view.full_name)
    await connection.execute(
        "update generations set live = 1 where view = $1 and generation = $2", new.view.full_name, new.generation
    )
    await new.answer(connection)
    if old is not None:
        await discard(connection, old)


async def discard(connection: Pool, table: ViewTable) -> None:
    """Drop a generation's table and all that is kept for it."""
    for kept in ("offsets", "parked"):
        await connection.execute(f"delete from {kept} where subscriber = $1", table.subscriber)  # noqa: S608 -- two fixed names
    await connection.execute(
        "delete from generations where view = $1 and generation = $2", table.view.full_name, table.generation
    )
    await connection.execute(f"drop table if exists {table.quoted}")


async def discard_unfinished(pool: asyncpg.Pool, view: View) -> None:
    """Drop the generations of a view that never came to answer."""
    async with pool.acquire() as connection, connection.transaction():
        for record in await connection.fetch(_UNFINISHED, view.full_name):
            await discard(connection, ViewTable(view, record["generation"]))
