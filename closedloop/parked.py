"""Events that could not be taken in: listed, shown, released."""

from dataclasses import dataclass
from typing import Any

from closedloop.attach import attached
from closedloop.failing import known_service, told_plainly
from shared.config import Settings
from shared.projections.parking import ParkedRow, list_parked, parked_records
from shared.runtime import Runtime


@dataclass(frozen=True, slots=True)
class ParkedSubject:
    """All that waits of one subject at one subscriber."""

    service: str
    rows: tuple[ParkedRow, ...]

    def as_data(self) -> dict[str, Any]:
        first = self.rows[0]
        return {
            "service": self.service, "subscriber": first.subscriber, "subject": first.subject,
            "events": len(self.rows), "reason": first.reason, "error": first.error, "since": first.parked_at,
        }  # fmt: skip

    def as_cells(self) -> list[str]:
        data = self.as_data()
        why = f"{data['reason']} {data['error'] or ''}".strip()
        since = f"{data['since']:%Y-%m-%d %H:%M:%S}Z"
        return [self.service, data["subscriber"], data["subject"], str(data["events"]), why, since]


async def parked_list(settings: Settings) -> list[ParkedSubject]:
    """What waits, per service, subscriber and subject."""
    async with told_plainly(), attached(settings) as there:
        found = []
        for runtime in there.runtimes.values():
            grouped: dict[tuple[str, str], list[ParkedRow]] = {}
            for row in await list_parked(runtime.pool):
                grouped.setdefault((row.subscriber, row.subject), []).append(row)
            found += [ParkedSubject(runtime.name, tuple(rows)) for rows in grouped.values()]
        return found


async def parked_show(settings: Settings, service: str, subject: str) -> list[str]:
    """Every parked event of a subject."""
    known_service(service)
    async with told_plainly(), attached(settings) as there:
        runtime = there.runtimes[service]
        rows = [row for row in await list_parked(runtime.pool) if row.subject == subject]
        lines = []
        for subscriber in sorted({row.subscriber for row in rows}):
            records = await parked_records(runtime.pool, runtime.process.log, subscriber, subject)
            types = {record.offset: (record.header("type") or b"?").decode() for record in records}
            lines += [
                f"{subscriber}: {row.source} version {row.version} {types.get(row.position, '?')} at partition "
                f"{row.partition} offset {row.position}: {row.reason} {row.error or ''}".rstrip()
                for row in rows
                if row.subscriber == subscriber
            ]
        return lines or [f"Nothing of {subject} is parked in {service}."]


async def parked_release(settings: Settings, service: str, subject: str) -> tuple[int, int]:
    """Try the parked events of a subject again."""
    known_service(service)
    async with told_plainly(), attached(settings) as there:
        runtime = there.runtimes[service]
        before = await _parked_of(runtime, subject)
        for subscriber in await runtime.subscribers():
            await subscriber.release(subject)
        after = await _parked_of(runtime, subject)
        return before - after, after


async def _parked_of(runtime: Runtime, subject: str) -> int:
    count: int = await runtime.pool.fetchval("select count(*) from parked where subject = $1", subject)
    return count
