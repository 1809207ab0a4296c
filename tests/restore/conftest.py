"""One history, backed up at three instants while it happened, for all that is then lost and restored."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from closedloop.attach import settled
from closedloop.installation import SERVICES
from tests.e2e.walk import EXECUTOR, Walk
from tests.fixtures.postgres import PostgresServer
from tests.patience import Tries
from tests.restore.town import Journal, Town, Towns, towns_on


@dataclass
class History:
    """What happened in the first town, and its back-ups: `early`, `middle` (a payment is on its way), `late`."""

    towns: Towns
    town: Town
    early: Path
    middle: Path
    late: Path
    erased: str = ""
    """Whose key was destroyed after the early back-up."""
    complaints: list[str] = field(default_factory=list)
    paying: str = ""
    """The complaint whose payment was on its way at the middle one."""
    journals: dict[str, Journal] = field(default_factory=dict)
    guards: dict[str, Journal] = field(default_factory=dict)
    due: dict[str, Journal] = field(default_factory=dict)

    async def restored(self, **older: str) -> Town:
        """A new town: each part from the late back-up, those named from another (`log="early"`)."""
        town = await self.towns.new(self.town)
        by_source: dict[str, set[str]] = {}
        for part in (*SERVICES, "log", "vault"):
            by_source.setdefault(older.get(part, "late"), set()).add(part)
        await town.restore(*((getattr(self, name), parts) for name, parts in sorted(by_source.items())))
        return town


@pytest.fixture(scope="module")
async def history(postgres_server: PostgresServer, migrated: Callable[[str], Awaitable[str]]) -> AsyncIterator[History]:
    async with towns_on(postgres_server, migrated) as towns:
        yield await told(towns)


async def told(towns: Towns) -> History:
    """Three instants of one afternoon."""
    town = await towns.new()
    history = History(towns, town, towns.home / "early", towns.home / "middle", towns.home / "late")
    async with town.gated() as (house, gate):
        paid = await Walk(house).executed()
        leaving = await Walk(house).registered(complainant="Anna Forgotten")
        waiting = await Walk(house).offered()
        await town.back_up(history.early)

        history.erased = await owner_of(town, leaving.id)
        await house.system.process.keyring._vault.destroy(history.erased)
        gate.shut = True
        paying = await Walk(house).accepted()
        await paying.step(EXECUTOR, "resolution", "execution", {"digest": paying.digest})
        await is_tried(town)
        await settled(house.system.process, dict(house.system.runtimes))
        await town.back_up(history.middle)

        gate.shut = False
        await town_pays(town, 2)
        await paying.shows("callback", "status", "due")
        await waiting.step("yang.fan", "resolution", "acceptance", waiting.acceptance())
        await paid.reached()
        new = await Walk(house).registered()
        history.complaints = [walk.id for walk in (paid, leaving, waiting, paying, new)]
        history.paying = paying.id
    await town.back_up(history.late)
    for service in SERVICES:
        history.journals[service] = await town.journal(service)
        history.guards[service] = await town.guards(service)
        history.due[service] = await town.due(service)
    assert len(town.paid()) == 2
    return history


async def owner_of(town: Town, complaint: str) -> str:
    rows = await town._rows("intake", f"select convert_from(body, 'utf8')::jsonb #>> '{{data,complainant,owner}}' from "
                            f"journal where subject = 'complaint:{complaint}' and version = 1")  # fmt: skip
    assert rows[0][0]
    return str(rows[0][0])


async def is_tried(town: Town) -> None:
    """A payment was taken up, and the provider could not be reached."""
    async for _ in Tries():
        if any(kind == "payment" and error == "NotTaken" for kind, _, _, error in await town.due("resolution")):
            return
    raise AssertionError("nobody tried to pay")


async def town_pays(town: Town, lines: int) -> None:
    async for _ in Tries():
        if len(town.paid()) == lines:
            return
    raise AssertionError(town.paid())
