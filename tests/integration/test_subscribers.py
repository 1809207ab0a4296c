"""Learning and projecting: fenced, once, in order, nothing skipped; one broken view in nobody else's way."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import pytest

from shared.eventlog.protocol import Outgoing, Record, partition_of
from shared.projections.offsets import Fenced, WrongLog
from shared.projections.view_subscriber import ViewSubscriber
from shared.proof.chain import GENESIS, link
from shared.store.execute import Held
from tests.fixtures.runtimes import Workshop

LEARNED = "select count(*) from journal where source = 'intake'"


async def told(workshop: Workshop, *subjects: str) -> list[Record]:
    """The whole log, of these subjects if any are named."""
    await workshop.relayed()
    return [record for record in await workshop.all_records() if not subjects or record.key in subjects]


def rechained(records: Iterable[Record]) -> list[Record]:
    """The records with chains that fit what is in them."""
    chains: dict[tuple[str, bytes | None], bytes] = {}
    made = []
    for record in records:
        stream = (record.key, record.header("source"))
        chains[stream] = link(chains.get(stream, GENESIS), record.value)
        headers = tuple((name, chains[stream] if name == "chain" else value) for name, value in record.headers)
        made.append(replace(record, headers=headers))
    return made


async def learned(workshop: Workshop) -> int:
    count: int = await workshop.runtimes["investigation"].pool.fetchval(LEARNED)
    return count


async def parked(workshop: Workshop, service: str = "investigation") -> list[tuple[str, str]]:
    rows = await workshop.runtimes[service].pool.fetch("select subscriber, reason from parked order by position")
    return [(row["subscriber"].split("_v")[0], row["reason"]) for row in rows]


async def test_facts_are_learned_once_however_often_they_are_delivered(workshop: Workshop) -> None:
    subject = await workshop.registered()
    await workshop.do(workshop.acknowledgement(subject))
    records = await told(workshop)
    decide = await workshop.subscriber("investigation")
    await decide.apply(records)
    await decide.apply(records)
    doubled = [replace(record, offset=record.offset + 2) for record in records]
    await decide.apply(doubled)
    assert await learned(workshop) == 2
    assert await parked(workshop) == []


async def test_a_zombie_writes_nothing(workshop: Workshop) -> None:
    await workshop.registered()
    records = await told(workshop)
    zombie = await workshop.subscriber("investigation")
    other = await workshop.subscriber("investigation")
    await other.apply(records)
    with pytest.raises(Fenced):
        await zombie.apply(records)
    assert await learned(workshop) == 1


async def test_a_gap_waits_and_heals_when_the_missing_one_comes(workshop: Workshop) -> None:
    subject = await workshop.registered()
    await workshop.do(workshop.acknowledgement(subject))
    first, second = await told(workshop)
    # As a retried batch can bring it about: version 2 before version 1, in the log itself.
    log, partition = workshop.process.log, partition_of(subject)
    place = (await log.send({partition: [_again(second), _again(first)]}))[partition]
    assert isinstance(place, int)
    late, early = replace(second, offset=place), replace(first, offset=place + 1)
    decide = await workshop.subscriber("investigation")
    await workshop.runtimes["investigation"].pool.execute(
        "insert into offsets (subscriber, partition, next_offset, log) values ('sequence', $1, 0, $2)",
        partition, await log.identity(),
    )  # fmt: skip
    await workshop.runtimes["investigation"].pool.execute("update offsets set next_offset = $1", place)
    await decide.take(range(log.partitions))
    await decide.apply([late])
    assert (await learned(workshop), await parked(workshop)) == (0, [("decide", "gap")])
    await decide.apply([early])
    assert (await learned(workshop), await parked(workshop)) == (2, [])


def _again(record: Record) -> Outgoing:
    return Outgoing(record.key, record.value, record.headers)


async def test_a_broken_event_holds_its_subject_and_no_other(workshop: Workshop) -> None:
    broken, fine = await workshop.registered(), await workshop.registered()
    await workshop.do(workshop.acknowledgement(broken))
    records = await told(workshop)
    spoilt = rechained(
        replace(record, value=b"{}") if record.key == broken and record.header("version") == b"1" else record
        for record in records
    )
    decide, pool = await workshop.subscriber("investigation"), workshop.runtimes["investigation"].pool
    await decide.apply(spoilt)
    assert await learned(workshop) == 1
    assert await parked(workshop) == [("decide", "broken"), ("decide", "behind")]
    assert fine not in {row["subject"] for row in await pool.fetch("select subject from parked")}
    # The log itself holds the right bytes, so a release reads them anew and everything flows again.
    assert await decide.release(broken) == 2
    assert (await learned(workshop), await parked(workshop)) == (3, [])


async def test_a_view_that_raises_parks_its_subject_and_leaves_decide_alone(workshop: Workshop) -> None:
    subject = await workshop.registered()
    records = await told(workshop)
    view = await workshop.subscriber("intake", "register")
    assert isinstance(view, ViewSubscriber)
    steps = view.table.view.steps
    usual = dict(steps)
    try:
        for event in steps:
            steps[event] = _raises
        await view.apply(records)
    finally:
        steps.update(usual)
    assert await parked(workshop, "intake") == [("view:register", "broken")]
    await (await workshop.subscriber("intake")).apply(records)
    assert (await workshop.do(workshop.acknowledgement(subject))).written
    assert await view.release(subject) == 1
    assert await workshop.intake.pool.fetchval(f"select count(*) from {workshop.rows_of('register')}") == 1


def _raises(_event: object, _at: object) -> None:
    raise ZeroDivisionError


async def test_an_unknown_type_stops_its_subject_only_if_it_is_critical(workshop: Workshop) -> None:
    subject, other = await workshop.registered(), await workshop.registered()
    records = await told(workshop)
    newer = []
    for record in records:
        critical = b"true" if record.key == subject else b"false"
        value = record.value.replace(b'"critical":true', b'"critical":' + critical).replace(
            b'"type":"complaint.registered"', b'"type":"complaint.beamed-up"'
        )
        headers = tuple((k, b"complaint.beamed-up" if k == "type" else v) for k, v in record.headers)
        newer.append(replace(record, value=value, headers=headers))
    decide = await workshop.subscriber("investigation")
    await decide.apply(rechained(newer))
    assert await parked(workshop) == [("decide", "unknown_type")]
    assert other != subject


async def test_commands_on_a_held_subject_are_refused(workshop: Workshop) -> None:
    subject = await workshop.registered()
    await workshop.relayed()
    records = await workshop.all_records()
    decide = await workshop.subscriber("intake")
    foreign = [
        replace(
            record,
            headers=tuple((k, {"source": b"callback", "version": b"3"}.get(k, v)) for k, v in record.headers),
        )
        for record in records
    ]
    await decide.apply(foreign)
    with pytest.raises(Held):
        await workshop.do(workshop.acknowledgement(subject))


async def test_a_forged_record_is_not_believed_and_holds_its_case(workshop: Workshop) -> None:
    subject = await workshop.registered()
    (true,) = await told(workshop)
    forged = replace(true, value=true.value.replace(b'"channel":"phone"', b'"channel":"email"'))
    assert forged.value != true.value
    decide = await workshop.subscriber("investigation")
    await decide.apply([forged])
    assert (await learned(workshop), await parked(workshop)) == (0, [("decide", "broken")])
    with pytest.raises(Held):
        await workshop.runtimes["investigation"].kernel.state(subject)
    # Read again, it is told the same: who forged it need only wait for a restart otherwise.
    again = await workshop.subscriber("investigation")
    await again.release(subject)
    assert (await learned(workshop), await parked(workshop)) == (0, [("decide", "broken")])


async def test_a_record_that_is_not_ours_is_parked_not_skipped(workshop: Workshop) -> None:
    decide = await workshop.subscriber("investigation")
    await decide.apply([Record(0, 0, "complaint:x", b"hello", ())])
    assert await parked(workshop) == [("decide", "malformed")]


async def test_offsets_of_another_log_are_refused(workshop: Workshop) -> None:
    await workshop.registered()
    decide = await workshop.subscriber("investigation")
    await decide.apply(await told(workshop))
    await workshop.runtimes["investigation"].pool.execute("update offsets set log = 'another'")
    with pytest.raises(WrongLog, match="another"):
        await decide.take(range(24))


async def test_views_and_learning_survive_a_command_in_the_midst(workshop: Workshop) -> None:
    """A command and a learned fact on one subject at once: both land, one after the other."""
    subjects = [await workshop.registered() for _ in range(20)]
    records = await told(workshop)
    decide = await workshop.subscriber("intake")
    foreign = [
        replace(r, headers=tuple((k, b"callback" if k == "source" else v) for k, v in r.headers)) for r in records
    ]
    await asyncio.gather(
        decide.apply(foreign), *(workshop.do(workshop.acknowledgement(subject)) for subject in subjects)
    )
    own = "select count(*) from journal where source = 'intake'"
    assert await workshop.intake.pool.fetchval(own) == 40
