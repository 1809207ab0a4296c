"""A connection that comes back into the pool: nothing of who had it before is left in it."""

import asyncpg

from tests.fixtures.runtimes import Workshop

_SESSION = """
select current_setting('synchronous_commit') as commits, current_setting('statement_timeout') as patience,
       (select count(*) from pg_locks where pid = pg_backend_pid() and locktype = 'advisory') as locks
"""


async def sessions(pool: asyncpg.Pool) -> list[tuple[object, ...]]:
    """Of every connection of the pool."""
    taken = [await pool.acquire() for _ in range(pool.get_max_size())]
    try:
        return [tuple(row) for connection in taken for row in await connection.fetch(_SESSION)]
    finally:
        for connection in taken:
            await pool.release(connection)


async def test_a_transaction_that_was_left_open_is_rolled_back(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    connection = await pool.acquire()
    await connection.transaction().start()
    await connection.execute("insert into leases (name, owner, until) values ('left', 'nobody', now())")
    await pool.release(connection)
    assert await pool.fetchval("select count(*) from leases where name = 'left'") == 0


async def test_whatever_a_service_does_leaves_no_setting_and_no_lock_in_a_session(workshop: Workshop) -> None:
    """Connections aren't reset on their way back, so nothing of ours may outlive its transaction."""
    pool = workshop.intake.pool
    before = await sessions(pool)
    await workshop.do(workshop.acknowledgement(await workshop.registered()))
    await workshop.relayed()
    await workshop.taken_in("intake")
    assert await sessions(pool) == before
