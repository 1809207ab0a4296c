"""Records are parsed and opened once for all who read them at the same time, and not remembered any longer."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from shared.eventlog.protocol import Record
from shared.events.directory import StaffLeft
from shared.events.envelope import Envelope, data_of
from shared.events.intake import NoteAdded
from shared.privacy.keyring import Keyring
from shared.privacy.personal import Personal, with_personal
from shared.projections.reading import Reading

AT = datetime(2025, 3, 3, 12, tzinfo=UTC)
SEALED = "A" * 42
ZHAO = "person:00000000-0000-4000-8000-0000000000c1"


class Counting(Keyring):
    """Opens every note as its own event's id, and counts what it was asked; `away` as a vault that does not answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    async def open(self, items: Sequence[tuple[str, Any]], **_: Any) -> list[Any]:
        await asyncio.sleep(0)
        if self.away:
            raise TimeoutError
        self.asked += [event_id for event_id, _ in items]
        return [with_personal(event, {"text": event.text.opened_as(event_id)}) for event_id, event in items]


def record(offset: int, event: Any) -> Record:
    envelope = Envelope(
        id=UUID(int=offset), source=event.source, subject="complaint:x", type=event.wire_type, schema_version=1,
        version=offset, time=AT, recorded=AT, actor=event.by, role="agent", department="d", causation="c",
        correlation="c", seen="", pack="p", critical=True, cycle=getattr(event, "cycle", None),
    )  # fmt: skip
    return Record(0, offset, envelope.subject, envelope.to_bytes(data_of(event)))


def note(offset: int) -> Record:
    text = Personal.model_validate({"owner": ZHAO, "sealed": SEALED})
    return record(offset, NoteAdded(at=AT, by="agent-1", cycle=1, note="n1", text=text))


def text_of(told: Any) -> Personal:
    text: Personal = told[1].text
    return text


def words(told: Any) -> str:
    return text_of(told).clear


@pytest.fixture
def keyring() -> Counting:
    return Counting()


async def test_several_who_read_at_once_open_each_record_once(keyring: Counting) -> None:
    reading, notes = Reading(keyring), [note(1), note(2), note(3)]
    with reading.at_work():
        first, second = await asyncio.gather(reading.opened(notes[:2]), reading.opened(notes[1:]))
        assert [words(each) for each in (*first, *second)] == [str(UUID(int=n)) for n in (1, 2, 2, 3)]
        assert keyring.asked == [str(UUID(int=n)) for n in (1, 2, 3)]
        assert reading.parsed(notes[0]) is reading.parsed(notes[0])
        assert not text_of(reading.parsed(notes[0])).is_open


async def test_nothing_is_remembered_when_nobody_is_at_work_any_more(keyring: Counting) -> None:
    reading, one = Reading(keyring), note(1)
    with reading.at_work():
        with reading.at_work():
            await reading.opened([one])
        await reading.opened([one])
        parsed = reading.parsed(one)
    assert len(keyring.asked) == 1
    assert reading.parsed(one) is not parsed
    await reading.opened([one])
    await reading.opened([one])
    assert len(keyring.asked) == 3


async def test_a_vault_that_does_not_answer_spoils_nothing_for_the_next(keyring: Counting) -> None:
    reading, one = Reading(keyring), note(1)
    with reading.at_work():
        keyring.away = True
        with pytest.raises(TimeoutError):
            await reading.opened([one])
        keyring.away = False
        (told,) = await reading.opened([one])
    assert words(told) == str(UUID(int=1))


async def test_what_holds_nothing_personal_is_not_opened(keyring: Counting) -> None:
    keyring.away = False
    (told,) = await Reading(keyring).opened([record(1, StaffLeft(at=AT, by="admin-1"))])
    assert told[1] == StaffLeft(at=AT, by="admin-1") and keyring.asked == []
