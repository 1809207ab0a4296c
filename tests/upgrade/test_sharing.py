"""Who keeps what of which partition, while workers of several editions run at once."""

from collections.abc import Mapping

from shared.store.leases import PartitionLeases, Runs, shares
from tests.fixtures.runtimes import Workshop

OLD, NEW = (
    frozenset({"decide", "view:cases_v1", "view:notes_v1"}),
    frozenset({"decide", "view:cases_v2", "view:notes_v1"}),
)
ALL = set(range(24))


def kept(workers: Mapping[str, Runs]) -> dict[str, dict[str, set[int]]]:
    """For everything that somebody runs: each worker's partitions of it."""
    found: dict[str, dict[str, set[int]]] = {}
    for owner in workers:
        for each, leases in shares(workers, owner, 24).items():
            found.setdefault(each, {})[owner] = set(leases.values())
    return found


def test_every_partition_of_everything_is_kept_by_exactly_one_of_those_who_run_it() -> None:
    for workers in (
        {"a": OLD},
        {"a": OLD, "b": OLD},
        {"a": OLD, "b": NEW},
        {"a": OLD, "b": OLD, "c": NEW},
        {"a": OLD, "b": NEW, "c": NEW, "d": frozenset({"decide"})},
    ):
        for each, owners in kept(workers).items():
            assert set().union(*owners.values()) == ALL, (workers, each)
            assert sum(len(partitions) for partitions in owners.values()) == 24
            assert all(each in workers[owner] for owner in owners)


def test_each_edition_keeps_its_own_version_of_a_view_in_every_partition() -> None:
    found = kept({"a": OLD, "b": NEW})
    assert found["view:cases_v1"] == {"a": ALL}
    assert found["view:cases_v2"] == {"b": ALL}
    assert {owner: len(partitions) for owner, partitions in found["view:notes_v1"].items()} == {"a": 12, "b": 12}
    assert found["decide"] == found["view:notes_v1"]


def test_no_lease_stands_for_two_workers_and_one_worker_more_of_the_same_edition_renames_none() -> None:
    for workers in ({"a": OLD, "b": NEW}, {"a": OLD, "b": NEW, "c": NEW}, {"a": NEW, "b": NEW}):
        names = [{name for leases in shares(workers, owner, 24).values() for name in leases} for owner in workers]
        assert sum(map(len, names)) == len(set().union(*names))
    one, two = ({"a": OLD, "b": NEW}, {"a": OLD, "b": NEW, "c": NEW})
    before = set(shares(one, "a", 24)["view:cases_v1"])
    assert set(shares(two, "a", 24)["view:cases_v1"]) == before
    assert set(shares({"b": NEW}, "b", 24)["view:cases_v2"]) == {f"partition:{p}" for p in range(24)}


async def test_workers_give_up_what_they_no_longer_share(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    old, new = PartitionLeases(pool, "old", 24, OLD), PartitionLeases(pool, "new", 24, NEW)
    assert await old.renew() == dict.fromkeys(OLD, ALL)
    assert (await new.renew())["view:cases_v2"] == ALL
    assert new.mine == frozenset(), "the old one has not given anything back yet"
    await old.renew()
    await new.renew()
    assert (len(old.mine), len(new.mine)) == (12, 12)
    assert old.mine | new.mine == ALL
    assert old.shared["view:cases_v1"] == ALL
    await old.leave()
    await new.renew()
    assert new.shared == dict.fromkeys(NEW, ALL)
    await new.leave()
    assert await pool.fetch("select name from leases") == []
