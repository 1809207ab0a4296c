"""Code and database fit, or the process says what to do; and what a process waits for is said in words."""

import asyncio
from dataclasses import replace

import pytest

from shared.projections.generations import live_table
from shared.projections.readiness import unready
from shared.store.fitting import Unfit, misfit, must_fit
from shared.store.migrate import NewerDatabase, migrate_to_head
from tests.fixtures.runtimes import Workshop
from tests.upgrade.test_views_beside import NEW, build, follow, registered

pytestmark = pytest.mark.services("intake")


async def test_a_newer_database_fits_until_a_migration_says_that_older_code_no_longer_may(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    assert await misfit(pool, "intake") is None
    await pool.execute("update alembic_version set version_num = '9001'")
    await must_fit(pool, "intake")
    await pool.execute("update oldest_code set migration = '9001'")
    with pytest.raises(Unfit, match="needs code that knows migration 9001"):
        await must_fit(pool, "intake")
    assert await unready(workshop.intake) == [await misfit(pool, "intake")]


async def test_a_database_that_was_not_migrated_says_so(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    await pool.execute("update alembic_version set version_num = '0002'")
    with pytest.raises(Unfit, match="run `closedloop migrate` first"):
        await must_fit(pool, "intake")
    await pool.execute("drop table oldest_code")
    with pytest.raises(Unfit, match="run `closedloop migrate` first"):
        await must_fit(pool, "intake")


async def test_no_migration_is_taken_back(workshop: Workshop) -> None:
    await workshop.intake.pool.execute("update alembic_version set version_num = '9001'")
    with pytest.raises(NewerDatabase, match="migrated by newer code"):
        await asyncio.to_thread(migrate_to_head, "intake", workshop.dsns["intake"])


async def test_a_process_says_what_it_waits_for(workshop: Workshop) -> None:
    await registered(workshop)
    runtime = replace(workshop.intake, rooms=replace(workshop.intake.rooms, views=(NEW,)), first_ends={})
    await runtime.pool.execute("update backfills set upto = 7 where partition = 3")
    assert await unready(runtime) == [
        "intake: 7 events of the log are to be read for facts to decide by",
        "intake: the view channels_v2 is not built yet",
    ]
    await runtime.pool.execute("update backfills set upto = 0")
    await live_table(runtime.pool, NEW)
    assert await unready(runtime) == ["intake: the view channels_v2 is 3 events behind"]
    await follow(workshop, NEW)
    assert await unready(runtime) == []
    # What comes later it need not have: it is behind now and then.
    await registered(workshop)
    assert await unready(runtime) == []


async def test_a_view_that_was_built_is_ready(workshop: Workshop) -> None:
    await registered(workshop)
    await build(workshop)
    runtime = replace(workshop.intake, rooms=replace(workshop.intake.rooms, views=(NEW,)), first_ends={})
    assert await unready(runtime) == []
