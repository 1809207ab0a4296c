"""Every service's database: one line of migrations makes what the code expects, with a journal that only grows.

So does the log of who read what; and a file that is kept never becomes another.
"""

import asyncio
import sys
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.store.migrate import SERVICES, config_for, migrate_to_head
from shared.store.schema import metadata
from tests.fixtures.postgres import Database

WITH_STORE = sorted(path.parent.parent.name for path in SERVICES.glob("*/migrations/env.py"))
EVERY_SERVICE = pytest.mark.parametrize("service", WITH_STORE)
CHANGES = {
    "update": "update journal set version = 2",
    "delete": "delete from journal",
    "truncate": "truncate journal",
    "truncate with others": "truncate journal, outbox cascade",
    "update of nothing new": "update journal set subject = subject",
    "upsert": "insert into journal select * from journal on conflict (subject, revision) do update set version = 9",
}

ACCESS = (
    "insert into accesses (at, actor, role, department, operation, subjects) values (now(), 'a', 'b', 'c', 'd', '{e}')"
)
FILE = "insert into files values ('00', 'complaint:a', 'person:a', 'image/png', 1, 'x', 'li.na', now())"
CHANGES_OF_THE_LOG = (
    "update accesses set actor = 'nobody'",
    "delete from accesses",
    "truncate accesses",
    "truncate accesses, outbox cascade",
    "insert into accesses select * from accesses on conflict (id) do update set subjects = '{}'",
)
CHANGES_OF_A_FILE = (
    "update files set sealed = 'y'",
    "update files set media_type = 'text/plain'",
    "insert into files select * from files on conflict (sha256) do update set owner = 'person:b'",
)


async def migrated(service: str, database: Database) -> str:
    """The superuser's address of a database brought from nothing to the head."""
    dsn = await database(service)
    await asyncio.to_thread(migrate_to_head, service, dsn)
    return dsn


async def catalogue(dsn: str) -> list[tuple[Any, ...]]:
    """All that there is by identity, so that even what is dropped and made anew shows; and the version noted."""
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        """
        select 'relation' as kind, oid::bigint as id, relname::text as name, relfilenode::bigint as detail
          from pg_class where relnamespace in ('public'::regnamespace, 'views'::regnamespace)
        union all select 'trigger', oid::bigint, tgname, tgenabled::int from pg_trigger
        union all select 'function', oid::bigint, proname, 0 from pg_proc where pronamespace = 'public'::regnamespace
        union all select 'version', 0, version_num, 0 from alembic_version
        order by 1, 2
        """
    )
    await connection.close()
    return [tuple(row) for row in rows]


async def differences(dsn: str) -> list[Any]:
    """Between the tables that there are and those that the code expects. Tables' comments stand in the code alone."""

    def compared(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    engine = create_async_engine(dsn.replace("postgresql:", "postgresql+asyncpg:", 1), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compared)
    finally:
        await engine.dispose()


def test_every_service_with_a_state_of_its_own_has_migrations() -> None:
    assert {path.parent.name for path in SERVICES.glob("*/state.py")} == set(WITH_STORE)


@EVERY_SERVICE
def test_a_service_has_one_line_of_migrations(service: str) -> None:
    script = ScriptDirectory.from_config(config_for(service, ""))
    assert len(script.get_heads()) == len(script.get_bases()) == 1
    assert [each.revision for each in script.walk_revisions() if each.is_branch_point or each.is_merge_point] == []


@EVERY_SERVICE
async def test_migrations_make_from_nothing_what_the_code_expects(service: str, database: Database) -> None:
    dsn = await migrated(service, database)
    assert await differences(dsn) == []
    head = ScriptDirectory.from_config(config_for(service, dsn)).get_current_head()
    assert ("version", 0, head, 0) in await catalogue(dsn)


async def test_a_difference_would_be_seen(database: Database) -> None:
    dsn = await migrated("intake", database)
    connection = await asyncpg.connect(dsn)
    await connection.execute("alter table due alter attempts drop default; drop index idempotency_age")
    await connection.close()
    assert len(await differences(dsn)) == 2


@EVERY_SERVICE
async def test_migrating_again_changes_nothing(service: str, database: Database) -> None:
    dsn = await migrated(service, database)
    before = await catalogue(dsn)
    await asyncio.to_thread(migrate_to_head, service, dsn)
    assert await catalogue(dsn) == before


async def test_two_who_migrate_at_once_wait_for_each_other(database: Database) -> None:
    dsn = await database("intake")
    code = f"from shared.store.migrate import migrate_to_head; migrate_to_head('intake', {dsn!r})"
    both = [await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=SERVICES.parent) for _ in range(2)]
    assert [await each.wait() for each in both] == [0, 0]
    assert await differences(dsn) == []


async def with_a_fact(service: str, database: Database) -> asyncpg.Connection:
    """A connection of the superuser to a service's database with one row in its journal."""
    connection = await asyncpg.connect(await migrated(service, database))
    await connection.execute(
        "insert into journal values ('complaint:a', 1, $1, 1, gen_random_uuid(), 'test.happened', now(), '', '')",
        service,
    )
    return connection


@EVERY_SERVICE
async def test_the_running_service_has_no_right_to_change_the_journal(service: str, database: Database) -> None:
    connection = await with_a_fact(service, database)
    before = await connection.fetch("select * from journal")
    await connection.execute(f'set role "closedloop_{service}"')
    for statement in CHANGES.values():
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for table journal"):
            await connection.execute(statement)
    assert await connection.fetch("select * from journal") == before
    await connection.close()


@EVERY_SERVICE
async def test_not_even_the_superuser_changes_the_journal_by_accident(service: str, database: Database) -> None:
    connection = await with_a_fact(service, database)
    before = await connection.fetch("select * from journal")
    for statement in CHANGES.values():
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="the journal is append-only"):
            await connection.execute(statement)
    assert await connection.fetch("select * from journal") == before
    await connection.close()


@EVERY_SERVICE
async def test_the_running_service_does_its_work_and_takes_down_no_table(service: str, database: Database) -> None:
    connection = await with_a_fact(service, database)
    await connection.execute(f'set role "closedloop_{service}"')
    await connection.execute("insert into outbox (subject, revision) values ('complaint:a', 1)")
    await connection.execute("delete from outbox")
    await connection.execute("create table views.a_view (key text); drop table views.a_view")
    for statement in (
        "alter table journal disable trigger all",
        "drop trigger journal_append_only on journal",
        "alter table journal add column note text",
        "drop table journal",
        "create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'",
        "update alembic_version set version_num = 'x'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()


@EVERY_SERVICE
async def test_the_running_service_adds_to_files_and_accesses_and_does_nothing_else(
    service: str, database: Database
) -> None:
    connection = await with_a_fact(service, database)
    await connection.execute(f'set role "closedloop_{service}"')
    for statement in (ACCESS, FILE):
        await connection.execute(statement)
    before = [await connection.fetch(f"select * from {table}") for table in ("accesses", "files")]
    for statement in (*CHANGES_OF_THE_LOG, *CHANGES_OF_A_FILE, "delete from files", "truncate files"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"permission denied for table (accesses|files)"):
            await connection.execute(statement)
    assert [await connection.fetch(f"select * from {table}") for table in ("accesses", "files")] == before
    await connection.close()


@EVERY_SERVICE
async def test_not_even_the_superuser_changes_what_was_read_or_kept_by_accident(
    service: str, database: Database
) -> None:
    connection = await with_a_fact(service, database)
    for statement in (ACCESS, FILE):
        await connection.execute(statement)
    for statements, table in ((CHANGES_OF_THE_LOG, "accesses"), (CHANGES_OF_A_FILE, "files")):
        before = await connection.fetch(f"select * from {table}")
        for statement in statements:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match=f"{table} is append-only"):
                await connection.execute(statement)
        assert await connection.fetch(f"select * from {table}") == before
    await connection.close()


@EVERY_SERVICE
async def test_the_running_service_makes_views_that_can_be_searched(service: str, database: Database) -> None:
    connection = await with_a_fact(service, database)
    await connection.execute(f'set role "closedloop_{service}"')
    await connection.execute("create table views.a_view (name text)")
    await connection.execute("create index a_view_name_pieces on views.a_view using gin (name gin_trgm_ops)")
    await connection.close()


async def test_a_database_that_is_in_use_gets_the_second_migration_beside_what_it_holds(database: Database) -> None:
    dsn = await database("intake")
    await asyncio.to_thread(command.upgrade, config_for("intake", dsn), "0001")
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "insert into journal values ('complaint:a', 1, 'intake', 1, gen_random_uuid(), 'test.happened', now(), '', '')"
    )
    before = await connection.fetch("select * from journal")
    await asyncio.to_thread(migrate_to_head, "intake", dsn)
    assert await connection.fetch("select * from journal") == before
    await connection.close()
    assert await differences(dsn) == []
