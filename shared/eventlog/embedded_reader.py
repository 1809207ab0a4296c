"""Reading the embedded log from positions that the caller keeps."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from shared.eventlog.faults import PositionLost
from shared.eventlog.protocol import LogUnavailable, Record
from shared.eventlog.tail import Tail

FETCH_BYTES = 8 * 1024 * 1024
"""What one fetch holds in memory at most, but for the last record of each partition."""


class Span(NamedTuple):
    """Records of a partition from `first` up to, not including, `past`."""

    partition: int
    first: int
    past: int


class Source(Protocol):
    """What a reader needs of its log."""

    tail: Tail

    async def read_ends(self) -> dict[int, int]: ...

    async def read(self, spans: Sequence[Span], most_bytes: int) -> list[Record]: ...


class EmbeddedReader:
    """Keeps `Reader`. A cancelled fetch leaves its positions as they were."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._positions: dict[int, int] = {}
        self._proven_after: int | None = None
        self._lost: PositionLost | None = None

    async def assign(self, positions: Mapping[int, int]) -> None:
        self._positions = dict(positions)
        self._proven_after = None
        self._lost = None

    async def fetch(self, *, limit: int, wait: float) -> list[Record]:
        """Raises PositionLost besides; see `Reader.fetch`."""
        if limit < 1:
            raise ValueError("A fetch of no records would wait for ever.")
        if self._lost is not None:
            raise self._lost
        try:
            return await self._fetch(limit, wait)
        except PositionLost as lost:
            self._lost = lost
            raise
        except LogUnavailable:
            self._proven_after = None
            raise

    async def _fetch(self, limit: int, wait: float) -> list[Record]:
        tail = self._source.tail
        if self._proven_after != tail.failures or wait <= 0:
            await self._prove()
        if not await tail.wait_past(self._positions, wait):
            return []
        spans = allot(self._positions, tail.ends, limit)
        records = await self._source.read(spans, FETCH_BYTES // len(spans))
        self._positions = _followed(self._positions, spans, records)
        return records

    async def ends(self) -> dict[int, int]:
        ends = await self._source.read_ends()
        return {p: ends[p] for p in self._positions}

    async def close(self) -> None:
        self._positions = {}

    async def _prove(self) -> None:
        """A position past the end belongs to a log that was longer: this one was restored to an earlier instant."""
        failures = self._source.tail.failures
        ends = await self._source.read_ends()
        for partition, position in self._positions.items():
            if not 0 <= position <= ends.get(partition, -1):
                raise PositionLost(f"Partition {partition} ends at {ends.get(partition)}, before position {position}.")
        self._source.tail.learn(ends)
        self._proven_after = failures


def allot(positions: Mapping[int, int], ends: Mapping[int, int], limit: int) -> list[Span]:
    """What to read next: `limit` records, shared so that a long partition does not keep short ones waiting."""
    behind = [(ends[p] - position, p) for p, position in positions.items() if ends.get(p, 0) > position]
    spans = []
    for nth, (count, partition) in enumerate(sorted(behind)):
        share = min(count, -(-limit // (len(behind) - nth)))
        if share > 0:
            spans.append(Span(partition, positions[partition], positions[partition] + share))
        limit -= share
    return spans


def _followed(positions: Mapping[int, int], spans: Sequence[Span], records: Sequence[Record]) -> dict[int, int]:
    """The positions behind these records. Raises PositionLost if one is missing: below a partition's end, every
    record is committed, so what is not found there was cut out of the log."""
    after = dict(positions)
    for record in records:
        if record.offset != after[record.partition]:
            raise PositionLost(f"Partition {record.partition} lacks offset {after[record.partition]}.")
        after[record.partition] += 1
    for span in spans:
        if after[span.partition] == span.first:
            raise PositionLost(f"Partition {span.partition} lacks offset {span.first}.")
    return after
