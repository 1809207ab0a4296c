"""Whether a process answers as its code means to: its database fits, its facts and its views are here."""

from shared.eventlog.protocol import LogUnavailable
from shared.projections.generations import answering_table
from shared.projections.offsets import events_before
from shared.runtime import Runtime
from shared.store.fitting import misfit
from shared.store.kept_types import missing


async def unready(runtime: Runtime) -> list[str]:
    """What it still waits for, in words for an operator; empty if it is ready. Raises what the database raises.

    A view must have taken in what stood in the log when the process was first asked; how far it is behind later is no
    reason to send everybody off. While the log is away, commands are taken and views answer.
    """
    if (why := await misfit(runtime.pool, runtime.name)) is not None:
        return [why]
    found = []
    if left := await missing(runtime.pool, runtime.rooms.service.learned_types):
        found.append(f"{runtime.name}: {sum(left.values()):,} events of the log are to be read for facts to decide by")
    ends = await _first_ends(runtime)
    for view in runtime.rooms.views:
        table = await answering_table(runtime.pool, view)
        if table is None:
            found.append(f"{runtime.name}: the view {view.full_name} is not built yet")
        elif behind := await events_before(runtime.pool, table.subscriber, ends):
            found.append(f"{runtime.name}: the view {view.full_name} is {behind:,} events behind")
    return found


async def _first_ends(runtime: Runtime) -> dict[int, int]:
    if not runtime.first_ends:
        try:
            runtime.first_ends.update(await runtime.process.log.ends())
        except LogUnavailable:
            return {}
    return runtime.first_ends
