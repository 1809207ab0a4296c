"""What changes only a row that is there makes none: as the view follows the log, built anew, and when checked."""

from dataclasses import replace

import pytest

from closedloop.verify.report import Report
from closedloop.verify.run import verify
from shared.events.intake import ComplaintAcknowledged, ComplaintRegistered
from shared.projections.generations import live_table
from shared.projections.rebuild import rebuild
from shared.projections.view import At, Update, Upsert, View, text
from shared.projections.view_subscriber import ViewSubscriber
from tests.fixtures.runtimes import Workshop

pytestmark = pytest.mark.services("intake")
PHONED = View("phoned", version=1, columns=(text("channel"), text("told_by")))


@PHONED.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert | None:
    return Upsert(at.subject_id, channel=event.channel) if event.channel == "phone" else None


@PHONED.on(ComplaintAcknowledged)
def acknowledged(event: ComplaintAcknowledged, at: At) -> Update:
    return Update(at.subject_id, told_by=event.channel)


async def followed(workshop: Workshop) -> str:
    """One complaint by phone and one by letter, both acknowledged, taken in by the view; gives that by phone."""
    phoned, written = await workshop.registered(), await workshop.registered(channel="letter")
    for subject in (phoned, written):
        await workshop.do(workshop.acknowledgement(subject))
    await workshop.relayed()
    process, pool = workshop.process, workshop.intake.pool
    subscriber = ViewSubscriber(await live_table(pool, PHONED), pool, process.log, process.keyring)
    await subscriber.take(range(process.log.partitions))
    for record in await workshop.all_records():
        await subscriber.apply([record])
    return phoned


async def rows(workshop: Workshop) -> list[tuple[str, ...]]:
    found = await workshop.intake.pool.fetch(f"select key, channel, told_by from views.{PHONED.full_name}")
    return [tuple(row) for row in found]


async def checked(workshop: Workshop) -> Report:
    rooms = replace(workshop.intake.rooms, views=(PHONED,))
    return await verify(workshop.process, {"intake": replace(workshop.intake, rooms=rooms)})


async def test_only_the_row_that_is_there_changes_however_the_view_came_about(workshop: Workshop) -> None:
    phoned = await followed(workshop)
    right = [(phoned.partition(":")[2], "phone", "sms")]
    assert await rows(workshop) == right
    await rebuild(workshop.intake.pool, workshop.process.log, workshop.process.keyring, PHONED)
    assert await rows(workshop) == right


async def test_verify_expects_no_row_where_none_was_made_and_names_one_that_is_there_all_the_same(
    workshop: Workshop,
) -> None:
    phoned = await followed(workshop)
    report = await checked(workshop)
    assert (report.ok, report.rows) == (True, 1)
    await workshop.intake.pool.execute(
        f"insert into views.{PHONED.full_name} select 'made-up', null, 'sms', _subject, _partition "
        f"from views.{PHONED.full_name} where key = $1",
        phoned.partition(":")[2],
    )
    assert (await checked(workshop)).kinds == {"row_unfounded": 1}
