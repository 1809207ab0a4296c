"""Parts of one installation restored from different instants: they agree again, and nothing is said or paid twice."""

import gzip
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from closedloop.backup.check import check
from closedloop.backup.heal import Allowed, heal
from closedloop.backup.heal_log import in_order
from closedloop.backup.heal_scan import CantHeal
from closedloop.backup.manifest import NotABackup
from closedloop.backup.place import connected
from closedloop.backup.restore import NotEmpty, restore
from closedloop.backup.take import take
from closedloop.backup.vaultfile import NoMasterKey
from closedloop.installation import SERVICES
from closedloop.postgres.server import binaries
from shared.projections.offsets import WrongLog
from tests.e2e.walk import Walk
from tests.fixtures.log import Broker
from tests.restore.conftest import History
from tests.restore.town import Town, verified

pytestmark = [pytest.mark.timeout(600)]


async def works_on(town: Town, history: History) -> None:
    """It verifies, still knows whom it forgot, has nothing left to pay, and takes new cases."""
    async with town.working() as house:
        report = await verified(house)
        assert report.ok, report.findings[:5]
        forgotten = (await house.get("li.na", f"intake/complaints/{history.complaints[1]}")).json()
        assert forgotten["complainant"] is None
        walk = await Walk(house).registered()
        assert (await walk.read("intake")).json()["status"] == "registered"
    keys = [line.partition('"key": ')[2].partition(",")[0] for line in town.paid()]
    assert len(keys) == len(set(keys)) == 2
    assert [row for row in await town.due("resolution") if row[0] == "payment" or row[2] == "failed"] == []


async def is_as_it_was(town: Town, history: History) -> None:
    """The very rows in their very order, with what is guarded and what is due because of them."""
    for service in SERVICES:
        assert await town.journal(service) == history.journals[service], service
        assert await town.guards(service) == history.guards[service], service
        assert await town.due(service) == history.due[service], service


async def is_all_there(town: Town, history: History) -> None:
    """Every event that was ever acknowledged, the same bytes, and none that was not."""
    for service in SERVICES:
        own = [(row[0], row[3], row[4]) for row in history.journals[service] if row[2] == service]
        assert await town.own_events(service) == own, service
        assert await town.guards(service) == history.guards[service], service


async def test_parts_of_one_instant_need_nothing(history: History) -> None:
    town = await history.restored()

    healed = await town.heal()

    assert (healed.into_log, healed.stores, healed.positions.subscribers) == (0, {}, 0)
    await is_as_it_was(town, history)
    assert (await town.heal()).nothing


async def test_stores_behind_the_log_get_their_own_events_again_from_it(history: History) -> None:
    town = await history.restored(**dict.fromkeys(SERVICES, "early") | {"resolution": "middle"})

    healed = await town.heal()

    assert set(healed.stores) >= {"intake", "investigation", "resolution", "callback"}
    await is_all_there(town, history)
    # The payment that was on its way in the older store is recorded in the log: it is never taken up again.
    assert healed.effects["resolution"].settled == 1
    await works_on(town, history)


def twice(rows: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
    return [*rows[:1], *rows]


async def test_a_log_behind_the_stores_gets_the_missing_events_again_from_them(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A relay may send twice: from there on everything stands at another place than it was read at.
    monkeypatch.setattr("closedloop.backup.heal.in_order", lambda told, rows: twice(in_order(told, rows)))
    town = await history.restored(log="early")

    healed = await town.heal()

    assert healed.into_log > 0 and healed.stores == {} and healed.positions.subscribers > 0
    await is_as_it_was(town, history)
    await works_on(town, history)


async def test_a_log_and_a_store_behind_the_others_heal_each_other(history: History) -> None:
    town = await history.restored(log="middle", investigation="early")

    healed = await town.heal()

    assert healed.into_log > 0 and list(healed.stores) == ["investigation"]
    await is_all_there(town, history)


async def test_what_the_provider_did_after_the_newest_part_is_asked_for_and_not_done_again(history: History) -> None:
    town = await history.restored(**dict.fromkeys((*SERVICES, "log", "vault"), "middle"))

    healed = await town.heal()

    assert healed.effects["resolution"].asked == 1
    async with town.working() as house:
        walk = Walk(house, history.paying)
        assert (await walk.shows("callback", "status", "due"))["cycle"] == 1
        assert (await verified(house)).ok
    assert len(town.paid()) == 2


async def test_where_the_payment_files_are_lost_too_people_find_out_what_became_of_a_payment(history: History) -> None:
    town = await history.towns.new(history.town, providers=history.towns.home / "put-back")
    await town.restore((history.middle, {*SERVICES, "log", "vault", "providers"}))
    assert len(town.paid()) == 1

    healed = await town.heal()

    assert (healed.effects["resolution"].held, healed.effects["resolution"].asked) == (1, 0)
    assert [row[0] for row in await town.due("resolution") if "payment" in row[0]] == ["payment-unknown"]


async def test_an_older_vault_erases_again_and_says_whose_keys_are_gone(history: History) -> None:
    town = await history.restored(vault="early")

    with pytest.raises(CantHeal, match=r"no key of 2 people .*--accept-loss"):
        await town.heal()
    healed = await town.heal(loss=True)

    assert (healed.keys_lost, healed.erased_again) == (2, 1)
    async with town.working() as house:
        assert (await verified(house)).ok
        shown = [(await house.get("li.na", f"intake/complaints/{each}")).json() for each in history.complaints]
        assert [row["complainant"] is None for row in shown] == [False, True, False, True, True]


async def test_what_is_in_no_part_is_refused_and_nothing_starts(history: History) -> None:
    town = await history.restored(log="middle", resolution="middle")
    before = await town.journal("resolution")

    with pytest.raises(CantHeal, match="later back-up"):
        await town.heal()

    assert await town.journal("resolution") == before
    with pytest.raises(WrongLog, match="closedloop restore heal"):
        async with town.working():
            pass


class Killed(Exception):
    """As far as the databases can tell: whatever was not committed is gone."""


def killed_at(what: str) -> Callable[[str, int, int], None]:
    def say(doing: str, done: int, of: int) -> None:
        if doing == what:
            raise Killed

    return say


async def test_a_restore_that_was_killed_goes_on(history: History) -> None:
    town = await history.towns.new(history.town)
    for part in ("resolution", "log", "vault"):
        async with town.place() as place:
            with pytest.raises(Killed):
                await restore(place, history.late / "all", history.late / "vault", (), killed_at(part))
    await town.restore((history.late, {*SERVICES, "log", "vault"}))

    await town.heal()

    await is_as_it_was(town, history)


async def test_a_heal_that_was_killed_goes_on_and_nothing_starts_before(history: History) -> None:
    town = await history.restored(log="middle", investigation="early", intake="middle")
    for step in ("putting events into the log", "giving intake its events back", "giving callback its events back"):
        async with town.place() as place:
            with pytest.raises(Killed):
                await heal(place, Allowed(loss=True), killed_at(step))
        with pytest.raises(WrongLog, match="closedloop restore heal"):
            async with town.working():
                pass

    await town.heal(loss=True)

    assert (await town.heal()).nothing


async def test_a_store_that_somebody_put_back_by_other_means_is_refused_at_the_start(history: History) -> None:
    town = await history.restored(callback="middle")
    async with town.place() as place:
        for service in SERVICES:
            async with connected(place.owner(service)) as connection:
                await connection.execute("update offsets set log = replace(log, 'restored:', '')")

    with pytest.raises(WrongLog, match=r"tells of callback what its store does not hold.*closedloop restore heal"):
        async with town.working():
            pass

    await town.heal()
    await is_all_there(town, history)


async def test_another_log_takes_the_place_of_a_lost_one_only_when_somebody_says_so(history: History) -> None:
    town = await history.towns.new(history.town)
    await town.restore((history.late, {*SERVICES, "vault"}))

    with pytest.raises(CantHeal, match="closedloop restore heal --new-log"):
        await town.heal()
    healed = await town.heal(new_log=True)

    assert healed.into_log == sum(row[2] == service for service in SERVICES for row in history.journals[service])
    await is_as_it_was(town, history)


async def test_a_backup_that_was_changed_is_found_and_not_restored(history: History, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(history.late, copy)
    assert await check(copy / "all") == await check(copy / "vault") == []
    changed = copy / "all" / "log" / "07.jsonl.gz"
    *before, last = changed.read_bytes()
    changed.write_bytes(bytes([*before, last ^ 1]))
    (copy / "all" / "desk.dump").unlink()

    found = await check(copy / "all")

    assert [line.partition(":")[0] for line in found] == ["desk", "log/07"]
    town = await history.towns.new(history.town)
    with pytest.raises(NotABackup, match="nothing was restored"):
        await town.restore((copy, {*SERVICES, "log"}))
    assert await town.journal("intake") == []


async def test_a_backup_goes_into_what_is_empty_and_nowhere_else(history: History) -> None:
    with pytest.raises(NotEmpty, match="database of intake is not empty"):
        await history.town.restore((history.early, {"intake"}))
    keyless = await history.towns.new()
    with pytest.raises(NoMasterKey, match="no back-up holds it"):
        await keyless.restore((history.early, {"vault"}))
    async with history.town.place() as place:
        with pytest.raises(ValueError, match="Keep the vault's back-up apart"):
            await take(place, history.towns.home / "new", history.towns.home / "new" / "vault")


def test_no_key_and_no_name_in_clear_is_in_a_backup(history: History) -> None:
    """The vault's rows are wrapped, and the views, where names stand in clear, are left out."""
    keys = [(history.town.settings.data / name).read_bytes() for name in ("master.key", "issuer.key")]
    found = subprocess.run(
        [str(binaries() / "pg_restore"), "--file=-", str(history.late / "all" / "intake.dump")],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    assert b"complaint:" in found and b"views." not in found
    bodies = [path.read_bytes() for path in history.late.rglob("*") if path.is_file() and path.suffix != ".gz"]
    bodies += [gzip.decompress(path.read_bytes()) for path in history.late.rglob("*.gz")]
    for body in [*bodies, found]:
        assert not any(key in body for key in keys)
        assert "王芳".encode() not in body and b"Anna Forgotten" not in body


@pytest.mark.kafka
async def test_an_installation_moves_to_apache_kafka_with_its_log_or_without(history: History, broker: Broker) -> None:
    if broker.kind == "mock":
        pytest.skip("the mock's topics have four partitions, and its log forgets")
    with_log, without = [
        await history.towns.new(history.town, kafka=broker.bootstrap, topic=f"closedloop.restored.{uuid4().hex[:8]}")
        for _ in range(2)
    ]
    await with_log.restore((history.late, {*SERVICES, "log", "vault"}))
    await without.restore((history.late, {*SERVICES, "vault"}))

    assert (await with_log.heal(new_log=True)).into_log == 0
    assert (await without.heal(new_log=True)).into_log > 0

    await is_as_it_was(with_log, history)
    await is_as_it_was(without, history)
