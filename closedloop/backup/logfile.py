"""The log in files: a partition a file, one record a line, offsets from 0 on. Alike for both kinds of log."""

import asyncio
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from shared.eventlog.protocol import EventLog, LogUnavailable, Outgoing, Record
from shared.proof.chain import GENESIS, link

_FETCH = 2_000
_SEND = 500
_LEVEL = 3

Progress = Callable[[int], None]
"""Called with the number of records just dealt with."""


class LogFileBroken(Exception):
    """A partition's file does not hold what it should."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a file."""

    offset: int
    outgoing: Outgoing


async def write_partition(log: EventLog, partition: int, end: int, path: Path, progress: Progress) -> int:
    """Write a partition's records below `end` into a file; gives how many. Raises LogUnavailable."""
    reader = log.reader()
    position = 0
    try:
        with gzip.open(path, "wb", compresslevel=_LEVEL) as file:
            await reader.assign({partition: 0})
            while position < end:
                records = [r for r in await reader.fetch(limit=_FETCH, wait=1.0) if r.offset < end]
                if records and records[0].offset != position:
                    raise LogUnavailable(f"partition {partition} lacks offset {position}")
                await asyncio.to_thread(file.writelines, [_line(record) for record in records])
                position += len(records)
                progress(len(records))
    finally:
        await reader.close()
    return position


async def send_partition(log: EventLog, partition: int, path: Path, progress: Progress) -> int:
    """Send a file's records to the partition, which must hold nothing or a beginning of them; gives how many there are.

    Killed in between, it goes on where it ended. Raises LogUnavailable, LogFileBroken.
    """
    done = (await log.ends())[partition]
    count = 0
    batch: list[Outgoing] = []
    for line in read_lines(path):
        count += 1
        if line.offset < done:
            continue
        batch.append(line.outgoing)
        if len(batch) == _SEND:
            await _send(log, partition, line.offset + 1 - len(batch), batch)
            progress(len(batch))
            batch = []
    if batch:
        await _send(log, partition, count - len(batch), batch)
        progress(len(batch))
    return count


async def _send(log: EventLog, partition: int, expected: int, batch: list[Outgoing]) -> None:
    first = (await log.send({partition: batch}))[partition]
    if not isinstance(first, int):
        raise first
    if first != expected:
        raise LogFileBroken(
            f"Partition {partition} put offset {expected} at {first}: somebody else writes to this log, or it was not "
            "empty. Restore into a log of its own."
        )


def read_lines(path: Path) -> Iterator[Line]:
    """The records of a file. Raises LogFileBroken."""
    expected = 0
    try:
        with gzip.open(path, "rb") as file:
            for raw in file:
                offset, key, headers, value = orjson.loads(raw)
                if offset != expected:
                    raise LogFileBroken(f"{path.name} lacks offset {expected}.")
                expected += 1
                carried = tuple((name, text.encode("latin-1")) for name, text in headers)
                yield Line(offset, Outgoing(key, value.encode("latin-1"), carried))
    except (OSError, EOFError, ValueError, TypeError) as broken:
        raise LogFileBroken(f"{path.name} can't be read after offset {expected - 1}: {broken}") from broken


def check_chains(path: Path) -> int:
    """That the chain of every stream in a file is whole; gives how many records. Blocks. Raises LogFileBroken."""
    chains: dict[tuple[str, bytes], bytes] = {}
    versions: dict[tuple[str, bytes], int] = {}
    count = 0
    for line in read_lines(path):
        count += 1
        headers = dict(line.outgoing.headers)
        if "source" not in headers or not headers.get("version", b"").isdigit():
            continue
        stream, version = (line.outgoing.key, headers["source"]), int(headers["version"])
        if version != versions.get(stream, 0) + 1:
            continue
        chains[stream] = link(chains.get(stream, GENESIS), line.outgoing.value)
        versions[stream] = version
        if headers.get("chain") != chains[stream]:
            raise LogFileBroken(f"{path.name}, offset {line.offset}: {stream[0]} does not continue its chain.")
    return count


def _line(record: Record) -> bytes:
    # Any bytes go through latin-1 and back unchanged, and what is JSON stays readable for people.
    headers = [(name, value.decode("latin-1")) for name, value in record.headers]
    return orjson.dumps([record.offset, record.key, headers, record.value.decode("latin-1")]) + b"\n"
