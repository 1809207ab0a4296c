"""Least privilege in the database: each kind of process may do what is declared, and what the database says is that."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

import asyncpg
import pytest

from closedloop.installation import OWN_TABLES
from shared.eventlog.embedded import make_tables
from shared.privacy.vault import make_table
from shared.store.migrate import migrate_to_head
from shared.store.rights import KINDS, LETTERS, SERVICE, Kind, rights_in, role_of, statement
from tests.contract.test_migrations import WITH_STORE
from tests.fixtures.postgres import Database

EVERY_DATABASE = pytest.mark.parametrize("name", [*WITH_STORE, *OWN_TABLES])
NEVER = ("truncate", "references", "trigger", "maintain")
"""Rights on a table that nobody has who runs."""
PASSWORD = "of the test"
_TABLES = "select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
_GRANTED = """
select has_table_privilege($1, c.oid, p) from pg_class c, unnest($3::text[]) with ordinality u(p, n)
where c.relnamespace = 'public'::regnamespace and c.relname = $2 order by n
"""
_OWNED = """
select count(*) from pg_class c where pg_get_userbyid(c.relowner) = any($1) and c.relnamespace = 'public'::regnamespace
"""
_MIGHTY = """
select count(*) from pg_roles where rolname = any($1)
  and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
"""
CHANGES = {
    "select": "select from {table} limit 0",
    "insert": "insert into {table} default values",
    "update": "update {table} set {column} = {column} where false",
    "delete": "delete from {table} where false",
    "truncate": "truncate {table}",
    "add a column": "alter table {table} add column note text",
    "take the triggers away": "alter table {table} disable trigger all",
    "index": "create index on {table} ({column})",
    "drop": "drop table {table}",
    "give away": "alter table {table} owner to current_user",
}
"""What each kind of process tries on each table; allowed is only what is declared under the first four names."""
MADE = {
    "table": "create table mine (key text)",
    "function": "create function mine() returns int language sql as 'select 1'",
    "schema": "create schema mine",
    "role": "create role mine",
    "temporary table": "create temporary table mine (key text)",
    "superuser": "alter role current_user superuser",
    "owner": "set role postgres",
    "file": "copy (select 1) to '/dev/null'",
}
"""What no process may do, wherever it is."""


@dataclass(frozen=True)
class House:
    """One database with its rights, and addresses of its roles."""

    name: str
    dsn: str

    def as_role(self, kind: Kind | None) -> str:
        return as_user(self.dsn, role_of(self.name, kind))


Make = Callable[[str], Awaitable[House]]


def as_user(dsn: str, role: str) -> str:
    """The same database, as another user with the password of these tests."""
    scheme, _, rest = dsn.partition("://")
    return f"{scheme}://{role}:{quote(PASSWORD)}@{rest.rpartition('@')[2]}"


@pytest.fixture
async def made(database: Database, migrated: Callable[[str], Awaitable[str]]) -> Make:
    """Makes a database as `closedloop migrate` does, whose roles may log in."""

    async def make(name: str) -> House:
        dsn = await (database(name, template=await migrated(name)) if name in WITH_STORE else database(name))
        connection = await asyncpg.connect(dsn)
        if name not in WITH_STORE:
            await (make_table if name == "vault" else make_tables)(connection)
        # A copy of a database has the rights on its tables, not those on the database itself.
        await connection.execute(statement(name))
        for kind in (None, *KINDS):
            await connection.execute(f"alter role {role_of(name, kind)} login password '{PASSWORD}'")
        await connection.close()
        return House(name, dsn)

    return make


@pytest.fixture
async def house(name: str, made: Make) -> House:
    return await made(name)


async def first_columns(connection: asyncpg.Connection) -> dict[str, str]:
    """The tables that there are, each with the name of one of its columns."""
    named = "select attname::text from pg_attribute where attrelid = $1::text::regclass and attnum = 1"
    tables = [row["name"] for row in await connection.fetch(_TABLES)]
    return {table: await connection.fetchval(named, f"public.{table}") for table in tables}


@EVERY_DATABASE
async def test_the_database_says_what_is_declared(house: House) -> None:
    connection = await asyncpg.connect(house.dsn)
    declared = rights_in(house.name)
    assert set(await first_columns(connection)) == set(declared), "a table has no rights declared, or is not there"
    wanted = [*LETTERS.values(), *NEVER]
    for table, kinds in declared.items():
        for kind in KINDS:
            granted = [row[0] for row in await connection.fetch(_GRANTED, role_of(house.name, kind), table, wanted)]
            allowed = [letter in kinds[kind] for letter in LETTERS] + [False] * len(NEVER)
            assert dict(zip(wanted, granted, strict=True)) == dict(zip(wanted, allowed, strict=True)), (table, kind)
    roles = [role_of(house.name, kind) for kind in (None, *KINDS)]
    assert await connection.fetchval(_OWNED, roles) == 0
    assert await connection.fetchval(_MIGHTY, roles) == 0
    await connection.close()


@EVERY_DATABASE
@pytest.mark.parametrize("kind", KINDS)
async def test_whoever_connects_as_a_kind_of_process_is_refused_all_else(house: House, kind: Kind) -> None:
    owner = await asyncpg.connect(house.dsn)
    tables = await first_columns(owner)
    await owner.close()
    connection = await asyncpg.connect(house.as_role(kind))
    for table, column in tables.items():
        allowed = {LETTERS[letter] for letter in rights_in(house.name)[table][kind]}
        for named, sql in CHANGES.items():
            refused = await is_refused(connection, sql.format(table=table, column=column))
            assert refused != (named in allowed), (table, kind, named)
    for named, sql in MADE.items():
        assert await is_refused(connection, sql), named
    await connection.close()


async def is_refused(connection: asyncpg.Connection, sql: str) -> bool:
    """Whether it may not be done: any other fault of such a statement is found only by whoever may."""
    attempt = connection.transaction()
    await attempt.start()
    try:
        await connection.execute(sql)
    except asyncpg.InsufficientPrivilegeError:
        return True
    except asyncpg.IntegrityConstraintViolationError:
        return False
    finally:
        await attempt.rollback()
    return False


async def test_the_worker_makes_views_and_the_api_only_reads_them(made: Make) -> None:
    house = await made("intake")
    worker, api = await asyncpg.connect(house.as_role("worker")), await asyncpg.connect(house.as_role("api"))
    await worker.execute("create table views.a_g1 (key text); create view views.a as select key from views.a_g1")
    for shown in ("views.a", "views.a_g1"):
        assert await api.fetch(f"select * from {shown}") == []
    for sql in ("insert into views.a_g1 values ('b')", "drop view views.a", "create table views.b_g1 (key text)"):
        assert await is_refused(api, sql), sql
    await worker.execute("drop view views.a; drop table views.a_g1")
    await worker.close()
    await api.close()


async def test_what_one_process_made_that_is_both_becomes_the_workers(made: Make) -> None:
    house = await made("intake")
    both = await asyncpg.connect(house.as_role(None))
    await both.execute("create table views.a_g1 (key text); create view views.a as select key from views.a_g1")
    await asyncio.to_thread(migrate_to_head, "intake", house.dsn)
    worker = await asyncpg.connect(house.as_role("worker"))
    await worker.execute("alter table views.a_g1 add column note text")
    # And the other way round: moved back onto one machine, one process may still do all.
    await both.execute("create or replace view views.a as select key, note from views.a_g1; drop view views.a")
    await both.execute("drop table views.a_g1")
    await both.close()
    await worker.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_reaches_the_database_of_another_service(made: Make, kind: Kind) -> None:
    intake, others = await made("intake"), [await made(name) for name in ("investigation", "log")]
    for other in others:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
            await asyncpg.connect(as_user(other.dsn, role_of(intake.name, kind)))


async def test_a_right_that_was_given_by_hand_is_gone_after_the_next_migration(made: Make) -> None:
    house = await made("intake")
    owner = await asyncpg.connect(house.dsn)
    api = role_of("intake", "api")
    # As an installation of before has it: one role with all of it.
    await owner.execute(f"grant delete on outbox to {api}; grant update on journal to closedloop_intake, {api}")
    await asyncio.to_thread(migrate_to_head, "intake", house.dsn)
    for role in (api, "closedloop_intake"):
        assert not await owner.fetchval("select has_table_privilege($1, 'journal', 'update')", role)
    assert not await owner.fetchval("select has_table_privilege($1, 'outbox', 'delete')", api)
    await owner.close()


async def test_an_owner_who_is_no_superuser_can_migrate(database: Database) -> None:
    dsn, owner = await database("callback"), "owner_of_the_test"
    own = await asyncpg.connect(dsn)
    name = await own.fetchval("select current_database()")
    await own.execute(f"create role {owner} login createrole password '{PASSWORD}'")
    try:
        await own.execute(f'alter database "{name}" owner to {owner}')
        # The roles are the server's, and those of earlier tests were made by somebody else.
        for role in (role_of("callback", kind) for kind in (None, *KINDS)):
            if await own.fetchval("select to_regrole($1) is not null", role):
                await own.execute(f"grant {role} to {owner} with admin true, inherit true, set true")
        for _ in range(2):
            await asyncio.to_thread(migrate_to_head, "callback", as_user(dsn, owner))
            worker = role_of("callback", "worker")
            await own.execute(f"alter role {worker} login password '{PASSWORD}'")
            connection = await asyncpg.connect(as_user(dsn, worker))
            await connection.execute("create table views.a_g1 (key text); drop table views.a_g1")
            await connection.close()
    finally:
        await own.execute(f'alter database "{name}" owner to current_user')
        await own.execute(
            f"reassign owned by {owner} to current_user; drop owned by {owner} cascade; drop role {owner}"
        )
        await own.close()


def test_no_kind_of_process_may_change_or_take_away_what_was_recorded() -> None:
    for table in ("journal", "accesses", "files", "log_record", "vault_keys"):
        kinds = next(rights[table] for rights in (SERVICE, rights_in("vault"), rights_in("log")) if table in rights)
        assert all(set(letters) <= {"s", "i"} for letters in kinds.values()), table
