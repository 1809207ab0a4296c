"""The journal: one order of what a service did and learned; a collision decides again; history is never changed."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from services.intake.limits import number_of
from shared.decide import Refused
from shared.events.envelope import Envelope
from shared.ids import new_id
from shared.proof.chain import GENESIS, link
from shared.store.append import Item, NewAnswer, NewGuard, NewRow, append, append_each
from shared.store.execute import Held, KeyReused, Request, VersionChanged
from tests.fixtures.runtimes import AGENT, Workshop


def row(source: str = "intake", version: int = 1) -> NewRow:
    """A fact that intake keeps in its order but does not decide by."""
    at, event_id = datetime.now(UTC), new_id()
    envelope = Envelope(
        id=event_id, source=source, subject="complaint:a", type="callback.attempted", schema_version=1, version=version,
        time=at, recorded=at, actor="li.na", role="agent", department="cards", causation="", correlation="", seen="",
        pack="house/1", critical=False, cycle=1,
    )  # fmt: skip
    body = envelope.to_bytes({})
    return NewRow(source, version, event_id, envelope.type, at, body, link(GENESIS, body), send=False)


async def count(workshop: Workshop, table: str = "journal") -> int:
    number: int = await workshop.intake.pool.fetchval(f"select count(*) from {table}")
    return number


async def test_an_item_lands_only_on_the_revision_it_was_decided_on(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    assert await append(pool, [Item("complaint:a", 0, (row(),))]) == [True]
    assert await append(pool, [Item("complaint:a", 0, (row("callback"),))]) == [False]
    assert await append(pool, [Item("complaint:a", 7, (row("callback"),))]) == [False]
    assert await append(pool, [Item("complaint:a", 1, (row("callback"),))]) == [True]
    assert await count(workshop) == 2


async def test_a_batch_tells_its_conflicts_apart(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    await append(pool, [Item("complaint:b", 0, (row(),))])
    items = [Item("complaint:a", 0, (row(),)), Item("complaint:b", 0, (row(),)), Item("complaint:c", 0, (row(),))]
    assert await append_each(pool, items) == [True, False, True]


async def test_two_appends_at_once_on_one_subject_leave_one(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    items = [[Item("complaint:a", 0, (row(),))] for _ in range(8)]
    done = await asyncio.gather(*(append_each(pool, each) for each in items))
    assert sum(each == [True] for each in done) == 1
    assert await count(workshop) == 1


async def test_a_guard_lets_one_of_two_through_even_in_one_batch(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    first = [Item(f"complaint:{n}", 0, (row(),), guards=(NewGuard("number:X", 0, n),)) for n in "ab"]
    assert sorted(await append_each(pool, first)) == [False, True]
    later = [Item(f"complaint:{n}", 0, (row(),), guards=(NewGuard("number:X", 1, n),)) for n in "cd"]
    assert sorted(await append_each(pool, later)) == [False, True]
    assert await count(workshop) == 2


async def test_guards_hold_across_connections(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    await append(pool, [Item("complaint:z", 0, (row(),), guards=(NewGuard("sum", 0, 0),))])
    done = await asyncio.gather(
        *(append_each(pool, [Item(f"complaint:{n}", 0, (row(),), guards=(NewGuard("sum", 1, n),))]) for n in range(8))
    )
    assert sum(each == [True] for each in done) == 1


async def test_a_reference_that_moved_makes_an_item_collide(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    await append(pool, [Item("staff:x", 0, (row("directory"),))])
    decided = Item("complaint:a", 0, (row(),), references=(("staff:x", 1),))
    await append(pool, [Item("staff:x", 1, (row("directory", 2),))])
    assert await append(pool, [decided]) == [False]
    assert await append(pool, [Item("complaint:a", 0, (row(),), references=(("staff:x", 2),))]) == [True]


async def test_an_answer_is_remembered_once(workshop: Workshop) -> None:
    pool = workshop.intake.pool
    answers = [Item(f"complaint:{n}", 0, (row(),), answer=NewAnswer("k", b"f", {})) for n in "ab"]
    assert sorted(await append_each(pool, answers)) == [False, True]
    assert await count(workshop, "idempotency") == 1


@pytest.mark.parametrize("statement", ["update journal set type = 'x'", "delete from journal", "truncate journal"])
async def test_the_database_refuses_to_change_history_even_to_its_owner(workshop: Workshop, statement: str) -> None:
    await workshop.registered()
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await workshop.intake.pool.execute(statement)
    assert await count(workshop) == 1


async def test_a_fact_learned_between_load_and_append_is_decided_on(workshop: Workshop) -> None:
    """The race of design 4.1, made deterministic: the fact comes in after the load and before the append."""
    subject = await workshop.registered()
    kernel, pool = workshop.intake.kernel, workshop.intake.pool
    decided_on: list[int] = []
    handlers = dict(kernel.service.handlers)
    command = workshop.acknowledgement(subject)
    usual = handlers[type(command)]
    interloper = [workshop.acknowledgement(subject)]

    def decide(state: object, wish: object, known: object) -> object:
        decided_on.append(len(decided_on))
        return usual(state, wish, known)  # type: ignore[arg-type]

    original = kernel._append

    async def append_after_another(item: Item) -> bool:
        if interloper:
            interloper.clear()
            assert await append(pool, [Item(subject, item.revision, (row("callback"),))]) == [True]
        return await original(item)

    object.__setattr__(kernel.service, "handlers", {**handlers, type(command): decide})
    kernel._append = append_after_another  # type: ignore[assignment]
    try:
        await pool.execute("select 1")
        receipt = await kernel.execute(Request(command))
    finally:
        object.__setattr__(kernel.service, "handlers", handlers)
        kernel._append = original
    assert receipt.written
    assert decided_on == [0, 1]
    assert await pool.fetchval("select max(revision) from journal where subject = $1", subject) == 3


async def test_the_same_key_gives_the_same_answer_and_another_wish_is_refused(workshop: Workshop) -> None:
    command = workshop.registration("once")
    first = await workshop.do(command, key="li.na:once", fingerprint=b"1")
    again = await workshop.do(command, key="li.na:once", fingerprint=b"1")
    assert (again.version, again.events, again.replayed) == (first.version, first.events, True)
    with pytest.raises(KeyReused):
        await workshop.do(command, key="li.na:once", fingerprint=b"2")
    assert await count(workshop) == 1


async def test_a_refusal_is_not_remembered(workshop: Workshop) -> None:
    too_early = workshop.registration("r", received_at=datetime.now(UTC).replace(year=2090))
    with pytest.raises(Refused, match="received_in_future"):
        await workshop.do(too_early, key="li.na:r", fingerprint=b"1")
    right = workshop.registration("r")
    assert (await workshop.do(right, key="li.na:r", fingerprint=b"1")).written


async def test_registering_the_same_complaint_again_adds_nothing(workshop: Workshop) -> None:
    done = await asyncio.gather(*(workshop.do(workshop.registration("same")) for _ in range(20)))
    assert sum(each.written for each in done) == 1
    assert await count(workshop) == 1


async def test_a_complaint_number_that_is_taken_gives_way_to_the_next(workshop: Workshop) -> None:
    command = workshop.registration("n")
    taken = number_of(command.complaint_id, 0)
    key = str(workshop.intake.rooms.service.guards[0].key(None, _Numbered(taken)))
    await workshop.intake.pool.execute("insert into guards values ($1, 1, $2)", key, '"another complaint"')
    await workshop.do(command)
    numbers = await workshop.intake.pool.fetch("select key from guards where key <> $1", key)
    assert [each["key"] for each in numbers] == [key.replace(taken, number_of(command.complaint_id, 1))]


class _Numbered:
    def __init__(self, number: str) -> None:
        self.number = number


async def test_if_match_counts_own_changes_only(workshop: Workshop) -> None:
    subject = await workshop.registered()
    pool = workshop.intake.pool
    await append(pool, [Item(subject, 1, (row("callback"),))])
    with pytest.raises(VersionChanged):
        await workshop.do(workshop.acknowledgement(subject), if_match=2)
    assert (await workshop.do(workshop.acknowledgement(subject), if_match=1)).version == 2


async def test_a_held_subject_takes_no_command(workshop: Workshop) -> None:
    subject = await workshop.registered()
    await workshop.intake.pool.execute(
        "insert into parked (subscriber, subject, partition, position, source, version, reason) "
        "values ('decide', $1, 0, 0, 'callback', 1, 'broken')",
        subject,
    )
    with pytest.raises(Held):
        await workshop.do(workshop.acknowledgement(subject))
    assert await count(workshop) == 1


async def test_every_decision_says_what_it_knew(workshop: Workshop) -> None:
    subject = await workshop.registered()
    await append(workshop.intake.pool, [Item(subject, 1, (row("callback", 4),))])
    await workshop.do(workshop.acknowledgement(subject))
    body = await workshop.intake.pool.fetchval(
        "select body from journal where subject = $1 and source = 'intake' and version = 2", subject
    )
    assert b'"seen":"callback=4"' in body
    assert AGENT.id.encode() in body
