"""The whole verification, partition by partition, on one snapshot of every database."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from closedloop.verify.files import check_files
from closedloop.verify.never import breaches
from closedloop.verify.partition import Partition, read_partition
from closedloop.verify.report import Report
from closedloop.verify.store import Bounds, check_store
from closedloop.verify.views import check_view, expected_rows, opened
from shared.db import Connection
from shared.eventlog.protocol import partition_of
from shared.events.envelope import Envelope
from shared.language.order import merged
from shared.projections.decide_subscriber import NAME as DECIDE
from shared.projections.generations import built_table
from shared.projections.parking import list_parked
from shared.projections.table import ViewTable
from shared.runtime import Process, Runtime
from shared.store.kept_types import whole_types

_SUBJECTS = "select distinct subject from journal"
_OFFSETS = "select subscriber, partition, next_offset from offsets"


@dataclass
class _Snapshot:
    """One service's database at one instant."""

    runtime: Runtime
    connection: Connection
    tables: list[ViewTable]
    kept: frozenset[str]
    offsets: dict[tuple[str, int], int]
    subjects: dict[int, list[str]]


async def verify(
    process: Process, runtimes: Mapping[str, Runtime], progress: Callable[[int, int], None] = lambda done, of: None
) -> Report:
    """Check everything; `progress(partitions done, of how many)`. The system may go on working meanwhile."""
    report = Report()
    partitions = process.log.partitions
    # The ends before the snapshots: what stood in the log by then must stand in every store as of its snapshot.
    ends = await _ends(process)
    async with AsyncExitStack() as stack:
        snapshots = [await stack.enter_async_context(_snapshot(runtime)) for runtime in runtimes.values()]
        for snapshot in snapshots:
            await _report_parked(snapshot, report)
            await check_files(snapshot.connection, snapshot.runtime.name, report)
        for number in range(partitions):
            partition = await read_partition(process.log, number, report)
            for snapshot in snapshots:
                await _check_service(snapshot, partition, ends[number], report)
            _check_never(partition, report)
            progress(number + 1, partitions)
    return report


@asynccontextmanager
async def _snapshot(runtime: Runtime) -> AsyncIterator[_Snapshot]:
    tables = [await built_table(runtime.pool, view) for view in runtime.rooms.views]
    async with runtime.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        offsets = {(r["subscriber"], r["partition"]): r["next_offset"] for r in await connection.fetch(_OFFSETS)}
        subjects: dict[int, list[str]] = defaultdict(list)
        for row in await connection.fetch(_SUBJECTS):
            subjects[partition_of(row["subject"], runtime.process.log.partitions)].append(row["subject"])
        # Whichever code wants them: what is kept must be here, once it was learned from the beginning.
        yield _Snapshot(runtime, connection, tables, await whole_types(connection), offsets, subjects)


async def _report_parked(snapshot: _Snapshot, report: Report) -> None:
    for row in await list_parked(snapshot.runtime.pool):
        where = f"{snapshot.runtime.name} {row.subscriber} {row.subject} {row.source} version {row.version}"
        report.found("parked", where, f"waits since {row.parked_at:%F %T}: {row.reason} {row.error or ''}".strip())


async def _ends(process: Process) -> dict[int, int]:
    reader = process.log.reader()
    try:
        await reader.assign(dict.fromkeys(range(process.log.partitions), 0))
        return await reader.ends()
    finally:
        await reader.close()


async def _check_service(snapshot: _Snapshot, partition: Partition, end: int, report: Report) -> None:
    runtime, number = snapshot.runtime, partition.number
    bounds = Bounds(end, snapshot.offsets.get((DECIDE, number), 0), snapshot.kept)
    await check_store(snapshot.connection, runtime.name, partition, bounds, snapshot.subjects[number], report)
    events = await opened(partition, [table.view for table in snapshot.tables], runtime.process.keyring)
    for table in snapshot.tables:
        upto = snapshot.offsets.get((table.subscriber, number), 0)
        rows = expected_rows(table.view, partition, events, upto, report)
        await check_view(snapshot.connection, runtime.name, table, number, rows, report)


def _check_never(partition: Partition, report: Report) -> None:
    streams: dict[str, dict[str, list[Envelope]]] = defaultdict(dict)
    said = {told.envelope.id: told.event for told in partition.told}
    for (subject, source), told in partition.streams.items():
        if subject.startswith("complaint:"):
            streams[subject][source] = [each.envelope for each in told]
    report.complaints += len(streams)
    for subject, parts in streams.items():
        story = [(envelope, event) for envelope in merged(parts) if (event := said[envelope.id]) is not None]
        for breach in breaches(story):
            report.found(breach.rule, f"{subject} event {breach.event}", breach.says)
