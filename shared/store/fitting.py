"""Whether this code and its database fit together: migrated for it, and not changed since so that it no longer can."""

from functools import cache

import asyncpg
from alembic.script import ScriptDirectory

from shared.store.connections import Pool
from shared.store.migrate import config_for

_STANDS_AT = "select version_num as migration, (select max(migration) from oldest_code) as oldest from alembic_version"


class Unfit(Exception):
    """This code can't work on this database; the message says what to do."""


@cache
def _known(service: str) -> tuple[str, frozenset[str]]:
    """The newest migration that this code knows, and all of them."""
    script = ScriptDirectory.from_config(config_for(service, ""))
    return script.get_current_head() or "", frozenset(each.revision for each in script.walk_revisions())


async def misfit(pool: Pool, service: str) -> str | None:
    """Why this code can't work on the service's database; None if it can. A newer database fits as long as no migration
    took away what this code needs: such a one says in `oldest_code` which migration must be known.
    """
    head, known = _known(service)
    try:
        record = next(iter(await pool.fetch(_STANDS_AT)), None)
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        record = None
    if record is None or (record["migration"] in known and record["migration"] != head):
        return f"the database of {service} is not at migration {head}: run `closedloop migrate` first"
    if record["oldest"] > head:
        return (
            f"the database of {service} needs code that knows migration {record['oldest']}, and this code knows only "
            f"those up to {head}: start newer code; to go back, restore a back-up from before the upgrade"
        )
    return None


async def must_fit(pool: Pool, service: str) -> None:
    """Raises Unfit."""
    if (why := await misfit(pool, service)) is not None:
        raise Unfit(why[0].upper() + why[1:] + ".")
