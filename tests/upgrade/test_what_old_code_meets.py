"""Old code meets facts of newer code: it passes over what it may, waits with what it must, and newer code lets go."""

import pytest

from shared.events.base import UnknownType, _registry
from shared.events.intake import ComplaintAcknowledged
from shared.events.upcast import _steps, upcast
from shared.projections.releasing import Releasing
from shared.store.execute import Kernel
from tests.fixtures.runtimes import Workshop

KIND = "complaint.acknowledged"


async def parked(workshop: Workshop, service: str = "investigation") -> list[tuple[str, str]]:
    rows = await workshop.runtimes[service].pool.fetch("select subscriber, reason from parked order by subscriber")
    return [tuple(row) for row in rows]


async def learned(workshop: Workshop) -> list[str]:
    rows = await workshop.runtimes["investigation"].pool.fetch("select type from journal order by subject, revision")
    return [row["type"] for row in rows]


async def release(workshop: Workshop, service: str = "investigation") -> int:
    runtime = workshop.runtimes[service]
    return await Releasing(runtime.pool, runtime.subscribers).once()


def another_process(workshop: Workshop) -> Kernel:
    """Of intake: one that remembers nothing yet."""
    runtime = workshop.intake
    return Kernel(runtime.rooms.service, runtime.pool, runtime.process.keyring, runtime.process.clock)


async def test_a_fact_of_its_own_service_that_it_does_not_know_is_passed_over_unless_it_is_critical(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = await workshop.registered()
    await workshop.do(workshop.acknowledgement(subject))
    monkeypatch.delitem(_registry, KIND)
    state = await another_process(workshop).state(subject)
    assert state.acknowledged is None and state.person
    monkeypatch.delitem(_registry, "complaint.registered")
    with pytest.raises(UnknownType):
        await another_process(workshop).state(subject)


async def test_a_newer_version_of_what_it_wants_waits_and_newer_code_takes_it_in_by_itself(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = await workshop.registered()
    monkeypatch.setattr(ComplaintAcknowledged, "wire_version", 2)
    await workshop.do(workshop.acknowledgement(subject))
    monkeypatch.undo()
    await workshop.relayed()
    await workshop.taken_in("investigation")
    assert ("decide", "unknown_type") in await parked(workshop)
    assert await learned(workshop) == ["complaint.registered"]
    # Code that does not know it either leaves it as it is.
    assert await release(workshop) == 0
    monkeypatch.setattr(ComplaintAcknowledged, "wire_version", 2)
    monkeypatch.setitem(_steps, (KIND, 1), lambda data: data)
    assert await release(workshop) > 0
    assert await parked(workshop) == []
    assert await learned(workshop) == ["complaint.registered", KIND]


async def test_a_second_version_says_what_the_first_said_in_its_own_shape(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told in the first version, read by code of the second: by its state, and by its register."""
    subject = await workshop.registered()
    await workshop.do(workshop.acknowledgement(subject))
    await workshop.relayed()
    monkeypatch.setattr(ComplaintAcknowledged, "wire_version", 2)
    monkeypatch.delitem(_steps, (KIND, 1), raising=False)
    with pytest.raises(UnknownType, match="no way up"):
        await another_process(workshop).state(subject)

    @upcast(KIND, 1)
    def in_the_second_the_proof_names_its_channel(data: dict[str, str]) -> dict[str, str]:
        return data | {"proof": f"{data['channel']}:{data['proof']}"}

    try:
        assert (await another_process(workshop).state(subject)).acknowledged.proof == "sms:sms-1"
        await workshop.taken_in("intake")
        status = await workshop.intake.pool.fetchval(f"select status from {workshop.rows_of('register')}")
        assert status == "acknowledged"
    finally:
        del _steps[KIND, 1]
