"""How a service stands, in numbers: for operators and for alerts. Nothing in them is personal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.store.connections import Pool

LATE = timedelta(seconds=60)
"""How overdue something is before it is late: workers look four times a second, and another takes over in 6 s."""

_FIGURES = """
select 'outbox' as kind, null as name, null::int as partition, count(*) as n,
       coalesce(extract(epoch from clock_timestamp() - min(written_at)), 0)::float8 as age from outbox
union all
select 'parked', subscriber, null, count(*), extract(epoch from clock_timestamp() - min(parked_at))::float8
from parked group by subscriber
union all
select 'failed', null, null, count(*), 0 from due where state = 'failed'
union all
select 'late', null, null, count(*), 0 from due where state in ('waiting', 'sending') and due_at <= $1
union all
select 'position', subscriber, partition, next_offset, 0 from offsets
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many events wait, and for how many seconds the oldest has."""

    events: int
    oldest: float


NONE_WAIT = Waiting(0, 0.0)


@dataclass(slots=True)
class Figures:
    """One service's, of all its processes together, at one instant."""

    outbox: Waiting = NONE_WAIT
    parked: dict[str, Waiting] = field(default_factory=dict)
    """By subscriber; only those where something waits."""
    due_late: int = 0
    due_failed: int = 0
    positions: dict[str, dict[int, int]] = field(default_factory=dict)
    """By subscriber and partition: the offset that it takes in next."""

    def parked_of(self, subscriber: str) -> Waiting:
        return self.parked.get(subscriber, NONE_WAIT)

    def behind(self, ends: Mapping[int, int]) -> dict[str, dict[int, int]]:
        """By subscriber and partition, how many records of the log it has not taken in yet."""
        return {
            name: {p: max(0, end - taken.get(p, 0)) for p, end in sorted(ends.items())}
            for name, taken in self.positions.items()
        }


async def figures(pool: Pool, now: datetime) -> Figures:
    """The figures as they are; `now` is the business instant that what is due is measured by."""
    found = Figures()
    for record in await pool.fetch(_FIGURES, now - LATE):
        count, age = record["n"], max(0.0, record["age"])
        match record["kind"]:
            case "outbox":
                found.outbox = Waiting(count, age)
            case "parked":
                found.parked[record["name"]] = Waiting(count, age)
            case "failed":
                found.due_failed = count
            case "late":
                found.due_late = count
            case "position":
                found.positions.setdefault(record["name"], {})[record["partition"]] = count
    return found
