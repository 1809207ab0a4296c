"""What comes in between load and append of an execution or approval is decided on too: no money leaves beside it.

Each race is made by hand: the fact comes in at the one instant at which the command has decided, but not yet written.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.decide import Actor, Command, Refused
from shared.eventlog.protocol import Outgoing, partition_of
from shared.events.base import Event
from shared.events.customers import CustomerJoinedInto
from shared.events.directory import StaffJoined
from shared.events.envelope import Envelope, data_of
from shared.privacy.personal import Personal
from shared.proof.chain import GENESIS, link
from shared.runtime import Runtime
from shared.store.append import Item
from shared.store.execute import Kernel, Request
from tests.fixtures.history import stated
from tests.fixtures.runtimes import Workshop
from tests.unit.resolution import examples as told
from tests.unit.resolution.case import approve, execute, send_back

pytestmark = pytest.mark.services("resolution")

FRESH = """
insert into offsets (subscriber, partition, next_offset, log, read_to_end_at)
values ('decide', $1, 0, $2, clock_timestamp() + interval '1 hour')
on conflict (subscriber, partition) do update set read_to_end_at = excluded.read_to_end_at
"""
MOST = told.yuan(1_500)


@pytest.fixture
async def resolution(workshop: Workshop) -> Runtime:
    """With everyone on the staff, and limits that are known to be of now."""
    runtime = workshop.runtimes["resolution"]
    for who in (told.LEAD, told.APPROVER, told.EXECUTOR):
        joined = StaffJoined(
            at=told.NOON, by="admin-1", name=Personal.of(f"staff:{who.id}", who.id), department=who.department,
            roles=(who.role,),
        )  # fmt: skip
        await stated(runtime, f"staff:{who.id}", [joined])
    await runtime.pool.execute(FRESH, partition_of("limits:house"), await workshop.process.log.identity())
    return runtime


async def case(runtime: Runtime, how_far: str, person: str = "") -> tuple[str, told.Told]:
    """A complaint of somebody, so far; gives its subject, and what is told of its remedy."""
    complaint, person = uuid4(), person or f"person:{uuid4()}"
    remedy = told.Told(complaint=complaint, amount=MOST)
    _, *rest = getattr(remedy, f"up_to_{how_far}")()
    await stated(runtime, f"complaint:{complaint}", (told.found(person=person), *rest))
    return f"complaint:{complaint}", remedy


class Meanwhile:
    """Lets something happen when the first append is about to be written."""

    def __init__(self, runtime: Runtime, happening: Callable[[], Awaitable[None]]) -> None:
        self._append: Any = runtime.kernel._append
        self._happening: Callable[[], Awaitable[None]] | None = happening
        runtime.kernel._append = self  # type: ignore[assignment]

    async def __call__(self, item: Item) -> bool:
        happening, self._happening = self._happening, None
        if happening is not None:
            await happening()
        written: bool = await self._append(item)
        return written


async def learned(workshop: Workshop, subject: str, fact: Event) -> None:
    """The fact of another service comes in by the log, with what resolution answers to it."""
    event_id, keyring = uuid4(), workshop.process.keyring
    (sealed,) = await keyring.seal([(str(event_id), fact)])
    envelope = Envelope(
        id=event_id, source=fact.source, subject=subject, type=fact.wire_type, schema_version=1, version=1,
        time=fact.at, recorded=fact.at, actor=fact.by, role="agent", department="hotline", causation="test",
        correlation="test", seen="", pack="house/1", critical=True, cycle=getattr(fact, "cycle", None),
    )  # fmt: skip
    body = envelope.to_bytes(data_of(sealed))
    headers = (
        ("type", fact.wire_type.encode()), ("source", fact.source.encode()), ("version", b"1"),
        ("chain", link(GENESIS, body)),
    )  # fmt: skip
    await workshop.process.log.send({partition_of(subject): [Outgoing(subject, body, headers)]})
    records = [record for record in await workshop.all_records() if record.key == subject]
    await (await workshop.subscriber("resolution")).apply(records)


async def types(runtime: Runtime, subject: str) -> list[str]:
    rows = await runtime.pool.fetch("select type from journal where subject = $1 order by revision", subject)
    return [row["type"] for row in rows]


def at_now(workshop: Workshop, wish: Command, subject: str, by: Actor | None = None) -> Command:
    changed = {"at": workshop.process.clock.now(), "complaint_id": UUID(subject.partition(":")[2])}
    return wish.model_copy(update=changed | ({"actor": by} if by else {}))


async def refused(workshop: Workshop, wish: Command) -> Refused:
    with pytest.raises(Refused) as refusal:
        await workshop.do(wish, "resolution")
    return refusal.value


async def test_a_withdrawal_that_comes_in_while_an_execution_is_decided_stops_it(
    workshop: Workshop, resolution: Runtime
) -> None:
    subject, remedy = await case(resolution, "acceptance")
    Meanwhile(resolution, lambda: learned(workshop, subject, told.withdrawal_requested()))
    assert (await refused(workshop, at_now(workshop, execute(told=remedy), subject))).code == "withdrawn"
    assert (await types(resolution, subject))[-2:] == [
        "complaint.withdrawal-requested",
        "resolution.withdrawal-granted",
    ]
    assert await resolution.pool.fetchval("select count(*) from due where kind = 'payment'") == 0


async def test_a_withdrawal_that_comes_in_after_the_start_is_refused(workshop: Workshop, resolution: Runtime) -> None:
    subject, remedy = await case(resolution, "acceptance")
    await workshop.do(at_now(workshop, execute(told=remedy), subject), "resolution")
    await learned(workshop, subject, told.withdrawal_requested())
    assert (await types(resolution, subject))[-3:] == [
        "remedy.execution-started", "complaint.withdrawal-requested", "resolution.withdrawal-refused"
    ]  # fmt: skip
    assert await resolution.pool.fetchval("select count(*) from due where kind = 'payment'") == 1


@pytest.mark.parametrize("unread", ["limits:house", f"staff:{told.LEAD.id}", "person:"])
async def test_nothing_is_approved_while_something_of_what_it_rests_on_could_not_be_read(
    workshop: Workshop, resolution: Runtime, unread: str
) -> None:
    """The limits, who approves, the customer's file: it may be what forbids just this."""
    customer = f"person:{uuid4()}"
    subject, remedy = await case(resolution, "submission", customer)
    parked = customer if unread == "person:" else unread
    await resolution.pool.execute(
        "insert into parked (subscriber, subject, partition, position, source, version, reason) "
        "values ('decide', $1, 0, 0, 'directory', 9, 'broken')",
        parked,
    )
    assert (await refused(workshop, at_now(workshop, approve(told=remedy), subject))).code == "held"


async def test_of_two_approvals_for_one_customer_the_later_answers_for_both(
    workshop: Workshop, resolution: Runtime
) -> None:
    customer = f"person:{uuid4()}"
    (one, remedy), (other, second) = [await case(resolution, "submission", customer) for _ in range(2)]

    async def approved() -> None:
        await workshop.do(at_now(workshop, approve(told=second), other), "resolution")

    Meanwhile(resolution, approved)
    receipt = await workshop.do(at_now(workshop, approve(told=remedy), one), "resolution")
    assert (await types(resolution, other))[-1] == "remedy.approved"
    assert receipt.events == ("remedy.approved", "remedy.approval-escalated"), "with the other it is above the limit"


async def test_customers_who_are_joined_while_an_approval_is_decided_are_summed(
    workshop: Workshop, resolution: Runtime
) -> None:
    one, other = f"person:{uuid4()}", f"person:{uuid4()}"
    before, given = await case(resolution, "submission", other)
    await workshop.do(at_now(workshop, approve(told=given), before), "resolution")
    subject, remedy = await case(resolution, "submission", one)
    joined = CustomerJoinedInto(at=told.NOON, by="system", into=other)
    Meanwhile(resolution, lambda: learned(workshop, one, joined))
    receipt = await workshop.do(at_now(workshop, approve(told=remedy), subject), "resolution")
    assert receipt.events == ("remedy.approved", "remedy.approval-escalated")


async def test_a_return_that_comes_in_while_an_execution_is_decided_stops_it(
    workshop: Workshop, resolution: Runtime
) -> None:
    subject, remedy = await case(resolution, "acceptance")

    async def returned() -> None:
        await _elsewhere(workshop, at_now(workshop, send_back(told=remedy), subject))

    Meanwhile(resolution, returned)
    assert (await refused(workshop, at_now(workshop, execute(told=remedy), subject))).code == "nothing_submitted"
    assert (await types(resolution, subject))[-1] == "remedy.returned"


async def _elsewhere(workshop: Workshop, wish: Command) -> None:
    """In another process: one decides on one subject at a time."""
    runtime = workshop.runtimes["resolution"]
    kernel = Kernel(runtime.rooms.service, runtime.pool, workshop.process.keyring, workshop.process.clock)
    await kernel.execute(Request(wish))
