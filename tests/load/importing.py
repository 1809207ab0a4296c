"""Import of real complaints, each decided, sealed and numbered, beside COPY of the very rows that it made.

The rows are taken out of the databases that an import filled, journal, outbox, guards and the vault's keys alike, and
copied into the same tables of fresh ones, indexes and all.
"""

import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import asyncpg

from closedloop.importing.load import load_file
from tests.fixtures.cfpb_files import row, write_cfpb
from tests.fixtures.runtimes import Workshop
from tests.load.measuring import Aim, Line, Run, in_turn, spread, timed
from tests.load.stage import ROOT, Size, Stage

REAL = ROOT.parent / "shared" / "data" / "cfpb_dev.csv"
"""Complaints that the US Consumer Financial Protection Bureau published; not part of this repository."""
DATABASES = ("intake", "vault")
_TABLES = """
select relname from pg_class join pg_namespace n on n.oid = relnamespace
where n.nspname = 'public' and relkind in ('r', 'p') and not relispartition order by relname
"""

Tables = Mapping[str, Mapping[str, bytes]]
"""By database and table: its rows in COPY's own binary form."""


async def measure(stage: Stage, size: Size) -> list[Line]:
    """The whole file where it is there; a few made-up complaints for a quick run."""
    with tempfile.TemporaryDirectory(prefix="closedloop-bench-") as folder:
        path = write_cfpb(Path(folder) / "few.csv", map(row, range(1, 31))) if size.share == 0 else REAL
        if not path.exists():
            print(f"import: left out, for there is no {path}")  # noqa: T201 -- a command-line tool
            return []
        made = await _imported(stage, path)
        runs = await in_turn(size.rounds, lambda: _copied(stage, made[1]), lambda: _measured(stage, path))
    told = {
        "file": path.name, "complaints": made[0].done,
        "bytes": {table: len(rows) for tables in made[1].values() for table, rows in tables.items()},
        "ours_a_core": spread(runs[1], lambda run: run.rate_of_own_core).median,
        "ours_all_cpu": spread(runs[1], lambda run: run.rate_of_all_cores).median,
        "floor_all_cpu": spread(runs[0], lambda run: run.rate_of_all_cores).median,
    }  # fmt: skip
    for run in runs[0]:
        run.done = made[0].done
    return [
        Line("import", "import of real complaints", "complaints/s", spread(runs[1]), spread(runs[0]),
             aim=Aim(ratio=0.4, value=15_000), told=told)
    ]  # fmt: skip


async def _measured(stage: Stage, path: Path) -> Run:
    return (await _imported(stage, path))[0]


async def _imported(stage: Stage, path: Path) -> tuple[Run, Tables]:
    """Import the file into fresh databases; also gives what stands in them then."""
    async with stage.workshop("intake") as workshop:
        before = await _counted(workshop)
        rejects = workshop.process.settings.data / "rejects.csv"
        with timed(stage.server) as run:
            summary = await load_file(workshop.runtimes, path, "cfpb", rejects)
        run.done = summary.registered
        after = await _counted(workshop)
        if after["intake", "journal"] < run.done or not run.done:
            raise AssertionError(f"{run.done} were registered, the journal has {after['intake', 'journal']} rows")
        grown = [place for place in after if after[place] > before[place]]
        return run, {
            database: {table: await _taken_out(workshop, database, table) for of, table in grown if of == database}
            for database in DATABASES
        }


async def _counted(workshop: Workshop) -> dict[tuple[str, str], int]:
    counts = {}
    for database in DATABASES:
        connection = await asyncpg.connect(workshop.dsns[database])
        for (table,) in await connection.fetch(_TABLES):
            counts[database, table] = await connection.fetchval(f'select count(*) from "{table}"')
        await connection.close()
    return counts


async def _taken_out(workshop: Workshop, database: str, table: str) -> bytes:
    connection = await asyncpg.connect(workshop.dsns[database])
    rows = BytesIO()
    await connection.copy_from_query(f'select * from "{table}"', output=rows, format="binary")
    await connection.close()
    return rows.getvalue()


async def _copied(stage: Stage, tables: Tables) -> Run:
    """COPY into fresh databases, one transaction each."""
    async with stage.workshop("intake") as workshop:
        connections = {database: await asyncpg.connect(workshop.dsns[database]) for database in DATABASES}
        # A vault begins with a row by which it knows its master key; that row is among those to be copied.
        await connections["vault"].execute("delete from vault_keys")
        with timed(stage.server) as run:
            for database, connection in connections.items():
                async with connection.transaction():
                    for table, rows in tables[database].items():
                        await connection.copy_to_table(table, source=BytesIO(rows), format="binary")
        counts = await _counted(workshop)
        if empty := [table for database in DATABASES for table in tables[database] if not counts[database, table]]:
            raise AssertionError(f"nothing was copied into {empty}")
        for connection in connections.values():
            await connection.close()
    return run
