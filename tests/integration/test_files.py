"""Evidence files in a service's own database: sealed, named by their ciphertext, known to commands that name them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shared.decide import ComplaintCommand, Known, Refused, StoredFile
from shared.privacy.keyring import PersonErased, SealBroken
from shared.store.execute import Held, Kernel, Request
from shared.store.files import NewFile, OpenedFile, keep, opened
from shared.store.load import Wanted, load
from tests.fixtures.runtimes import AGENT, Workshop

pytestmark = pytest.mark.services("intake")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
CANARY = b"Canariensis-Serinus"
OWNER = "person:ann"
CASE = "complaint:a"


@pytest.fixture
async def owner(workshop: Workshop) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who may do everything to the database."""
    connection = await asyncpg.connect(workshop.dsns["intake"])
    yield connection
    await connection.close()


async def kept(workshop: Workshop, content: bytes = PNG, subject: str = CASE, of: str = OWNER) -> StoredFile:
    file = NewFile(subject, of, "image/png", content)
    at = workshop.process.clock.now()
    return await keep(workshop.intake.pool, workshop.process.keyring, file, AGENT.id, at)


async def open_again(workshop: Workshop, sha256: str, subject: str = CASE) -> OpenedFile | None:
    return await opened(workshop.intake.pool, workshop.process.keyring, sha256, subject)


async def test_a_file_comes_back_byte_for_byte_and_lies_there_sealed(workshop: Workshop) -> None:
    stored = await kept(workshop, PNG + CANARY)
    assert (stored.subject, stored.media_type, stored.size) == (CASE, "image/png", len(PNG + CANARY))
    assert await open_again(workshop, stored.sha256) == OpenedFile("image/png", PNG + CANARY)
    row = await workshop.intake.pool.fetchrow("select * from files")
    assert row is not None
    assert CANARY not in row["sealed"]
    assert row["sha256"] == await workshop.intake.pool.fetchval("select encode(sha256(sealed), 'hex') from files")
    assert (row["owner"], row["stored_by"]) == (OWNER, AGENT.id)


async def test_the_same_bytes_sent_twice_are_two_files(workshop: Workshop) -> None:
    one, other = await kept(workshop), await kept(workshop)
    assert one.sha256 != other.sha256
    for each in (one, other):
        assert await open_again(workshop, each.sha256) == OpenedFile("image/png", PNG)


async def test_a_file_is_there_for_its_own_case_only(workshop: Workshop) -> None:
    stored = await kept(workshop)
    assert await open_again(workshop, stored.sha256, "complaint:b") is None
    assert await open_again(workshop, "0" * 64) is None


async def test_files_whose_bytes_were_exchanged_do_not_open(workshop: Workshop, owner: asyncpg.Connection) -> None:
    """Both are of one case and one type, so the seal alone would not tell."""
    one, other = await kept(workshop, PNG), await kept(workshop, PNG + b"other")
    await owner.execute("alter table files disable trigger all")
    await owner.execute(
        "update files f set sealed = o.sealed from files o where f.sha256 = $1 and o.sha256 = $2",
        one.sha256,
        other.sha256,
    )
    with pytest.raises(SealBroken):
        await open_again(workshop, one.sha256)
    assert await open_again(workshop, other.sha256) is not None


async def test_what_a_row_says_of_a_file_can_not_be_changed_unnoticed(
    workshop: Workshop, owner: asyncpg.Connection
) -> None:
    await owner.execute("alter table files disable trigger all")
    for change in ("subject = 'complaint:b'", "media_type = 'text/plain'", "owner = 'person:bob'"):
        stored = await kept(workshop)
        await kept(workshop, of="person:bob")
        await owner.execute(f"update files set {change} where sha256 = $1", stored.sha256)
        subject = "complaint:b" if "complaint:b" in change else CASE
        with pytest.raises(SealBroken):
            await open_again(workshop, stored.sha256, subject)


async def test_a_file_of_an_erased_person_is_gone_though_its_bytes_and_their_hash_stay(workshop: Workshop) -> None:
    stored = await kept(workshop)
    await workshop.process.keyring._vault.destroy(OWNER)
    with pytest.raises(PersonErased):
        await open_again(workshop, stored.sha256)
    with pytest.raises(PersonErased):
        await kept(workshop)
    assert await workshop.intake.pool.fetchval("select encode(sha256(sealed), 'hex') from files") == stored.sha256


async def test_the_load_brings_each_command_the_files_it_names(workshop: Workshop) -> None:
    one, other = await kept(workshop), await kept(workshop)
    absent = "0" * 64
    wanted = [
        Wanted(subjects=((CASE, 0),), files=(one.sha256, absent)),
        Wanted(subjects=((CASE, 0),)),
        Wanted(subjects=((CASE, 0),), files=(other.sha256, one.sha256)),
    ]
    found = [each.files for each in await load(workshop.intake.pool, wanted)]
    assert found == [{one.sha256: one}, {}, {other.sha256: other, one.sha256: one}]


class Attach(ComplaintCommand, path="/complaints/{complaint_id}/attachment", may=("agent",)):
    """A command that names a file, as those of the services do."""

    sha256: str

    def files(self) -> tuple[str, ...]:
        return (self.sha256,)


async def test_a_command_knows_the_files_that_it_names(workshop: Workshop) -> None:
    subject = await workshop.registered()
    decided: list[StoredFile] = []

    def decide(state: Any, command: Attach, known: Known) -> list[Any]:
        decided.append(known.file(command.sha256, command.subject_id()))
        return []

    runtime, process = workshop.intake, workshop.process
    service = replace(runtime.rooms.service, handlers={Attach: decide})
    kernel = Kernel(service, runtime.pool, process.keyring, process.clock)

    async def attach(sha256: str) -> None:
        name = UUID(subject.partition(":")[2])
        await kernel.execute(Request(Attach(complaint_id=name, sha256=sha256, actor=AGENT, at=process.clock.now())))

    mine, anothers = await kept(workshop, subject=subject), await kept(workshop)
    await attach(mine.sha256)
    assert decided == [mine]
    for sha256 in (anothers.sha256, "0" * 64):
        with pytest.raises(Refused) as refused:
            await attach(sha256)
        assert refused.value.code == "file_unknown"
    assert decided == [mine]


async def test_the_state_of_a_case_is_what_its_events_say_now(workshop: Workshop) -> None:
    kernel = workshop.intake.kernel
    assert (await kernel.state(CASE)).person == ""
    subject = await workshop.registered()
    assert (await kernel.state(subject)).acknowledged is None
    await workshop.do(workshop.acknowledgement(subject))
    assert (await kernel.state(subject)).acknowledged.channel == "sms"
    runtime, process = workshop.intake, workshop.process
    elsewhere = Kernel(runtime.rooms.service, runtime.pool, process.keyring, process.clock)
    assert await elsewhere.state(subject) == await kernel.state(subject)


async def test_the_state_of_a_held_case_is_not_told(workshop: Workshop) -> None:
    subject = await workshop.registered()
    await workshop.intake.pool.execute(
        "insert into parked (subscriber, subject, partition, position, source, version, reason) "
        "values ('decide', $1, 0, 0, 'callback', 1, 'broken')",
        subject,
    )
    with pytest.raises(Held):
        await workshop.intake.kernel.state(subject)
