"""Many commands side by side: what one by itself would write, in a few statements, and none that spoils another."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.intake.commands import register
from services.intake.limits import number_of
from shared.decide import Refused
from shared.proof.chain import GENESIS, link
from shared.store import execute
from shared.store.append import Item, append_each
from shared.store.execute import Kernel, Receipt, Request
from tests.fixtures.runtimes import Workshop
from tests.integration.test_journal import row

pytestmark = pytest.mark.services("intake")


class Counting:
    """A pool that counts what it is asked."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.asked = 0

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        self.asked += 1
        return list(await self._pool.fetch(query, *args))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


def requests(workshop: Workshop, *keys: str, **fields: Any) -> list[Request]:
    return [Request(workshop.registration(key, **fields)) for key in keys]


def written(told: Receipt | Refused) -> Receipt:
    assert isinstance(told, Receipt), told
    return told


async def journal(workshop: Workshop) -> list[asyncpg.Record]:
    return list(await workshop.intake.pool.fetch("select * from journal order by subject, revision"))


async def test_many_are_written_sealed_chained_and_sent_as_one_would_be(workshop: Workshop) -> None:
    wishes = requests(workshop, *(f"key-{n}" for n in range(40)))
    receipts = await workshop.intake.kernel.execute_all(wishes)
    subjects = [wish.command.subject_id() for wish in wishes]
    assert receipts == [Receipt(subject, 1, ("complaint.registered",), written=True) for subject in subjects]
    rows = await journal(workshop)
    assert [each["subject"] for each in rows] == sorted(subjects)
    assert all(each["chain"] == link(GENESIS, each["body"]) for each in rows)
    assert all(b"Charged twice" not in each["body"] for each in rows)
    pool = workshop.intake.pool
    assert await pool.fetchval("select count(*) from outbox") == 40
    assert await pool.fetchval("select count(*) from guards where key like 'complaint_number:%'") == 40
    again = await workshop.intake.kernel.execute_all(wishes)
    assert again == [Receipt(subject, 1, (), written=False) for subject in subjects]


async def test_they_share_their_statements(workshop: Workshop) -> None:
    runtime = workshop.intake
    pool = Counting(runtime.pool)
    kernel = Kernel(runtime.rooms.service, pool, workshop.process.keyring, workshop.process.clock)
    receipts = await kernel.execute_all(requests(workshop, *(f"key-{n}" for n in range(40))))
    assert all(written(each).written for each in receipts)
    # What is known, what is kept, the guards of the numbers; then the append.
    assert pool.asked <= 6


async def test_what_is_refused_keeps_no_other_from_being_written(workshop: Workshop) -> None:
    good, bad = requests(workshop, "a", "b"), requests(workshop, "c", proxy="Li Lei")
    first, refused, last = await workshop.intake.kernel.execute_all([good[0], bad[0], good[1]])
    assert written(first).written and written(last).written
    assert isinstance(refused, Refused) and refused.code == "proxy_without_authority"
    assert len(await journal(workshop)) == 2


async def test_what_is_asked_twice_is_written_once(workshop: Workshop) -> None:
    first, other, again = await workshop.intake.kernel.execute_all(requests(workshop, "same", "other", "same"))
    assert (written(first).written, written(other).written, written(again).written) == (True, True, False)
    assert len(await journal(workshop)) == 2


async def test_of_those_who_want_one_number_each_gets_one(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        register, "number_of", lambda name, attempt: number_of(name if attempt else UUID(int=7), attempt)
    )
    receipts = await workshop.intake.kernel.execute_all(requests(workshop, *"abcd"))
    assert all(written(each).written for each in receipts)
    numbers = await workshop.intake.pool.fetch("select key from guards where key like 'complaint_number:%'")
    assert len(numbers) == 4


async def test_who_was_overtaken_decides_again_and_the_others_need_not(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes = requests(workshop, *"abc")
    overtaken = wishes[1].command.subject_id()

    async def after_another(pool: Any, items: Sequence[Item]) -> list[bool]:
        monkeypatch.undo()
        assert await append_each(pool, [Item(overtaken, 0, (row("callback"),))]) == [True]
        return await append_each(pool, items)

    monkeypatch.setattr(execute, "append_each", after_another)
    receipts = await workshop.intake.kernel.execute_all(wishes)
    assert all(written(each).written for each in receipts)
    assert [each["revision"] for each in await journal(workshop) if each["subject"] == overtaken] == [1, 2]
