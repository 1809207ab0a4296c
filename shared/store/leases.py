"""Who does what for the moment. Leases are politeness, so that two workers seldom do the same; fences are elsewhere."""

from dataclasses import dataclass

from shared.store.connections import Pool

# A lease that a crash forgets is merely taken again, so that no commit of one waits for the disk.
_TAKE = """
with unhurried as (select set_config('synchronous_commit', 'off', true))
insert into leases (name, owner, until)
select name, $2, clock_timestamp() + make_interval(secs => $3) from unnest($1::text[]) name, unhurried
on conflict (name) do update set owner = excluded.owner, until = excluded.until
  where leases.owner = excluded.owner or leases.until < clock_timestamp()
returning name
"""
_RELEASE = "delete from leases where name = any($1) and owner = $2"
_WORKERS = """
select owner from leases where name like 'worker:%' and until > clock_timestamp() order by owner
"""

LIFE = 6.0
"""Seconds a lease lives without being renewed: how long a killed worker's partitions stand still at most."""


async def take(pool: Pool, names: list[str], owner: str, life: float = LIFE) -> set[str]:
    """Take or renew leases, by the database's clock, in one statement; says which are ours now."""
    return {record["name"] for record in await pool.fetch(_TAKE, names, owner, life)}


async def release(pool: Pool, names: list[str], owner: str) -> None:
    await pool.execute(_RELEASE, names, owner)


@dataclass
class PartitionLeases:
    """This worker's fair share of the partitions: worker k of n takes every partition p with p % n == k."""

    pool: Pool
    owner: str
    partitions: int
    mine: frozenset[int] = frozenset()

    async def renew(self) -> frozenset[int]:
        """Renew what is ours, take what should be and is free, release what is another's by now."""
        await take(self.pool, [f"worker:{self.owner}"], self.owner)
        workers = [record["owner"] for record in await self.pool.fetch(_WORKERS)]
        share = {p for p in range(self.partitions) if workers[p % len(workers)] == self.owner}
        if surplus := self.mine - share:
            await release(self.pool, [f"partition:{p}" for p in surplus], self.owner)
        taken = await take(self.pool, [f"partition:{p}" for p in sorted(share)], self.owner)
        self.mine = frozenset(p for p in share if f"partition:{p}" in taken)
        return self.mine

    async def leave(self) -> None:
        """Give everything back at once, so that others need not wait for it to expire."""
        names = [f"worker:{self.owner}", *(f"partition:{p}" for p in range(self.partitions))]
        await release(self.pool, names, self.owner)
        self.mine = frozenset()
