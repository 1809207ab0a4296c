"""What comes in between load and append of a decision on an investigation: each race made deterministic."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.investigation.reactions import when_complaint_reopened_reopen_investigation
from shared.decide import Command, NotYetSeen, Refused
from shared.decide.command import SYSTEM_ACTOR
from shared.events.base import Event
from shared.events.directory import ReportingLineSet, StaffJoined
from shared.events.envelope import Envelope, data_of
from shared.runtime import Runtime
from shared.store.append import Item, NewRow, append
from shared.store.compose import Because, compose
from shared.store.due import DueWorker
from shared.store.execute import Receipt, Request, VersionChanged
from shared.store.load import Wanted, load
from shared.store.memory import Memory, blank, recall, taken_in
from tests.fixtures.history import stated
from tests.fixtures.runtimes import Workshop
from tests.unit.investigation.examples import (
    CLERK,
    COMPLAINT,
    INVESTIGATOR,
    LEAD,
    NOW,
    OTHER_LEAD,
    accept,
    add,
    assign,
    at_investigating,
    at_opened,
    at_submitted,
    complaint_reopened,
    conflict_declared,
    declare,
    received,
    requested,
    said,
    send_back,
    submit,
    withdrawal_requested,
)

pytestmark = pytest.mark.services("investigation")
SUBJECT = f"complaint:{COMPLAINT}"


@pytest.fixture
def runtime(workshop: Workshop) -> Runtime:
    return workshop.runtimes["investigation"]


async def remembered(runtime: Runtime, subject: str) -> Memory:
    """The subject as it stands in the journal now."""
    service = runtime.rooms.service
    found = (await load(runtime.pool, [Wanted(subjects=((subject, 0),))]))[0]
    return recall(service, blank(service, subject), found.rows[subject])


async def sealed(runtime: Runtime, event: Event) -> tuple[UUID, Event]:
    event_id = uuid4()
    return event_id, (await runtime.process.keyring.seal([(str(event_id), event)]))[0]


async def comes_in(runtime: Runtime, subject: str, event: Event, react: Any = None) -> None:
    """This fact is learned now; with what the reaction makes of it, in one transaction."""
    start = await remembered(runtime, subject)
    event_id, fact = await sealed(runtime, event)
    envelope = foreign(fact, event_id, subject, start.version(fact.source) + 1)
    body = envelope.to_bytes(data_of(fact))
    row = NewRow(fact.source, envelope.version, event_id, fact.wire_type, fact.at, body, b"", send=False)
    memory = taken_in(start, runtime.rooms.service, envelope, fact, b"")
    ours = [(uuid4(), each) for each in react(memory.state, fact)] if react else []
    because = Because(SYSTEM_ACTOR, "test", "test", {}, fact.at)
    made = compose(runtime.rooms.service, memory, ours, because, first_row=1)
    assert await append(runtime.pool, [Item(subject, start.revision, (row, *made.rows))]) == [True]


async def comes_from_elsewhere(runtime: Runtime, event: Event) -> None:
    """Another process of this service appends it now."""
    start = await remembered(runtime, SUBJECT)
    because = Because(LEAD, "test", "test", {}, event.at)
    made = compose(runtime.rooms.service, start, [await sealed(runtime, event)], because)
    assert await append(runtime.pool, [Item(SUBJECT, start.revision, made.rows)]) == [True]


def foreign(event: Event, event_id: Any, subject: str, version: int) -> Envelope:
    return Envelope(
        id=event_id, source=event.source, subject=subject, type=event.wire_type, schema_version=event.wire_version,
        version=version, time=event.at, recorded=event.at, actor=event.by, role="system", department="system",
        causation="test", correlation="test", seen="", pack="house/1", critical=event.critical,
        cycle=getattr(event, "cycle", None),
    )  # fmt: skip


@asynccontextmanager
async def overtaken(runtime: Runtime, by: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """The next append finds that this happened after its load."""
    kernel, waiting = runtime.kernel, [by]
    original = kernel._append

    async def late(item: Item) -> bool:
        while waiting:
            await waiting.pop()()
        return await original(item)

    kernel._append = late  # type: ignore[assignment]
    try:
        yield
    finally:
        kernel._append = original
    assert not waiting, "nothing was appended"


async def do(runtime: Runtime, command: Command, **request: Any) -> Receipt:
    return await runtime.kernel.execute(Request(command, **request))


async def refused(runtime: Runtime, command: Command, code: str, **request: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        await do(runtime, command, **request)
    assert refusal.value.code == code
    return refusal.value


async def told(runtime: Runtime, subject: str = SUBJECT) -> list[str]:
    rows = await runtime.pool.fetch("select type from journal where subject = $1 order by revision", subject)
    return [row["type"] for row in rows]


async def version(runtime: Runtime) -> int:
    number: int = await runtime.pool.fetchval(
        "select max(version) from journal where subject = $1 and source = 'investigation'", SUBJECT
    )
    return number


async def test_a_withdrawal_that_arrives_while_findings_are_accepted_is_decided_on(runtime: Runtime) -> None:
    await stated(runtime, SUBJECT, at_submitted())
    seen = await version(runtime)
    async with overtaken(runtime, lambda: comes_in(runtime, SUBJECT, withdrawal_requested())):
        await refused(runtime, accept(), "withdrawal_pending", if_match=seen)
    assert (await told(runtime))[-1] == "complaint.withdrawal-requested"


async def test_a_withdrawal_that_arrives_after_it_finds_the_findings_accepted(runtime: Runtime) -> None:
    await stated(runtime, SUBJECT, at_submitted())
    await do(runtime, accept(), if_match=await version(runtime))
    await comes_in(runtime, SUBJECT, withdrawal_requested())
    assert (await told(runtime))[-2:] == ["investigation.findings-accepted", "complaint.withdrawal-requested"]
    await refused(runtime, send_back(), "withdrawal_pending", if_match=await version(runtime))


async def test_a_reopening_that_arrives_while_findings_are_accepted_is_another_version(runtime: Runtime) -> None:
    await stated(runtime, SUBJECT, at_submitted())
    seen = await version(runtime)
    react = when_complaint_reopened_reopen_investigation
    async with overtaken(runtime, lambda: comes_in(runtime, SUBJECT, complaint_reopened(), react)):
        with pytest.raises(VersionChanged):
            await do(runtime, accept(), if_match=seen)
    assert (await told(runtime))[-2:] == ["complaint.reopened", "investigation.reopened"]
    await refused(runtime, accept(), "no_findings", if_match=await version(runtime))


async def test_a_reopening_at_judgement_leaves_nothing_to_accept_either(runtime: Runtime) -> None:
    await stated(runtime, SUBJECT, at_submitted())
    seen = await version(runtime)
    reopened = complaint_reopened(stage="judgement")
    async with overtaken(runtime, lambda: comes_in(runtime, SUBJECT, reopened)):
        refusal = await refused(runtime, accept(), "not_yet_seen", if_match=seen)
    assert isinstance(refusal, NotYetSeen)
    assert (await told(runtime))[-1] == "complaint.reopened"


async def test_of_two_leads_at_once_one_decides(runtime: Runtime) -> None:
    await stated(runtime, SUBJECT, at_submitted())
    seen = await version(runtime)
    wishes = (accept(), send_back(OTHER_LEAD), accept(OTHER_LEAD), send_back())
    done = await asyncio.gather(*(do(runtime, wish, if_match=seen) for wish in wishes), return_exceptions=True)
    assert sum(isinstance(each, Receipt) and each.written for each in done) == 1
    assert sum(isinstance(each, VersionChanged) for each in done) == 3
    assert await version(runtime) == seen + 1


async def test_a_reporting_line_that_moves_while_an_investigator_is_named_is_decided_on(runtime: Runtime) -> None:
    """The tie comes about between load and append; by the old line the assignment would stand (N7)."""
    for who, lead in ((LEAD.id, None), (CLERK, LEAD.id), (INVESTIGATOR.id, LEAD.id)):
        joined = StaffJoined(
            at=NOW, by="admin-1", name=said(who, f"staff:{who}"), department="cards",
            roles=("investigator",), reports_to=lead,
        )  # fmt: skip
        await stated(runtime, f"staff:{who}", (joined,))
    await stated(runtime, SUBJECT, at_opened(complained_of=(CLERK,)))
    moved = ReportingLineSet(at=NOW, by="admin-1", reports_to=CLERK)
    async with overtaken(runtime, lambda: comes_in(runtime, f"staff:{INVESTIGATOR.id}", moved)):
        await refused(runtime, assign(), "reports_to_complained_of")
    assert (await told(runtime))[-1] == "investigation.opened"


async def test_a_conflict_declared_while_evidence_is_added_comes_first_or_last_but_never_unseen(
    runtime: Runtime,
) -> None:
    await stated(runtime, SUBJECT, at_investigating())
    async with overtaken(runtime, lambda: comes_from_elsewhere(runtime, conflict_declared(replacement_needed=True))):
        await refused(runtime, add(), "restricted_case")
    assert (await told(runtime))[-1] == "investigation.conflict-declared"


async def test_a_conflict_and_the_findings_of_its_investigator_at_once(runtime: Runtime) -> None:
    """Whichever comes first: the findings are never accepted with the conflict unseen."""
    await stated(runtime, SUBJECT, at_submitted())
    seen = await version(runtime)
    wishes = (declare(), accept())
    await asyncio.gather(*(do(runtime, wish) for wish in wishes), return_exceptions=True)
    story = (await told(runtime))[-2:]
    assert story in (
        ["investigation.findings-submitted", "investigation.conflict-declared"],
        ["investigation.findings-accepted", "investigation.conflict-declared"],
    )
    assert await version(runtime) in (seen + 1, seen + 2)


def worker(runtime: Runtime) -> DueWorker:
    return DueWorker(
        runtime.kernel, runtime.pool, runtime.process.clock, runtime.process.keyring,
        runtime.rooms.deadlines, runtime.rooms.effects, {},
    )  # fmt: skip


async def test_an_answer_that_is_not_there_in_time_is_written_down_once(workshop: Workshop, runtime: Runtime) -> None:
    soon = workshop.process.clock.now() + timedelta(hours=1)
    asked = (requested(due_at=soon), requested("R2", due_at=soon), received("R2"))
    await stated(runtime, SUBJECT, (*at_investigating(), *asked))
    working = worker(runtime)
    assert await working.work_once() == 0
    workshop.process.clock.advance(timedelta(hours=2))
    assert await working.work_once() == 2
    assert await working.work_once() == 0
    assert (await told(runtime)).count("investigation.information-overdue") == 1
    await refused(runtime, submit(), "evidence_needed")


async def test_while_a_withdrawal_is_pending_the_row_waits_for_what_becomes_of_it(
    workshop: Workshop, runtime: Runtime
) -> None:
    soon = workshop.process.clock.now() + timedelta(hours=1)
    pending = withdrawal_requested(at=soon - timedelta(minutes=1))
    await stated(runtime, SUBJECT, (*at_investigating(), requested(due_at=soon), pending))
    workshop.process.clock.advance(timedelta(hours=2))
    working = worker(runtime)
    assert await working.work_once() == 1
    assert "investigation.information-overdue" not in await told(runtime)
    assert await runtime.pool.fetchval("select state from due") == "waiting"
