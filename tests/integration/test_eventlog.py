"""What the system asks of a log, asked of the embedded one and of Kafka alike."""

import asyncio
import random
from time import monotonic

import pytest

from shared.eventlog.faults import PositionLost, UnfitLog
from shared.eventlog.protocol import EventLog, Outgoing, Record
from tests.fixtures.eventlogs import PARTITIONS, Rig, batch, by_partition, take

FROM_THE_START = dict.fromkeys(range(PARTITIONS), 0)


async def test_records_come_back_in_the_order_in_which_they_were_sent(rig: Rig) -> None:
    log = await rig.open()
    for n in range(0, 30, 3):
        await log.send({2: batch(str(n), str(n + 1), str(n + 2))})
    assert [record.value for record in await rig.read_all(log)] == [str(n).encode() for n in range(30)]


async def test_a_record_comes_back_as_it_was_sent(rig: Rig) -> None:
    headers = (("ce_type", b"complaint.registered"), ("chain", bytes(range(256))), ("empty", b""))
    log = await rig.open()
    await log.send({1: [Outgoing("Beschwerde:ü", b"\x00\xff{}", headers), Outgoing("k", b"", ())]})
    assert await rig.read_all(log) == [
        Record(1, 0, "Beschwerde:ü", b"\x00\xff{}", headers),
        Record(1, 1, "k", b"", ()),
    ]


async def test_offsets_are_dense_and_the_answer_names_the_first(rig: Rig) -> None:
    log = await rig.open()
    assert await log.send({0: batch("a", "b")}) == {0: 0}
    assert await log.send({0: batch("c"), 3: batch("d")}) == {0: 2, 3: 0}
    assert await log.send({0: batch("e")}) == {0: 3}
    assert [record.offset for record in by_partition(await rig.read_all(log))[0]] == [0, 1, 2, 3]


async def test_one_send_serves_several_partitions(rig: Rig) -> None:
    log = await rig.open()
    sent = await log.send({p: batch(*(f"{p}:{n}" for n in range(p + 1))) for p in reversed(range(PARTITIONS))})
    assert sent == dict.fromkeys(range(PARTITIONS), 0)
    read = by_partition(await rig.read_all(log))
    assert {p: [r.value.decode() for r in rs] for p, rs in read.items()} == {
        p: [f"{p}:{n}" for n in range(p + 1)] for p in range(PARTITIONS)
    }


async def test_nothing_sent_is_nothing_written(rig: Rig) -> None:
    log = await rig.open()
    assert await log.send({}) == {}
    assert await log.send({0: [], 1: batch("a")}) == {1: 0}
    assert len(await rig.read_all(log)) == 1


async def test_a_partition_that_is_not_there_is_refused_before_anything_is_written(rig: Rig) -> None:
    log = await rig.open()
    with pytest.raises(ValueError, match="no such partition"):
        await log.send({0: batch("a"), PARTITIONS: batch("b")})
    assert await rig.read_all(log) == []


async def _send_at_random(log: EventLog, sender: int, rounds: int) -> dict[int, int]:
    """Batches for some partitions in any order; how many records each partition got."""
    chance = random.Random(sender)
    counts = dict.fromkeys(range(PARTITIONS), 0)
    for _ in range(rounds):
        batches = {}
        for partition in chance.sample(range(PARTITIONS), chance.randint(1, PARTITIONS)):
            size = chance.randint(1, 5)
            batches[partition] = batch(*(f"{sender}:{counts[partition] + n}" for n in range(size)))
            counts[partition] += size
        answers = await log.send(batches)
        assert all(isinstance(answer, int) for answer in answers.values()), answers
    return counts


async def test_senders_on_the_same_partitions_lose_nothing_and_wait_in_no_circle(rig: Rig) -> None:
    logs = [await rig.open() for _ in range(3)]
    reader = rig.reader(logs[0])
    await reader.assign(FROM_THE_START)
    sending = [asyncio.create_task(_send_at_random(logs[n % 3], n, 25)) for n in range(6)]
    early = await take(reader, 50)  # reading along: what becomes visible must do so in order
    counts = await asyncio.wait_for(asyncio.gather(*sending), 60)
    records = early + await take(reader, sum(sum(each.values()) for each in counts) - len(early))

    for partition, found in by_partition(records).items():
        assert [record.offset for record in found] == list(range(len(found)))
        for sender in range(6):
            mine = [r.value.decode() for r in found if r.value.startswith(f"{sender}:".encode())]
            assert mine == [f"{sender}:{n}" for n in range(counts[sender][partition])]


async def test_an_old_position_delivers_again(rig: Rig) -> None:
    log = await rig.open()
    await log.send({0: batch("a", "b", "c"), 1: batch("d")})
    reader = rig.reader(log)
    await reader.assign({0: 0, 1: 0})
    await take(reader, 4)
    await reader.assign({0: 1, 1: 1})
    assert [record.value for record in await take(reader, 2)] == [b"b", b"c"]
    assert await reader.fetch(limit=10, wait=0.2) == []


async def test_only_what_is_assigned_is_read(rig: Rig) -> None:
    log = await rig.open()
    await log.send({p: batch("a") for p in range(PARTITIONS)})
    reader = rig.reader(log)
    await reader.assign({0: 0, 1: 0})
    await take(reader, 2)
    await reader.assign({2: 0})
    assert [record.partition for record in await take(reader, 1)] == [2]
    assert await reader.fetch(limit=10, wait=0.2) == []
    assert await reader.ends() == {2: 1}


async def test_a_reader_without_partitions_waits_and_reads_nothing(rig: Rig) -> None:
    log = await rig.open()
    await log.send({0: batch("a")})
    reader = rig.reader(log)
    await reader.assign({})
    assert await reader.fetch(limit=10, wait=0.05) == []
    assert await reader.ends() == {}


async def test_another_handle_goes_on_where_the_first_one_stood(rig: Rig) -> None:
    first = rig.handle()
    await first.start()
    identity = await first.identity()
    await first.send({1: batch("a", "b")})
    reader = first.reader()
    await reader.assign({1: 0})
    await take(reader, 2)
    await reader.close()
    await first.stop()

    second = await rig.open()
    assert await second.identity() == identity
    assert await second.send({1: batch("c")}) == {1: 2}
    assert [r.value for r in await rig.read_all(second, positions={1: 2})] == [b"c"]


async def test_a_handle_may_be_started_again(rig: Rig) -> None:
    log = rig.handle()
    await log.start()
    await log.send({0: batch("a")})
    await log.stop()
    assert not isinstance((await log.send({0: batch("b")}))[0], int)
    await log.start()
    assert await log.send({0: batch("b")}) == {0: 1}
    await log.stop()


async def test_several_processes_may_make_the_log_at_once(rig: Rig) -> None:
    logs = await asyncio.gather(*(rig.open() for _ in range(4)))
    assert len({await log.identity() for log in logs}) == 1
    assert [await log.send({0: batch("a")}) for log in logs] == [{0: n} for n in range(4)]


async def test_a_log_made_with_other_partitions_is_refused(rig: Rig) -> None:
    await rig.open()
    with pytest.raises(UnfitLog, match=f"has {PARTITIONS} partitions and {PARTITIONS + 1} were asked for"):
        await rig.handle(PARTITIONS + 1).start()


async def test_an_envelope_of_the_largest_size_comes_back_whole(rig: Rig) -> None:
    log = await rig.open()
    values = [bytes([n]) * (256 * 1024) for n in range(12)]
    assert await log.send({0: [Outgoing("k", value) for value in values]}) == {0: 0}
    assert [record.value for record in await rig.read_all(log)] == values


async def test_a_batch_larger_than_one_request_keeps_its_order(rig: Rig) -> None:
    log = await rig.open()
    many = [Outgoing("k", n.to_bytes(4, "big") * 512) for n in range(2_000)]
    assert await log.send({0: many, 1: many[:10]}) == {0: 0, 1: 0}
    read = by_partition(await rig.read_all(log))
    assert [record.value for record in read[0]] == [record.value for record in many]
    assert [record.offset for record in read[0]] == list(range(2_000))


async def test_a_fetch_keeps_its_limit_and_skips_nothing(rig: Rig) -> None:
    log = await rig.open()
    await log.send({0: batch(*map(str, range(40))), 1: batch(*map(str, range(3)))})
    reader = rig.reader(log)
    await reader.assign(FROM_THE_START)
    found = by_partition(await take(reader, 43, limit=7))
    assert [r.offset for r in found[0]] == list(range(40))
    assert [r.offset for r in found[1]] == list(range(3))


async def test_a_waiting_reader_wakes_soon_after_a_send(rig: Rig) -> None:
    ours, theirs = await rig.open(), await rig.open()
    reader = rig.reader(ours)
    await reader.assign(FROM_THE_START)
    await reader.fetch(limit=10, wait=0.3)
    for sender in (ours, theirs):
        waits = []
        for n in range(10):
            fetching = asyncio.create_task(reader.fetch(limit=10, wait=10))
            await asyncio.sleep(0.02)
            sent_at = monotonic()
            await sender.send({n % PARTITIONS: batch("now")})
            assert len(await fetching) == 1
            waits.append(monotonic() - sent_at)
        assert sorted(waits)[5] < 0.15, waits


async def test_a_quiet_log_returns_nothing_after_the_wait(rig: Rig) -> None:
    log = await rig.open()
    reader = rig.reader(log)
    await reader.assign(FROM_THE_START)
    begun = monotonic()
    assert await reader.fetch(limit=10, wait=0.5) == []
    assert 0.45 < monotonic() - begun < 3


async def test_ends_name_the_offset_that_the_next_record_gets(rig: Rig) -> None:
    log = await rig.open()
    reader = rig.reader(log)
    await reader.assign({0: 0, 2: 0})
    assert await reader.ends() == {0: 0, 2: 0}
    await log.send({0: batch("a", "b"), 1: batch("c")})
    assert await reader.ends() == {0: 2, 2: 0}
    assert (await log.send({0: batch("d")}))[0] == 2


async def test_a_cancelled_fetch_takes_nothing_along(rig: Rig) -> None:
    log = await rig.open()
    reader = rig.reader(log)
    await reader.assign(FROM_THE_START)
    fetching = asyncio.create_task(reader.fetch(limit=10, wait=30))
    await asyncio.sleep(0.1)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    await log.send({0: batch("a")})
    assert [r.value for r in await take(reader, 1)] == [b"a"]


async def test_a_position_past_the_end_is_lost_and_never_jumped(rig: Rig) -> None:
    log = await rig.open()
    await log.send({0: batch("a", "b"), 1: batch("c")})
    reader = rig.reader(log)
    await reader.assign({0: 5, 1: 1})
    with pytest.raises(PositionLost, match="Partition 0"):
        await take(reader, 1)

    await log.send({0: batch(*"cdefgh")})  # now the log reaches past it, with other events than those that were there
    with pytest.raises(PositionLost, match="Partition 0"):
        await reader.fetch(limit=10, wait=1)
    await reader.assign({0: 7})
    assert [r.value for r in await take(reader, 1)] == [b"h"]


async def test_a_fetch_of_no_records_is_refused(rig: Rig) -> None:
    log = await rig.open()
    reader = rig.reader(log)
    await reader.assign(FROM_THE_START)
    with pytest.raises(ValueError, match="no records"):
        await reader.fetch(limit=0, wait=1)
