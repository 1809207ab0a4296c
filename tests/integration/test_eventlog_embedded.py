"""What only the embedded log must see to: offsets that become visible in order, and a poll that costs little."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import asyncpg
import pytest

from shared.eventlog.embedded import SEND, EmbeddedLog
from shared.eventlog.embedded_reader import FETCH_BYTES
from shared.eventlog.faults import PositionLost
from shared.eventlog.protocol import Outgoing
from tests.fixtures.eventlogs import PARTITIONS, Rig, batch, take
from tests.fixtures.postgres import Database

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

FROM_THE_START = dict.fromkeys(range(PARTITIONS), 0)


class CountingLog(EmbeddedLog):
    """Counts its polls."""

    polls = 0

    async def read_ends(self) -> dict[int, int]:
        self.polls += 1
        return await super().read_ends()


@pytest.fixture
async def log(embedded_rig: Rig) -> AsyncIterator[CountingLog]:
    log = CountingLog(embedded_rig.address, partitions=PARTITIONS)
    await log.start()
    yield log
    await log.stop()


@pytest.fixture
async def connection(embedded_rig: Rig, log: EmbeddedLog) -> AsyncIterator["Connection"]:
    connection = await asyncpg.connect(embedded_rig.address)
    yield connection
    await connection.close()


async def test_an_offset_is_not_given_out_before_the_ones_below_it_are_there(
    embedded_rig: Rig, log: EmbeddedLog, connection: "Connection"
) -> None:
    slow = connection.transaction()
    await slow.start()
    await connection.fetch(SEND, [0], [1], [0], [0], ["k"], [b"first"], [None])
    fast = asyncio.create_task(log.send({0: batch("second")}))
    await asyncio.sleep(0.3)
    assert not fast.done()
    assert await embedded_rig.read_all(log) == []

    await slow.commit()
    assert await fast == {0: 1}
    assert [record.value for record in await embedded_rig.read_all(log)] == [b"first", b"second"]


async def test_a_sender_that_gives_up_leaves_no_hole(
    embedded_rig: Rig, log: EmbeddedLog, connection: "Connection"
) -> None:
    given_up = connection.transaction()
    await given_up.start()
    await connection.fetch(SEND, [0], [1], [0], [0], ["k"], [b"never"], [None])
    await given_up.rollback()
    assert await log.send({0: batch("a")}) == {0: 0}


async def test_a_record_that_was_cut_out_is_missed(log: EmbeddedLog, connection: "Connection") -> None:
    await log.send({0: batch("a", "b", "c"), 1: batch("d")})
    for cut in (1, 0):
        await connection.execute('DELETE FROM log_record WHERE partition = 0 AND "offset" = $1', cut)
        reader = log.reader()
        await reader.assign({0: cut, 1: 0})
        for _ in range(2):
            with pytest.raises(PositionLost, match=f"lacks offset {cut}"):
                await reader.fetch(limit=10, wait=1)
        await reader.close()


async def test_an_idle_reader_asks_seldom(log: CountingLog) -> None:
    readers = [log.reader() for _ in range(5)]
    for reader in readers:
        await reader.assign(FROM_THE_START)
        await reader.fetch(limit=1, wait=0.01)
    log.polls = 0
    assert await asyncio.gather(*(reader.fetch(limit=1, wait=1) for reader in readers)) == [[]] * 5
    assert 10 < log.polls < 30


async def test_a_log_that_nobody_waits_for_is_not_asked_at_all(log: CountingLog) -> None:
    reader = log.reader()
    await reader.assign(FROM_THE_START)
    await reader.fetch(limit=1, wait=0.1)
    await log.send({0: batch("a")})
    await asyncio.sleep(0.1)
    log.polls = 0
    await asyncio.sleep(0.3)
    assert log.polls == 0


async def test_a_send_of_this_process_needs_no_poll_to_be_seen(log: CountingLog) -> None:
    reader = log.reader()
    await reader.assign(FROM_THE_START)
    await log.send({0: batch("a")})
    await take(reader, 1)
    log.polls = 0
    for n in range(100):
        await log.send({n % PARTITIONS: batch("b")})
        await take(reader, 1)
    assert log.polls < 50


async def test_a_fetch_holds_no_more_in_memory_than_it_may(embedded_rig: Rig, log: EmbeddedLog) -> None:
    largest = [Outgoing("k", bytes(256 * 1024))] * 60
    await log.send({0: largest, 1: largest[:20]})
    reader = embedded_rig.reader(log)
    await reader.assign(FROM_THE_START)
    fetched = await reader.fetch(limit=1_000, wait=1)
    assert len(fetched) > 1
    assert sum(len(record.value) for record in fetched) <= FETCH_BYTES + PARTITIONS * 256 * 1024
    assert len(await take(reader, 80 - len(fetched), limit=1_000)) == 80 - len(fetched)


async def test_two_logs_have_two_names(log: EmbeddedLog, database: Database) -> None:
    other = EmbeddedLog(await database("other"), partitions=PARTITIONS)
    await other.start()
    assert (await log.identity()).startswith("embedded:")
    assert await log.identity() != await other.identity()
    await other.stop()


async def test_plans_do_not_read_the_whole_log(log: EmbeddedLog) -> None:
    reader = log.reader()
    await reader.assign({0: 0})
    await log.send({0: batch("a")})
    await take(reader, 1)
    async with log._connection() as connection:
        await connection.execute("ANALYZE log_record")
        plan = await connection.fetch(
            'EXPLAIN SELECT * FROM log_record WHERE partition = 0 AND "offset" >= 5 AND "offset" < 9'
        )
    assert "Seq Scan" not in "\n".join(row[0] for row in plan)
