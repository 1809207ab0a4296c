"""Whether a process answers as its own code means to: its database is there, and its views are made and filled."""

from shared.eventlog.protocol import LogUnavailable
from shared.runtime import Runtime
from shared.store.figures import figures

FAR_BEHIND = 1_000
"""Events. A view that is further from the log's end than this would tell of a world that is long gone."""


async def unready(runtime: Runtime) -> list[str]:
    """Why not, in words for an operator; empty if it is. Raises what the database raises."""
    found = await figures(runtime.pool, runtime.process.clock.now())
    own = {name: view.full_name for view in runtime.rooms.views for name in found.positions if view.full_name in name}
    missing = sorted({view.full_name for view in runtime.rooms.views} - set(own.values()))
    try:
        behind = found.behind(await runtime.process.log.ends())
    except LogUnavailable:
        # Commands are taken and views answer while the log is away: that is no reason to send everybody off.
        behind = {}
    late = {name: sum(left.values()) for name, left in behind.items() if name in own}
    return [
        *(f"{runtime.name}: the view {name} is not made yet" for name in missing),
        *(f"{runtime.name}: {name} is {left:,} events behind" for name, left in late.items() if left > FAR_BEHIND),
    ]
