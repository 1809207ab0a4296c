"""The table of one generation of a view, in a schema of its own that migrations leave alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg
import orjson
from sqlalchemy import Column, Index, MetaData, SmallInteger, Table, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.db import Connection
from shared.projections.folding import OWNERS, Row
from shared.projections.view import View

SCHEMA = "views"
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def described(view: View, name: str) -> Table:
    """The view's columns as a table of that name (a generation's table, or the SQL view that answers)."""
    columns: list[Column[Any]] = [Column("key", Text, primary_key=True)]
    columns += [column._copy() for column in view.columns]
    columns += [Column("_subject", Text, nullable=False), Column("_partition", SmallInteger, nullable=False)]
    if view.personal:
        columns.append(Column(OWNERS, JSONB, nullable=False))
    table = Table(name, MetaData(), *columns, schema=SCHEMA)
    for names in view.indexes:
        found_within = len(names) == 1 and isinstance(table.c[names[0]].type, ARRAY)
        method = "gin" if found_within else "btree"
        Index(f"{name}_{'_'.join(names)}", *(table.c[each] for each in names), postgresql_using=method)
    for each in view.searched:
        trigrams = {each: "gin_trgm_ops"}
        Index(f"{name}_{each}_pieces", table.c[each], postgresql_using="gin", postgresql_ops=trigrams)
    return table


def answering(view: View) -> Table:
    """What questions are asked of: a SQL view that points at the live generation."""
    return described(view, view.full_name)


class ViewTable:
    """One generation's table."""

    def __init__(self, view: View, generation: int) -> None:
        self.view = view
        self.generation = generation
        self.name = f"{view.full_name}_g{generation}"
        self._table = described(view, self.name)
        self._columns = [column.name for column in self._table.columns]
        self._upsert = self._upsert_statement()

    @property
    def subscriber(self) -> str:
        """The name of the subscriber that keeps this generation."""
        return f"view:{self.name}"

    @property
    def quoted(self) -> str:
        return f'"{SCHEMA}"."{self.name}"'

    async def create(self, connection: Connection) -> None:
        """Make the table if it is not there, with its indexes."""
        await connection.execute(str(CreateTable(self._table, if_not_exists=True).compile(dialect=_DIALECT)))
        for index in self._table.indexes:
            await connection.execute(str(CreateIndex(index, if_not_exists=True).compile(dialect=_DIALECT)))

    async def drop(self, connection: Connection) -> None:
        await connection.execute(f"drop table if exists {self.quoted}")

    async def answer(self, connection: Connection) -> None:
        """Let questions be answered from this generation from now on."""
        columns = ", ".join(f'"{name}"' for name in self._columns)
        await connection.execute(
            f'create or replace view "{SCHEMA}"."{self.view.full_name}" as select {columns} from {self.quoted}'  # noqa: S608 -- names of our own making
        )

    async def rows(self, connection: Connection, keys: Iterable[str]) -> dict[str, Row]:
        records = await connection.fetch(f"select * from {self.quoted} where key = any($1)", list(keys))  # noqa: S608 -- a table name of our own making
        return {record["key"]: self.as_row(record) for record in records}

    def as_row(self, record: asyncpg.Record) -> Row:
        row = dict(record)
        if OWNERS in row:
            row[OWNERS] = orjson.loads(row[OWNERS])
        return row

    async def write(self, connection: Connection, rows: Mapping[str, Row | None]) -> None:
        """Make the table hold these rows (None: no such row): one statement for what is, one for what is gone."""
        present = [row for row in rows.values() if row is not None]
        gone = [key for key, row in rows.items() if row is None]
        if present:
            await connection.execute(self._upsert, orjson.dumps(present).decode())
        if gone:
            await connection.execute(f"delete from {self.quoted} where key = any($1)", gone)  # noqa: S608 -- as above

    async def fill(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Write rows that are not there yet, by COPY."""
        records = (
            tuple(orjson.dumps(row[name]).decode() if name == OWNERS else row[name] for name in self._columns)
            for row in rows
        )
        await connection.copy_records_to_table(self.name, schema_name=SCHEMA, columns=self._columns, records=records)

    def _upsert_statement(self) -> str:
        typed = ", ".join(f'"{c.name}" {c.type.compile(dialect=_DIALECT)}' for c in self._table.columns)
        names = ", ".join(f'"{name}"' for name in self._columns)
        sets = ", ".join(f'"{name}" = excluded."{name}"' for name in self._columns if name != "key")
        return (
            f"insert into {self.quoted} ({names}) select {names} from jsonb_to_recordset($1::jsonb) as t({typed}) "  # noqa: S608 -- names of our own making
            f"on conflict (key) do update set {sets}"
        )
