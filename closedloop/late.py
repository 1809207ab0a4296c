"""What should have happened by now and did not: `closedloop due`, for operators."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.decide.due import only_asking
from shared.runtime import Runtime
from shared.store.due_rows import DueRow, find, list_late, retry


class NotRetried(Exception):
    """The row was left as it is; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Late:
    """A row that failed, or whose instant has passed, and by how much."""

    service: str
    row: DueRow
    age: timedelta
    """Since it was due, by the business clock."""

    def as_data(self) -> dict[str, Any]:
        return {"service": self.service, **asdict(self.row), "age_seconds": round(self.age.total_seconds())}

    def in_words(self) -> str:
        """Two lines. No table: its columns would cut off the ids, which are there to be copied."""
        row, ago = self.row, timedelta(seconds=round(self.age.total_seconds()))
        tried = f"attempts {row.attempts}, last error {row.last_error or 'none'}"
        return (
            f"{row.id}  {self.service} {row.kind}: {row.state}, {tried}\n"
            f"    due {row.due_at:%Y-%m-%d %H:%M:%S}Z ({ago} ago) of {row.subject}"
        )


async def late_rows(runtimes: Iterable[Runtime]) -> list[Late]:
    """What failed or is late, service by service."""
    found = []
    for runtime in runtimes:
        now = runtime.process.clock.now()
        found += [Late(runtime.name, row, now - row.due_at) for row in await list_late(runtime.pool, now)]
    return found


async def retry_row(runtimes: Iterable[Runtime], row_id: UUID) -> str:
    """Let a failed row be taken up again if it only asks for a command; says whose it was. Raises NotRetried."""
    for runtime in runtimes:
        kinds = only_asking(runtime.rooms.deadlines, runtime.rooms.effects)
        if await retry(runtime.pool, row_id, kinds):
            return runtime.name
        row = await find(runtime.pool, row_id)
        if row is not None:
            raise NotRetried(_why_not(row, row.kind in kinds))
    raise NotRetried(f"Nothing of id {row_id} is due in any service. `closedloop due list` shows what failed.")


def _why_not(row: DueRow, asks: bool) -> str:
    if row.state != "failed":
        return f"This {row.kind} has not failed: it is {row.state}, and tried again by itself."
    if asks:
        return f"This {row.kind} was taken up by another at this moment. Look at `closedloop due list` again."
    return (
        f"This {row.kind} may have left the house, so it is never tried again from here. "
        "Find out from its provider what became of it, and record that in the case."
    )
