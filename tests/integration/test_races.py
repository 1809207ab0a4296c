"""Two processes decide at the same moment on one database (N4, design 4.5): one writes, the other decides anew.

Both have loaded and decided before either may write, so that the outcome hangs on the append alone. What they load is
the journal that the firm in memory has.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.resolution.commands.approve_remedy import ApproveRemedy
from services.resolution.limits import sum_row
from shared.decide import Command, Refused
from shared.eventlog.protocol import partition_of
from shared.runtime import Runtime
from shared.store.append import Item
from shared.store.execute import Kernel, Receipt, Request
from tests.fixtures.history import stated
from tests.fixtures.runtimes import Workshop
from tests.stateful.case import APPROVER, OTHER_APPROVER, WITHIN_APPROVERS, Case
from tests.stateful.firm import Firm
from tests.stateful.people import staffed

pytestmark = [
    pytest.mark.services("resolution"),
    pytest.mark.parametrize("first", [0, 1], ids=["in this order", "in the other order"]),
]

FRESH = """
insert into offsets (subscriber, partition, next_offset, log, read_to_end_at)
values ('decide', $1, 0, $2, clock_timestamp() + interval '1 hour')
on conflict (subscriber, partition) do update set read_to_end_at = excluded.read_to_end_at
"""
WANG = UUID(int=0xC0)
HIGHER, HIGHEST = "margaret.hale", "gu.mingyuan"
WITHIN_HIGHER = 600_000_00
"""Within a higher approver's limit; twice as much is above everybody's."""


@dataclass
class Process:
    """One of resolution's processes: it halts between its first decision and the append of it."""

    kernel: Kernel
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    may_write: asyncio.Event = field(default_factory=asyncio.Event)
    written: list[bool] = field(default_factory=list)
    """Of each append, whether it was in time."""

    @classmethod
    def on(cls, workshop: Workshop, runtime: Runtime) -> "Process":
        made = cls(Kernel(runtime.rooms.service, runtime.pool, workshop.process.keyring, workshop.process.clock))
        append = made.kernel._append

        async def halting(item: Item) -> bool:
            made.decided.set()
            await made.may_write.wait()
            made.written.append(await append(item))
            return made.written[-1]

        made.kernel._append = halting  # type: ignore[assignment]
        return made


async def at_once(workshop: Workshop, wishes: Sequence[Command], first: int) -> tuple[Receipt, Receipt | Refused]:
    """Both decide; then one of them writes, and after it the other. Gives what came of the one and of the other."""
    runtime = workshop.runtimes["resolution"]
    processes = [Process.on(workshop, runtime) for _ in wishes]
    asked = [
        asyncio.create_task(process.kernel.execute(Request(wish)))
        for process, wish in zip(processes, wishes, strict=True)
    ]
    await asyncio.gather(*(process.decided.wait() for process in processes))
    outcomes: list[Receipt | Refused] = []
    for n in (first, 1 - first):
        processes[n].may_write.set()
        try:
            outcomes.append(await asked[n])
        except Refused as refusal:
            outcomes.append(refusal)
    assert processes[first].written == [True]
    assert processes[1 - first].written[0] is False, "the other was in time too: nothing compared what it rests on"
    assert isinstance(outcomes[0], Receipt)
    return outcomes[0], outcomes[1]


async def as_it_stands(workshop: Workshop, firm: Firm) -> None:
    """Resolution's journal, with limits that are known to be of now."""
    runtime = workshop.runtimes["resolution"]
    for (service, subject), said in firm.journals.items():
        if service == "resolution" and subject.startswith(("complaint:", "staff:")):
            await stated(runtime, subject, [event for _, event in said])
    await runtime.pool.execute(FRESH, partition_of("limits:house"), await workshop.process.log.identity())


async def approvals(workshop: Workshop) -> list[str]:
    """The subjects of all approvals."""
    rows = await workshop.runtimes["resolution"].pool.fetch(
        "select subject from journal where type = 'remedy.approved' order by subject, revision"
    )
    return [row["subject"] for row in rows]


@pytest.fixture
def cases() -> tuple[Case, Case]:
    """Two complaints of one customer, of whom nobody was given anything yet."""
    firm = staffed(Firm(datetime(2026, 3, 3, 2, tzinfo=UTC)))
    return Case(firm, UUID(int=0xA0), WANG), Case(firm, UUID(int=0xA1), WANG)


async def test_of_two_who_approve_one_remedy_at_once_only_one_does(
    workshop: Workshop, cases: tuple[Case, Case], first: int
) -> None:
    case, _ = cases
    case.submitted()
    await as_it_stands(workshop, case.firm)
    wishes = [case.wish(ApproveRemedy, who, digest=case.digest) for who in (APPROVER, OTHER_APPROVER)]
    _, other = await at_once(workshop, wishes, first)
    assert isinstance(other, Refused) and other.code == "already_approved"
    assert await approvals(workshop) == [case.subject]


async def test_of_two_approvals_for_one_customer_at_once_the_second_is_above_everybodys_limit(
    workshop: Workshop, cases: tuple[Case, Case], first: int
) -> None:
    for case in cases:
        case.submitted(WITHIN_HIGHER)
    await as_it_stands(workshop, cases[0].firm)
    wishes = [
        case.wish(ApproveRemedy, who, digest=case.digest) for case, who in zip(cases, (HIGHER, HIGHEST), strict=True)
    ]
    _, other = await at_once(workshop, wishes, first)
    assert isinstance(other, Refused) and other.code == "above_limit"
    assert other.details["total"] == 2 * WITHIN_HIGHER
    assert await approvals(workshop) == [cases[first].subject]
    assert await granted(workshop) == [cases[first].digest]


async def test_of_two_approvals_for_one_customer_at_once_the_second_takes_a_higher_approver_too(
    workshop: Workshop, cases: tuple[Case, Case], first: int
) -> None:
    """Each alone is within the approver's limit; both together are not, so that the second is one step of more."""
    for case in cases:
        case.submitted(WITHIN_APPROVERS)
    await as_it_stands(workshop, cases[0].firm)
    wishes = [
        case.wish(ApproveRemedy, who, digest=case.digest)
        for case, who in zip(cases, (APPROVER, OTHER_APPROVER), strict=True)
    ]
    one, other = await at_once(workshop, wishes, first)
    assert isinstance(other, Receipt)
    assert (one.events, other.events) == (("remedy.approved",), ("remedy.approved", "remedy.approval-escalated"))
    assert await granted(workshop) == [cases[first].digest]


async def granted(workshop: Workshop) -> list[str]:
    """The digests of what counts in the customer's sum."""
    pool = workshop.runtimes["resolution"].pool
    query = "select jsonb_array_elements(value)->>'digest' as digest from guards where key = $1"
    return [row["digest"] for row in await pool.fetch(query, sum_row(f"person:{WANG}", "CNY"))]
