"""Versions of views that nobody shows any more. They go when an operator says so, never by themselves."""

from collections.abc import Iterable
from dataclasses import dataclass

import asyncpg

from shared.projections.table import SCHEMA

_VERSIONS = """
select g.view, array_agg(g.generation order by g.generation) as generations,
       exists (select from leases l where l.until > clock_timestamp() and 'view:' || g.view = any(l.runs)) as used
from generations g where g.view <> all($1::text[]) group by g.view order by g.view
"""


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """A version of a view that this code does not show. `used`: a process that lives does."""

    name: str
    generations: tuple[int, ...]
    used: bool


async def other_versions(pool: asyncpg.Pool, own: Iterable[str]) -> list[OtherVersion]:
    """All but those of these full names."""
    rows = await pool.fetch(_VERSIONS, list(own))
    return [OtherVersion(row["view"], tuple(row["generations"]), row["used"]) for row in rows]


async def prune(pool: asyncpg.Pool, version: OtherVersion) -> None:
    """Drop a version with all that is kept for it. Whoever still followed it is fenced."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext('closedloop views'))")
        await connection.execute(f'drop view if exists "{SCHEMA}"."{version.name}"')
        for generation in version.generations:
            table = f"{version.name}_g{generation}"
            await connection.execute(f'drop table if exists "{SCHEMA}"."{table}"')
            for kept in ("offsets", "parked"):
                await connection.execute(f"delete from {kept} where subscriber = $1", f"view:{table}")  # noqa: S608 -- two fixed names
        await connection.execute("delete from generations where view = $1", version.name)
