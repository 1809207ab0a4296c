"""What is due: deadlines become commands once, effects leave the house once, and nobody sends blindly."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.decide.due import OutcomeUnknown, Sent
from shared.runtime import Runtime
from shared.store.due import DueWorker
from tests.fixtures.history import stated
from tests.fixtures.runtimes import Workshop
from tests.unit.callback import examples as callback
from tests.unit.resolution.examples import Told


@dataclass
class Teller:
    """A payment provider that remembers; it may fall silent before or after it has paid."""

    paid: dict[str, dict[str, Any]] = field(default_factory=dict)
    silent_before: int = 0
    silent_after: int = 0
    asked: int = 0

    async def send(self, key: str, request: dict[str, Any]) -> Sent:
        if self.silent_before:
            self.silent_before -= 1
            raise OutcomeUnknown
        assert key not in self.paid, "paid twice"
        self.paid[key] = request
        if self.silent_after:
            self.silent_after -= 1
            raise OutcomeUnknown
        return Sent(receipt=f"r-{key}")

    async def look_up(self, key: str) -> Sent | None:
        self.asked += 1
        return Sent(receipt=f"r-{key}") if key in self.paid else None


def told_of(subject: str) -> Told:
    return Told(complaint=UUID(subject.partition(":")[2]))


def worker(runtime: Runtime, teller: Teller) -> DueWorker:
    return DueWorker(
        runtime.kernel, runtime.pool, runtime.process.clock, runtime.process.keyring,
        runtime.rooms.deadlines, runtime.rooms.effects, {"payments": teller},
    )  # fmt: skip


async def at_once(runtime: Runtime) -> None:
    """As if the pause before the next try were over."""
    await runtime.pool.execute("update due set not_before = null")


async def own(runtime: Runtime, subject: str) -> list[str]:
    rows = await runtime.pool.fetch("select type from journal where subject = $1 order by revision", subject)
    return [row["type"] for row in rows]


@pytest.mark.services("callback")
async def test_a_deadline_becomes_a_command_once_and_not_before_its_instant(workshop: Workshop) -> None:
    runtime, subject = workshop.runtimes["callback"], f"complaint:{uuid4()}"
    soon = workshop.process.clock.now() + timedelta(hours=1)
    await stated(runtime, subject, (callback.registered(), callback.replied(), callback.scheduled(due_at=soon)))
    working = worker(runtime, Teller())
    assert await working.work_once() == 0
    workshop.process.clock.advance(timedelta(hours=2))
    assert await working.work_once() == 1
    assert await working.work_once() == 0
    assert await runtime.pool.fetchval("select count(*) from due") == 0
    assert (await own(runtime, subject))[-1] == "callback.deadline-passed"


@pytest.mark.services("resolution")
async def test_a_payment_whose_answer_was_lost_is_looked_up_and_not_sent_again(workshop: Workshop) -> None:
    runtime, subject = workshop.runtimes["resolution"], f"complaint:{uuid4()}"
    await stated(runtime, subject, told_of(subject).up_to_start())
    teller = Teller(silent_after=1)
    working = worker(runtime, teller)
    await working.work_once()
    assert len(teller.paid) == 1
    assert await runtime.pool.fetchval("select state from due") == "sending"
    await at_once(runtime)
    await working.work_once()
    assert (len(teller.paid), teller.asked) == (1, 1)
    assert (await own(runtime, subject))[-1] == "resolution.concluded"


@pytest.mark.services("resolution")
async def test_a_payment_that_never_arrived_is_sent_after_the_provider_said_so(workshop: Workshop) -> None:
    runtime, subject = workshop.runtimes["resolution"], f"complaint:{uuid4()}"
    await stated(runtime, subject, told_of(subject).up_to_start())
    teller = Teller(silent_before=1)
    working = worker(runtime, teller)
    await working.work_once()
    assert teller.paid == {}
    await at_once(runtime)
    await working.work_once()
    assert (len(teller.paid), teller.asked) == (1, 1)
    assert (await own(runtime, subject))[-1] == "resolution.concluded"


@pytest.mark.services("resolution")
async def test_two_workers_take_a_row_once(workshop: Workshop) -> None:
    runtime, subject = workshop.runtimes["resolution"], f"complaint:{uuid4()}"
    await stated(runtime, subject, told_of(subject).up_to_start())
    teller = Teller()
    first, second = worker(runtime, teller), worker(runtime, teller)
    taken = [await first.work_once(), await second.work_once()]
    assert taken == [2, 0], "the payment, and the lapse of an offer that was accepted long before"
    assert len(teller.paid) == 1
    assert (await own(runtime, subject)).count("remedy.step-executed") == 1
