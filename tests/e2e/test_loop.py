"""A complaint goes round the whole loop, by HTTP, on both logs."""

import tempfile
from pathlib import Path

import pytest

from closedloop.attach import settled
from closedloop.timeline import timeline
from closedloop.verify.run import verify
from tests.e2e.walk import AUDITOR, Walk
from tests.fixtures.log import Broker
from tests.fixtures.system import House, open_house, settings_for


async def round_the_loop(house: House) -> None:
    walk = await Walk(house).archived()
    told = await timeline(house.system.runtimes.values(), walk.id)
    assert [entry.type for entry in told] == [
        "complaint.registered", "complaint.acknowledged", "complaint.classified", "complaint.established",
        "complaint.department-assigned", "investigation.opened", "investigation.investigator-assigned",
        "investigation.evidence-added", "investigation.cause-identified", "investigation.findings-submitted",
        "investigation.findings-accepted", "remedy.option-proposed", "remedy.submitted", "remedy.approved",
        "remedy.offered", "remedy.accepted", "remedy.execution-started", "remedy.step-executed", "remedy.executed",
        "resolution.concluded", "callback.scheduled", "callback.attempted", "callback.customer-satisfied",
        "complaint.closed", "callback.record-audited", "complaint.summarised", "complaint.archived",
    ]  # fmt: skip
    reopened = await Walk(house).reopened()
    await reopened.shows("investigation", "cycle", 2)
    await Walk(house).replied()
    await settled(house.system.process, dict(house.system.runtimes))
    report = await verify(house.system.process, house.system.runtimes)
    assert report.ok, report.as_data()


async def test_a_complaint_goes_round_the_loop(house: House) -> None:
    await round_the_loop(house)


@pytest.mark.kafka
async def test_the_same_loop_on_the_other_log(house: House, broker: Broker) -> None:
    if broker.kind == "mock":
        pytest.skip("librdkafka's mock has 4 partitions; the system needs 24")
    kafka = None if house.system.settings.kafka else broker.bootstrap
    with tempfile.TemporaryDirectory(prefix="closedloop-other-log-") as data:
        async with open_house(settings_for(Path(data), kafka)) as other:
            await round_the_loop(other)


async def test_who_is_asked_sees_the_register(house: House) -> None:
    walk = await Walk(house).registered()
    shown = (await walk.read("intake", AUDITOR)).json()
    assert shown["complainant"] == "王芳 Wang Fang"
    assert shown["status"] == "registered"
