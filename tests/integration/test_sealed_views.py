"""A view that shows nothing personal is kept, built anew and checked without a single question to the vault."""

from dataclasses import replace
from typing import Any

import pytest

from closedloop.verify.run import verify
from shared.privacy.keyring import Keyring
from shared.privacy.personal import holds_personal
from shared.projections.generations import live_table
from shared.projections.rebuild import rebuild
from shared.projections.view import View
from shared.projections.view_subscriber import ViewSubscriber
from tests.fixtures.runtimes import Workshop

pytestmark = pytest.mark.services("intake")


class Asked(Exception):
    """The vault was asked."""


class ShutVault:
    async def keys(self, *_: Any, **__: Any) -> dict[str, bytes | None]:
        raise Asked


SHUT = Keyring(ShutVault())  # type: ignore[arg-type]


def view(workshop: Workshop, name: str = "awaiting_judgement") -> View:
    found = workshop.view(name)
    assert any(holds_personal(event) for event in found.steps)
    return found


async def status(workshop: Workshop) -> str:
    found: str = await workshop.intake.pool.fetchval(f"select status from {workshop.rows_of('awaiting_judgement')}")
    return found


async def followed(workshop: Workshop, of: View) -> None:
    """The view takes in the whole log with a vault that opens nothing."""
    await workshop.relayed()
    runtime = workshop.intake
    subscriber = ViewSubscriber(await live_table(runtime.pool, of), runtime.pool, workshop.process.log, SHUT)
    await subscriber.take(range(workshop.process.log.partitions))
    await subscriber.apply(await workshop.all_records())


async def test_a_view_without_personal_columns_is_kept_up_without_the_vault(workshop: Workshop) -> None:
    await workshop.registered()
    await followed(workshop, view(workshop))
    assert await status(workshop) == "registered"
    assert await workshop.intake.pool.fetchval("select count(*) from parked") == 0


async def test_a_view_with_personal_columns_does_ask(workshop: Workshop) -> None:
    await workshop.registered()
    with pytest.raises(Asked):
        await followed(workshop, view(workshop, "register"))


async def test_a_view_without_personal_columns_is_built_anew_without_the_vault(workshop: Workshop) -> None:
    subject = await workshop.registered()
    await workshop.do(workshop.acknowledgement(subject))
    await workshop.relayed()
    await rebuild(workshop.intake.pool, workshop.process.log, SHUT, view(workshop))
    assert await status(workshop) == "acknowledged"
    with pytest.raises(Asked):
        await rebuild(workshop.intake.pool, workshop.process.log, SHUT, view(workshop, "register"))


async def test_views_without_personal_columns_are_verified_without_the_vault(workshop: Workshop) -> None:
    await workshop.registered()
    await workshop.relayed()
    await workshop.taken_in("intake")
    shut = replace(workshop.process, keyring=SHUT)

    def only(*views: View) -> Any:
        rooms = replace(workshop.intake.rooms, views=views)
        return {"intake": replace(workshop.intake, rooms=rooms, process=shut)}

    report = await verify(shut, only(view(workshop)))
    assert (report.ok, report.rows) == (True, 1)
    with pytest.raises(Asked):
        await verify(shut, only(view(workshop), view(workshop, "register")))
