"""A log that is slow, silent or gone says so in time, and goes on by itself when it is back."""

import asyncio
from time import monotonic
from typing import Literal

import pytest

from shared.eventlog.protocol import EventLog, LogUnavailable, Outgoing, Reader
from tests.fixtures.eventlogs import IMPATIENT, PARTITIONS, Behind, batch, take

BOUND = 2 * IMPATIENT + 1.5
"""Seconds: a wait for a connection, one for an answer, and a slow machine."""
FROM_THE_START = dict.fromkeys(range(PARTITIONS), 0)

Outage = Literal["cut", "silent"]
outages = pytest.mark.parametrize("outage", ["cut", "silent"])


async def _break(behind: Behind, outage: Outage) -> None:
    if outage == "cut":
        await behind.proxy.cut()
    else:
        behind.proxy.fall_silent()


async def _send_until_taken(log: EventLog, batches: dict[int, list[Outgoing]]) -> None:
    """As a relay does: send again what was not acknowledged."""
    until = monotonic() + 30
    while batches:
        answers = await log.send(batches)
        batches = {p: sent for p, sent in batches.items() if not isinstance(answers[p], int)}
        assert monotonic() < until, answers
        await asyncio.sleep(0.1)


async def _read_until(reader: Reader, last: bytes) -> list[bytes]:
    """As a runner does: what was read until `last` came, outages waited out."""
    until = monotonic() + 30
    values: list[bytes] = []
    while last not in values:
        assert monotonic() < until, values
        try:
            values += [record.value for record in await reader.fetch(limit=100, wait=1)]
        except LogUnavailable:
            await asyncio.sleep(0.1)
    return values


@outages
async def test_a_send_to_a_log_that_is_gone_fails_in_time_and_passes_later(behind: Behind, outage: Outage) -> None:
    log = await behind.rig.open()
    await _send_until_taken(log, {0: batch("a")})
    await _break(behind, outage)
    begun = monotonic()
    answers = await log.send({0: batch("b"), 1: batch("c")})
    assert monotonic() - begun < BOUND
    assert all(isinstance(answer, LogUnavailable) for answer in answers.values())
    assert set(answers) == {0, 1}

    await behind.proxy.heal()
    await _send_until_taken(log, {0: batch("b"), 1: batch("c")})
    reader = behind.rig.reader(log)
    await reader.assign({0: 0})
    found = await _read_until(reader, b"b")
    assert list(dict.fromkeys(found)) == [b"a", b"b"]


async def test_a_silent_database_is_waited_for_once_and_not_for_its_goodbye_too(embedded_behind: Behind) -> None:
    log = await embedded_behind.rig.open()
    embedded_behind.proxy.fall_silent()
    begun = monotonic()
    assert isinstance((await log.send({0: batch("a")}))[0], LogUnavailable)
    assert monotonic() - begun < 1.8 * IMPATIENT


@outages
async def test_many_sends_to_a_log_that_is_gone_do_not_queue_up(behind: Behind, outage: Outage) -> None:
    log = await behind.rig.open()
    await _break(behind, outage)
    begun = monotonic()
    answers = await asyncio.gather(*(log.send({n % PARTITIONS: batch("a")}) for n in range(30)))
    assert monotonic() - begun < BOUND
    assert all(isinstance(answer, LogUnavailable) for each in answers for answer in each.values())


@outages
async def test_a_waiting_reader_hears_that_the_log_is_gone_and_goes_on_later(behind: Behind, outage: Outage) -> None:
    log = await behind.rig.open()
    reader = behind.rig.reader(log)
    await reader.assign(FROM_THE_START)
    await _send_until_taken(log, {0: batch("a")})
    await take(reader, 1)

    await _break(behind, outage)
    begun = monotonic()
    with pytest.raises(LogUnavailable):
        await reader.fetch(limit=10, wait=60)
    with pytest.raises(LogUnavailable):
        await reader.ends()
    assert monotonic() - begun < 2 * BOUND

    await behind.proxy.heal()
    await _send_until_taken(log, {0: batch("b"), 1: batch("c")})
    await _send_until_taken(log, {0: batch("d")})
    found = await _read_until(reader, b"d")
    assert [value for value in dict.fromkeys(found) if value != b"c"] == [b"b", b"d"]


@outages
async def test_a_start_on_a_log_that_is_gone_fails_in_time(behind: Behind, outage: Outage) -> None:
    await _break(behind, outage)
    begun = monotonic()
    log = behind.rig.handle()
    with pytest.raises(LogUnavailable):
        await log.start()
    assert monotonic() - begun < BOUND
    with pytest.raises(LogUnavailable):
        await log.identity()
    await behind.proxy.heal()
    await log.start()
    assert await log.send({0: batch("a")}) == {0: 0}
    await log.stop()


@outages
async def test_a_handle_can_be_closed_though_the_log_is_gone(behind: Behind, outage: Outage) -> None:
    before = asyncio.all_tasks()
    log = behind.rig.handle()
    await log.start()
    reader = log.reader()
    await reader.assign(FROM_THE_START)
    await reader.fetch(limit=1, wait=0.1)
    await _break(behind, outage)
    await log.send({0: batch("a")})
    begun = monotonic()
    await reader.close()
    await log.stop()
    assert monotonic() - begun < 2 * BOUND
    # Another system of the run may fetch meanwhile: its tasks come and go, what was left behind stays.
    left = {task for task in asyncio.all_tasks() - before if "aiokafka" in repr(task) or "asyncpg" in repr(task)}
    still = (await asyncio.wait(left, timeout=5))[1] if left else set()
    assert not still


async def test_a_slow_log_is_only_slow(behind: Behind) -> None:
    log = await behind.rig.open()
    reader = behind.rig.reader(log)
    await reader.assign(FROM_THE_START)
    behind.proxy.slow(0.1)
    for value in "abcd":
        answers = await log.send({0: batch(value), 1: batch(value)})
        assert all(isinstance(answer, int) for answer in answers.values())
    found = await _read_until(reader, b"d")
    assert len(found) in (7, 8)
    assert list(dict.fromkeys(found)) == [b"a", b"b", b"c", b"d"]
