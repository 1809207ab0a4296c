"""Guards under the microscope: wheels turned by hand, asked over HTTP, judged by the checks of the suite."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import asyncpg
import httpx2

from shared.db import Connection
from shared.eventlog.protocol import EventLog, LogUnavailable, Outgoing
from shared.eventlog.relay import Relay
from shared.projections.incoming import Incoming
from shared.projections.offsets import Fenced
from shared.projections.subscriber import Subscriber
from shared.runtime import Runtime
from shared.store.append import Item
from shared.store.execute import Kernel
from shared.web.app import app_for
from tests.chaos.checks import Findings, everything
from tests.chaos.provider import Provider
from tests.chaos.town import Town
from tests.fixtures.runtimes import Workshop

AGENT, OTHER = "li.na", "yang.fan"
REGISTRATION = {
    "complainant": "王芳 Wang Fang", "channel": "phone", "content": "Charged twice.",
    "received_at": "2026-03-02T09:15:00+08:00",
}  # fmt: skip
_LOCKED = "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"


@dataclass
class Bench:
    """`second` is another process of intake, as far as commands can tell."""

    workshop: Workshop
    town: Town
    second: Kernel
    relay: Relay

    async def registered(self, key: str = "one") -> str:
        """Gives the complaint's id."""
        answer = await self.town.command(AGENT, "intake", "complaints", REGISTRATION, key=key)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["complaint_id"])

    async def noted(self, complaint: str, who: str, key: str, service: str = "intake") -> httpx2.Response | None:
        path, subject = f"complaints/{complaint}/notes", f"complaint:{complaint}"
        return await self.town.once(who, service, path, {"text": f"By {who}."}, key=key, subject=subject)

    async def relayed(self) -> None:
        """Until nothing more leaves."""
        with suppress(LogUnavailable):
            while await self.relay.send_once():
                pass

    async def found(self) -> Findings:
        """What the suite says once all had time to arrive."""
        for name in self.workshop.runtimes:
            await (self.relayed() if name == "intake" else self.workshop.relayed(name))
        for name in self.workshop.runtimes:
            await self.workshop.taken_in(name)
        waiting = [await each.pool.fetchval("select count(*) from outbox") for each in self.workshop.runtimes.values()]
        provider = Provider(Random(0))
        return await everything(
            self.workshop.process, self.workshop.runtimes, self.town, provider, quiet=not any(waiting)
        )


@asynccontextmanager
async def open_bench(workshop: Workshop) -> AsyncIterator[Bench]:
    """Intake twice, as `intake` and as `second`, over one database."""
    process, intake = workshop.process, workshop.intake
    second = _beside(intake, intake.pool)
    transports = {
        f"http://{name}": httpx2.ASGITransport(app=app_for(runtime.rooms, process.settings, runtime))
        for name, runtime in {**workshop.runtimes, "second": second}.items()
    }
    async with httpx2.AsyncClient(mounts=transports, timeout=30) as client:
        urls = {name: [f"http://{name}/"] for name in workshop.runtimes} | {"second": ["http://second/"]}
        town = SameService(urls, process.issuer, Random(1), client)
        relay = Relay(intake.pool, process.log, "test", asyncio.Event())
        yield Bench(workshop, town, second.kernel, relay)


def _beside(runtime: Runtime, pool: Any) -> Runtime:
    """The same service as another process has it; `pool` may be a single connection, in a transaction of its own."""
    kernel = Kernel(runtime.rooms.service, pool, runtime.process.keyring, runtime.process.clock)
    return replace(runtime, pool=pool, kernel=kernel)


class SameService(Town):
    """What is sent to `second` or `late` was sent to intake."""

    def _note(self, who: str, service: str, *rest: object) -> None:
        super()._note(who, "intake" if service in ("second", "late") else service, *rest)  # type: ignore[arg-type]


async def commits_late(bench: Bench) -> None:
    """Of two registrations the first draws its place in the outbox first, and commits last."""
    dsn = bench.workshop.dsns["intake"]
    connection = await asyncpg.connect(dsn)
    try:
        transaction = connection.transaction()
        await transaction.start()
        late = _beside(bench.workshop.intake, connection)
        app = app_for(late.rooms, late.process.settings, late)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), timeout=30) as client:
            own = replace(bench.town, client=client, urls={"late": ["http://late/"]})
            await own.command(AGENT, "late", "complaints", REGISTRATION, key="late")
        await bench.registered("early")
        await bench.relayed()
        await transaction.commit()
    finally:
        await connection.close()
    await bench.relayed()


async def wakes_as_a_zombie(bench: Bench) -> None:
    """Two workers hold the same partitions of a view that counts; one has just moved its offsets when the other comes
    to move the same.
    """
    complaint = await bench.registered()
    await bench.relayed()
    await bench.workshop.taken_in("intake")
    path, subject = f"complaints/{complaint}/customer-contacts", f"complaint:{complaint}"
    asked = {"what": "customer_chased", "channel": "phone"}
    await bench.town.once(AGENT, "intake", path, asked, key="chased", subject=subject)
    await bench.relayed()
    first, second = [await bench.workshop.subscriber("intake", "register") for _ in range(2)]
    records = await bench.workshop.all_records()
    moved, go_on = _slow_to_write(first)
    working = asyncio.create_task(first.apply(records))
    await moved.wait()
    other = asyncio.create_task(second.apply(records))
    while not await bench.workshop.intake.pool.fetchval(_LOCKED):  # noqa: ASYNC110 -- only the database knows
        await asyncio.sleep(0.01)
    go_on.set()
    await working
    with suppress(Fenced):
        await other


def _slow_to_write(subscriber: Subscriber) -> tuple[asyncio.Event, asyncio.Event]:
    """The first is set when it has moved its offsets; it goes on when the second is."""
    moved, go_on, write = asyncio.Event(), asyncio.Event(), subscriber.write

    async def slowly(connection: Connection, taken: Sequence[Incoming]) -> None:
        moved.set()
        await go_on.wait()
        await write(connection, taken)

    subscriber.write = slowly  # type: ignore[method-assign]
    return moved, go_on


async def two_decide_at_once(bench: Bench) -> None:
    """Two processes have decided on the same state before either appends."""
    complaint = await bench.registered()
    both, landed = asyncio.Barrier(2), asyncio.Event()

    async def first() -> httpx2.Response | None:
        answer = await bench.noted(complaint, AGENT, "a")
        landed.set()
        return answer

    async def after_the_first() -> None:
        # At the very same instant the database itself would let only one of them in.
        await both.wait()
        await landed.wait()

    _once_before_append(bench.workshop.intake.kernel, both.wait)
    _once_before_append(bench.second, after_the_first)
    answers = await asyncio.gather(first(), bench.noted(complaint, OTHER, "b", service="second"))
    assert [each.status_code for each in answers if each] == [201, 201]


def _once_before_append(kernel: Kernel, wait: Callable[[], Awaitable[object]]) -> None:
    """Let something happen between a decision and its append."""
    append, waited = kernel._append, False

    async def slowly(item: Item) -> bool:
        nonlocal waited
        if not waited:
            waited = True
            await wait()
        return await append(item)

    kernel._append = slowly  # type: ignore[assignment]


async def a_fact_arrives(bench: Bench) -> None:
    """Investigation has decided on a case, and learns of it before it appends."""
    workshop = bench.workshop
    complaint = await bench.registered()
    await bench.relayed()
    await workshop.taken_in("investigation")

    async def meanwhile() -> None:
        await bench.noted(complaint, AGENT, "meanwhile")
        await bench.relayed()
        await workshop.taken_in("investigation")

    _once_before_append(workshop.runtimes["investigation"].kernel, meanwhile)
    path, subject = f"complaints/{complaint}/conflict", f"complaint:{complaint}"
    nature = {"nature": "A neighbour of mine."}
    answer = await bench.town.once(OTHER, "investigation", path, nature, key="b", subject=subject)
    assert answer is not None and answer.status_code == 201, answer and answer.text


async def an_answer_is_lost(bench: Bench) -> None:
    """Whoever did not hear what became of a note sends it again, under the same key."""
    complaint = await bench.registered()
    answers = [await bench.noted(complaint, AGENT, "the-same") for _ in range(2)]
    assert [each.status_code for each in answers if each] == [201, 201]


async def the_first_batch_fails(bench: Bench) -> None:
    """Of what the relay sends of one case the first does not arrive."""
    complaint = await bench.registered()
    answer = await bench.noted(complaint, AGENT, "a")
    assert answer is not None and answer.status_code == 201
    relay = bench.relay
    relay._log = LosesTheFirst(relay._log)  # type: ignore[assignment]
    await bench.relayed()


class LosesTheFirst:
    """A log that is away for its first send, as a batch that expires in a client's hands."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._lost = False
        self.partitions = log.partitions

    async def send(self, batches: Mapping[int, Sequence[Outgoing]]) -> dict[int, int | LogUnavailable]:
        if not self._lost:
            self._lost = True
            return dict.fromkeys(batches, LogUnavailable("expired"))
        return await self._log.send(batches)
