"""What was changed behind the system's back is named: a view's row, the store, the log."""

from dataclasses import replace

import pytest

from closedloop.verify.report import Report
from closedloop.verify.run import verify
from shared.eventlog.protocol import Outgoing, partition_of
from shared.store.files import NewFile, keep
from tests.fixtures.runtimes import Workshop


async def prepared(workshop: Workshop) -> str:
    """A complaint with two events, taken in by everybody; gives its subject."""
    subject = await workshop.registered()
    await workshop.do(workshop.acknowledgement(subject))
    await workshop.relayed()
    for service in workshop.runtimes:
        await workshop.taken_in(service)
    assert (await verified(workshop)).ok
    return subject


async def verified(workshop: Workshop) -> Report:
    return await verify(workshop.process, workshop.runtimes)


async def behind_its_back(workshop: Workshop, service: str, statement: str, *args: object) -> None:
    pool = workshop.runtimes[service].pool
    async with pool.acquire() as connection:
        await connection.execute("set session_replication_role = replica")  # no trigger: as a bad superuser would
        await connection.execute(statement, *args)
        await connection.execute("set session_replication_role = origin")


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("update {table} set status = 'closed'", "row_differs"),
        ("update {table} set complainant = 'Somebody Else'", "row_differs"),
        ("delete from {table}", "row_missing"),
        ("update {table} set key = 'made-up'", "row_unfounded"),
        ("update {table} set _partition = (_partition + 1) % 24", "row_missing"),
    ],
)
async def test_a_changed_row_of_a_view_is_named(workshop: Workshop, statement: str, kind: str) -> None:
    await prepared(workshop)
    await behind_its_back(workshop, "intake", statement.format(table=workshop.first_table("register")))
    report = await verified(workshop)
    assert kind in report.kinds
    assert "register" in report.findings[0].where


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("update journal set body = replace(encode(body, 'escape'), 'sms-1', 'sms-2')::bytea where version = 2",
         "journal_chain"),
        ("delete from journal where version = 2", "not_in_store"),
        ("delete from journal where version = 1", "journal_gap"),
        ("delete from journal", "not_in_store"),
    ],
)  # fmt: skip
async def test_a_changed_or_deleted_event_of_the_store_is_named(workshop: Workshop, statement: str, kind: str) -> None:
    subject = await prepared(workshop)
    await behind_its_back(workshop, "intake", statement)
    report = await verified(workshop)
    assert kind in report.kinds
    assert subject in report.findings[0].where


async def test_a_learned_fact_that_was_lost_is_named(workshop: Workshop) -> None:
    await prepared(workshop)
    await behind_its_back(workshop, "investigation", "delete from journal where version = 2")
    assert "not_in_store" in (await verified(workshop)).kinds


async def test_an_event_that_never_reached_the_log_is_named(workshop: Workshop) -> None:
    subject = await prepared(workshop)
    await workshop.do(workshop.registration("late"))
    assert (await verified(workshop)).ok, "what waits in the outbox is on its way"
    await workshop.intake.pool.execute("delete from outbox")
    report = await verified(workshop)
    assert report.kinds["not_in_log"] == 1
    assert subject not in report.findings[0].where


async def test_a_forged_event_in_the_log_is_named(workshop: Workshop) -> None:
    subject = await prepared(workshop)
    records = [record for record in await workshop.all_records() if record.key == subject]
    last = records[-1]
    forged = last.value.replace(b'"version":2', b'"version":3')
    headers = tuple((key, b"3" if key == "version" else value) for key, value in last.headers)
    await workshop.process.log.send({partition_of(subject): [Outgoing(subject, forged, headers)]})
    assert "chain" in (await verified(workshop)).kinds


async def test_a_double_with_other_bytes_is_named_and_an_honest_double_is_not(workshop: Workshop) -> None:
    subject = await prepared(workshop)
    records = [record for record in await workshop.all_records() if record.key == subject]
    again = [Outgoing(record.key, record.value, record.headers) for record in records]
    await workshop.process.log.send({partition_of(subject): again})
    assert (await verified(workshop)).ok
    other = replace(again[1], value=again[1].value.replace(b"sms-1", b"sms-2"))
    await workshop.process.log.send({partition_of(subject): [other]})
    assert "changed" in (await verified(workshop)).kinds


async def test_what_is_parked_is_named(workshop: Workshop) -> None:
    await prepared(workshop)
    await workshop.intake.pool.execute(
        "insert into parked (subscriber, subject, partition, position, source, version, reason) "
        "values ('decide', 'complaint:x', 0, 0, 'callback', 1, 'broken')"
    )
    assert (await verified(workshop)).kinds == {"parked": 1}


async def test_a_file_whose_bytes_were_changed_is_named_also_when_its_person_was_erased(workshop: Workshop) -> None:
    subject = await prepared(workshop)
    process = workshop.process
    files = [NewFile(subject, "person:a", "text/plain", bytes([n])) for n in range(60)]
    at = process.clock.now()
    kept = [await keep(workshop.intake.pool, process.keyring, file, "li.na", at) for file in files]
    await process.keyring._vault.destroy("person:a")
    assert (await verified(workshop)).ok
    changed = max(file.sha256 for file in kept)
    await behind_its_back(workshop, "intake", "update files set sealed = 'x' where sha256 = $1", changed)
    report = await verified(workshop)
    assert report.kinds == {"file_changed": 1}
    assert changed in report.findings[0].where and subject in report.findings[0].where
