"""The mark of a store that was restored and not yet made to agree with its log: nothing starts on it.

It stands in the name of the log that each offset was kept for, so that even code that knows no mark refuses.
"""

from closedloop.backup.place import Place, connected
from closedloop.installation import SERVICES
from shared.projections.unhealed import RESTORED

MARK = f"""
update public.offsets set log = '{RESTORED}' || log where log not like '{RESTORED}%'
"""  # noqa: S608 -- a prefix of our own


async def mark_all(place: Place) -> None:
    """Let nothing start on any store until `closedloop restore heal` has ended."""
    for service in SERVICES:
        async with connected(place.owner(service)) as connection:
            if await connection.fetchval("select to_regclass('public.offsets')") is not None:
                await connection.execute(MARK)


async def logs_of(place: Place) -> tuple[set[str], bool]:
    """The logs that the stores say they stand in, and whether one of them bears the mark."""
    found: set[str] = set()
    for service in SERVICES:
        async with connected(place.owner(service)) as connection:
            found |= {row["log"] for row in await connection.fetch("select distinct log from public.offsets")}
    return {log.removeprefix(RESTORED) for log in found}, any(log.startswith(RESTORED) for log in found)
