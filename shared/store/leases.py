"""Who does what for the moment. Leases are politeness, so that two workers seldom do the same; fences are elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from shared.store.connections import Pool

# A lease that a crash forgets is merely taken again, so that no commit of one waits for the disk.
_TAKE = """
with unhurried as (select set_config('synchronous_commit', 'off', true))
insert into leases (name, owner, until, runs)
select name, $2, clock_timestamp() + make_interval(secs => $3), $4::text[] from unnest($1::text[]) name, unhurried
on conflict (name) do update set owner = excluded.owner, until = excluded.until, runs = excluded.runs
  where leases.owner = excluded.owner or leases.until < clock_timestamp()
returning name
"""
_RELEASE = "delete from leases where name = any($1) and owner = $2"
_WORKERS = "select owner, runs from leases where name like 'worker:%' and until > clock_timestamp() order by owner"

LIFE = 6.0
"""Seconds a lease lives without being renewed: how long a killed worker's partitions stand still at most."""

Runs = frozenset[str]
"""What a worker runs: `decide`, and the versions of views that its code knows. Workers of other code run others."""


async def take(
    pool: Pool, names: list[str], owner: str, life: float = LIFE, runs: Iterable[str] | None = None
) -> set[str]:
    """Take or renew leases, by the database's clock, in one statement; says which are ours now."""
    told = None if runs is None else sorted(runs)
    return {record["name"] for record in await pool.fetch(_TAKE, names, owner, life, told)}


async def release(pool: Pool, names: list[str], owner: str) -> None:
    await pool.execute(_RELEASE, names, owner)


def shares(workers: Mapping[str, Runs], owner: str, partitions: int) -> dict[str, dict[str, int]]:
    """For each thing that the owner runs: the leases of its share, by name, with their partitions.

    It is shared among those who run it: while old code and new run at once, each keeps its own views of every
    partition, however the others are divided. Worker k of n takes every partition p with p % n == k.
    """
    found = {}
    for each in workers[owner]:
        runners = sorted(name for name, runs in workers.items() if each in runs)
        prefix = _prefix({workers[name] for name in runners}, set(workers.values()))
        mine = (p for p in range(partitions) if runners[p % len(runners)] == owner)
        found[each] = {f"{prefix}:{p}": p for p in mine}
    return found


def _prefix(runners: set[Runs], everybody: set[Runs]) -> str:
    """One lease stands for all that the same workers run: for what all of them do, and for what only some code knows.

    It is named by that code, not by the workers, so that one worker more or less changes no name.
    """
    if runners == everybody:
        return "partition"
    told = sorted(",".join(sorted(runs)) for runs in runners)
    return f"only:{sha256(';'.join(told).encode()).hexdigest()[:8]}"


@dataclass
class PartitionLeases:
    """This worker's fair share of the partitions, of each thing that it runs."""

    pool: Pool
    owner: str
    partitions: int
    runs: Runs = frozenset({"decide"})
    shared: dict[str, frozenset[int]] = field(default_factory=dict)
    _held: set[str] = field(default_factory=set)

    @property
    def mine(self) -> frozenset[int]:
        """The partitions in which this worker learns, reacts and, with its like, keeps views."""
        return self.shared.get("decide", frozenset())

    async def renew(self) -> dict[str, frozenset[int]]:
        """Renew what is ours, take what should be and is free, release what is another's by now."""
        await take(self.pool, [f"worker:{self.owner}"], self.owner, runs=self.runs)
        workers = {record["owner"]: frozenset(record["runs"] or ()) for record in await self.pool.fetch(_WORKERS)}
        share = shares(workers | {self.owner: self.runs}, self.owner, self.partitions)
        wanted = {name for leases in share.values() for name in leases}
        if surplus := self._held - wanted:
            await release(self.pool, sorted(surplus), self.owner)
        self._held = await take(self.pool, sorted(wanted), self.owner)
        self.shared = {
            each: frozenset(p for name, p in leases.items() if name in self._held) for each, leases in share.items()
        }
        return self.shared

    async def leave(self) -> None:
        """Give everything back at once, so that others need not wait for it to expire."""
        await release(self.pool, [f"worker:{self.owner}", *sorted(self._held)], self.owner)
        self._held.clear()
        self.shared = {}
