"""Workers are killed while they pay: whatever they were doing, each payment is made once and recorded once (N6)."""

import asyncio
import signal
import sys
import textwrap
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shared.providers.http import HttpProvider
from tests.fixtures.errands import PAYMENT, Errands
from tests.fixtures.payment_service import Behaviour, Exchange, PaymentService, payment_service
from tests.fixtures.runtimes import Workshop
from tests.unit.test_providers import token_file

pytestmark = [pytest.mark.services("resolution"), pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[2]
PAID = ["remedy.step-executed"]


@pytest.fixture
async def service() -> AsyncIterator[PaymentService]:
    async with payment_service() as service:
        yield service


@pytest.fixture
async def errands(workshop: Workshop, service: PaymentService, tmp_path: Path) -> AsyncIterator[Errands]:
    provider = HttpProvider(service.url, token_file(tmp_path))
    yield Errands.of(workshop.runtimes["resolution"], provider, PAYMENT)
    await provider.close()


@asynccontextmanager
async def worker_process(workshop: Workshop, service: PaymentService, token: Path) -> AsyncIterator[Process]:
    """The toy service's worker as a process of its own; killed at the end at the latest."""
    # A data folder of its own, as another machine would have it, and the same master key.
    data, master_key = token.parent / "worker", workshop.process.settings.data / "master.key"
    script = f"""
    import asyncio
    from pathlib import Path
    from closedloop.system import rooms_of
    from shared.config import Settings
    from shared.runtime import open_process, open_runtime
    from tests.fixtures.errands import PAYMENT, Errands

    async def work():
        settings = Settings(data={str(data)!r}, master_key={str(master_key)!r}, payments_url={service.url!r},
                            payments_token={str(token)!r})
        async with open_process(settings, {workshop.dsns!r}.__getitem__) as process:
            async with open_runtime(rooms_of("resolution"), process) as runtime:
                errands = Errands.of(runtime, process.providers["payments"], PAYMENT)
                while True:
                    await errands.worker().work_once()

    asyncio.run(work())
    """
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", textwrap.dedent(script), cwd=ROOT)
    try:
        yield process
    finally:
        assert process.returncode is None, "it ended by itself"
        process.send_signal(signal.SIGKILL)
        await process.wait()


def reached(here: asyncio.Event, *, pays: bool) -> Behaviour:
    """It says when the request has come, pays or not, and answers nothing."""

    async def behaviour(exchange: Exchange) -> None:
        if pays:
            exchange.keep()
        here.set()
        await exchange.stall()

    return behaviour


@pytest.mark.parametrize("paid", [True, False], ids=["after it was paid", "before it was paid"])
async def test_a_worker_killed_while_it_waits_for_the_answer_leaves_it_to_the_next_to_find_out(
    workshop: Workshop, errands: Errands, service: PaymentService, tmp_path: Path, paid: bool
) -> None:
    subject, here = await errands.begun(), asyncio.Event()
    service.then.append(reached(here, pays=paid))
    async with worker_process(workshop, service, token_file(tmp_path)):
        await here.wait()
    assert len(service.paid) == paid
    (row,) = await errands.rows()
    assert row["state"] == "sending"
    await errands.work()
    assert [each.method for each in service.asked] == (["POST", "GET"] if paid else ["POST", "GET", "POST"])
    assert service.keys_paid == [str(row["id"])]
    assert await errands.facts(subject) == PAID


async def test_workers_that_are_killed_over_and_over_pay_and_record_every_payment_once(
    workshop: Workshop, errands: Errands, service: PaymentService, tmp_path: Path
) -> None:
    subjects = [await errands.begun() for _ in range(60)]
    keys = sorted(str(row["id"]) for row in await errands.rows())
    token = token_file(tmp_path)
    for paid in (1, 20, 45):
        async with worker_process(workshop, service, token) as process:
            while len(service.paid) < paid:
                assert process.returncode is None
                await asyncio.sleep(0.001)
        await errands.runtime.pool.execute("update due set not_before = null")
    while await errands.rows():
        await errands.work()
    assert sorted(service.keys_paid) == keys
    assert [await errands.facts(subject) for subject in subjects] == [PAID] * len(subjects)
