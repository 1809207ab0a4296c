"""What grows for ever costs nothing: no statement of a command, a worker or a worklist reads a whole table of a log
that has grown, and what need not be kept is forgotten.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from closedloop.postgres import EmbeddedPostgres
from closedloop.system import rooms_of
from shared.eventlog.relay import Relay
from shared.runtime import Runtime
from shared.store.fifth import SETTINGS
from shared.store.forgetting import KEPT_DAYS, forget
from shared.store.migrate import migrate_to_head
from tests.fixtures.postgres import Database
from tests.fixtures.runtimes import Workshop
from tests.load.growth import Side, grown, requests_of, sides

pytestmark = pytest.mark.timeout(600)

EVENTS = 10_000
_SCANNED = """
select relname::text as table, seq_tup_read as rows from pg_stat_user_tables where n_live_tup > 300
"""
_OLD = """
insert into idempotency (key, fingerprint, answer, written_at)
select 'old:' || n, '', '{}', now() - make_interval(days => n) from generate_series(1, 60) n
"""


@pytest.fixture(scope="module")
async def large() -> AsyncIterator[Side]:
    """An installation with thousands of cases, and requests of it."""
    with TemporaryDirectory(prefix="closedloop-size-") as data:
        made = await grown(Path(data), {"small": 100, "large": EVENTS}, float("inf"), lambda _: None)
        # A table of some hundred rows is rightly read whole. Told not to, the planner does so only where it must: as it
        # would where the table is large.
        with EmbeddedPostgres(Path(data)) as postgres:
            connection = await asyncpg.connect(postgres.dsn("intake_large"))
            await connection.execute("alter database intake_large set enable_seqscan = off")
            await connection.close()
        async with sides(Path(data), made) as opened:
            yield opened["large"]


async def scanned(runtime: Runtime) -> dict[str, int]:
    """How many rows were read so far by reading whole tables, of every table that has grown."""
    # What a connection has counted it tells when it is told to, or when it has been idle for long.
    every = [await runtime.pool.acquire() for _ in range(runtime.pool.get_size())]
    for connection in every:
        await connection.execute("select pg_stat_force_next_flush()")
        await connection.execute("select 1")
        await runtime.pool.release(connection)
    # Whoever goes tells it too.
    await runtime.engine.dispose()
    return {row["table"]: row["rows"] for row in await runtime.pool.fetch(_SCANNED)}


async def test_no_request_and_no_step_of_a_worker_reads_a_whole_table_that_has_grown(large: Side) -> None:
    runtime = large.runtime
    before = await scanned(runtime)
    assert len(before) > 6, before
    for number in range(3):
        for name, request in requests_of(number, Random(number)).items():
            response = await request(large)
            assert response.status_code in (200, 201, 403, 409), (name, response.text)
    relay = Relay(runtime.pool, runtime.process.log, "test", asyncio.Event())
    while await relay.send_once():
        pass
    worker = await runtime.worker()
    turning = asyncio.create_task(worker.runner.run())
    async with asyncio.timeout(120):
        await worker.runner.caught_up.wait()
    turning.cancel()
    await asyncio.gather(turning, return_exceptions=True)
    await worker.due.work_once()
    await forget(runtime.pool)
    after = await scanned(runtime)
    read = {table: rows - before[table] for table, rows in after.items() if rows > before.get(table, rows)}
    assert read == {}


@pytest.mark.services("intake")
async def test_answers_are_forgotten_when_nobody_repeats_their_requests_any_more(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    await pool.execute(_OLD)
    assert await forget(pool) == 60 - KEPT_DAYS + 1
    assert await forget(pool) == 0
    assert await pool.fetchval("select count(*) from idempotency") == KEPT_DAYS - 1


async def test_tables_are_swept_as_they_need_on_any_server(database: Database) -> None:
    dsn = await database("intake")
    await asyncio.to_thread(migrate_to_head, "intake", dsn)
    connection = await asyncpg.connect(dsn)
    for table, settings in SETTINGS.items():
        found = await connection.fetchval("select reloptions from pg_class where relname = $1", table)
        assert {each.replace(" ", "") for each in settings.split(", ")} <= set(found), table
    await connection.close()


def test_every_worklist_is_asked() -> None:
    asked = {name for name in requests_of(0, Random(0)) if name.startswith("worklist")}
    lists = [q.path for v in rooms_of("intake").views for q in v.questions if q.path.startswith("/worklists/")]
    assert len(asked) > len(lists) > 3
