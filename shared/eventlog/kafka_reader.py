"""Reading Kafka from positions that the caller keeps: no consumer group, and never a silent jump."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from shared.eventlog.endings import Endings, end
from shared.eventlog.faults import PositionLost
from shared.eventlog.kafka_settings import KafkaPlace
from shared.eventlog.kafka_topic import MAX_MESSAGE_BYTES
from shared.eventlog.kafka_watchdog import Finding, Watchdog
from shared.eventlog.protocol import LogUnavailable, Record

FETCH_BYTES = 8 * 1024 * 1024
LONGEST_POLL_MS = 50
"""One request asks for all partitions of a broker; until it is answered, new work there waits behind it."""

log = structlog.get_logger("closedloop.eventlog")


class KafkaReader:
    """Keeps `Reader`. A cancelled fetch leaves its positions as they were."""

    def __init__(self, place: KafkaPlace) -> None:
        self._place = place
        self._positions: dict[int, int] = {}
        self._consumer: AIOKafkaConsumer | None = None
        self._watchdog = Watchdog(place.patience.watchdog)
        self._endings = Endings()
        self._lost: PositionLost | None = None
        self._gap: tuple[int, int] | None = None
        self.rebuilt = 0
        """How often the watchdog, or a gap, had to start a new consumer."""

    async def assign(self, positions: Mapping[int, int]) -> None:
        self._positions = dict(positions)
        self._lost = self._gap = None
        if self._consumer is not None:
            self._point(self._consumer)

    async def fetch(self, *, limit: int, wait: float) -> list[Record]:
        """Raises PositionLost besides; see `Reader.fetch`."""
        if limit < 1:
            raise ValueError("A fetch of no records would wait for ever.")
        if self._lost is not None:
            raise self._lost
        until = monotonic() + wait
        if not self._positions:
            await asyncio.sleep(wait)
            return []
        while True:
            left = max(0.0, until - monotonic())
            records = await self._take(limit, min(left, self._watchdog.due_in()))
            self._heed(took_all=len(records) < limit)
            if records or monotonic() >= until:
                return records

    async def ends(self) -> dict[int, int]:
        return await self._read_ends(await self._connected())

    async def close(self) -> None:
        self._drop()
        await self._endings.all()

    async def _take(self, limit: int, wait: float) -> list[Record]:
        consumer = await self._connected()
        try:
            got = await consumer.getmany(timeout_ms=int(wait * 1000), max_records=limit)
        except OffsetOutOfRangeError:
            raise await self._out_of_range(consumer) from None
        except KafkaError as error:
            self._drop()
            raise LogUnavailable(f"Kafka cannot be read: {error!r}") from error
        positions, records = dict(self._positions), []
        for source, fetched in got.items():
            for one in fetched:
                if one.offset > positions[source.partition]:
                    self._complain_of_gap(source.partition, positions[source.partition], one.offset)
                    return []
                if one.offset == positions[source.partition]:
                    positions[source.partition] += 1
                    records.append(_record(one))
        self._positions = positions
        return records

    def _heed(self, *, took_all: bool) -> None:
        consumer = self._consumer
        if consumer is None:
            return
        finding = self._watchdog.hear(self._positions, took_all, lambda: self._read_ends(consumer))
        if finding is Finding.STALLED:
            log.warning("consumer stalled, replaced", positions=self._positions)
            self.rebuilt += 1
            self._drop()
        elif finding is Finding.GONE:
            failure = self._watchdog.failure
            self._drop()
            raise LogUnavailable(f"Kafka does not answer: {failure!r}") from failure

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                **self._place.client(),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",
                isolation_level="read_uncommitted",
                fetch_max_wait_ms=LONGEST_POLL_MS,
                fetch_max_bytes=FETCH_BYTES,
                max_partition_fetch_bytes=MAX_MESSAGE_BYTES,
            )
            try:
                async with asyncio.timeout(self._place.patience.request):
                    await consumer.start()
            except BaseException as error:
                self._endings.begin(self._end(consumer))
                if isinstance(error, KafkaError | OSError | TimeoutError):
                    raise LogUnavailable(f"Kafka at {self._place.bootstrap} does not answer: {error!r}") from error
                raise
            self._consumer = consumer
            self._watchdog = Watchdog(self._place.patience.watchdog)
            self._point(consumer)
        return self._consumer

    def _point(self, consumer: AIOKafkaConsumer) -> None:
        """No await between the two: a consumer without a position looks for one of its own, and would not find it."""
        consumer.assign([TopicPartition(self._place.topic, p) for p in self._positions])
        for partition, position in self._positions.items():
            consumer.seek(TopicPartition(self._place.topic, partition), position)

    async def _read_ends(self, consumer: AIOKafkaConsumer) -> dict[int, int]:
        return await self._offsets(consumer.end_offsets)

    async def _offsets(
        self, ask: Callable[[list[TopicPartition]], Awaitable[dict[TopicPartition, int]]]
    ) -> dict[int, int]:
        try:
            async with asyncio.timeout(self._place.patience.request):
                found = await ask([TopicPartition(self._place.topic, p) for p in self._positions])
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(f"Kafka does not tell its offsets: {error!r}") from error
        return {source.partition: offset for source, offset in found.items()}

    async def _out_of_range(self, consumer: AIOKafkaConsumer) -> LogUnavailable:
        """Which position is lost; or that none is, where the broker was only behind for a moment."""
        starts, ends = await self._offsets(consumer.beginning_offsets), await self._read_ends(consumer)
        for partition, position in self._positions.items():
            start, end = starts[partition], ends[partition]
            if not start <= position <= end:
                self._lost = PositionLost(f"Partition {partition} holds {start} to {end}, not position {position}.")
                return self._lost
        self._drop()
        return LogUnavailable("A position was out of range, and then was not.")

    def _complain_of_gap(self, partition: int, position: int, found: int) -> None:
        """A new consumer once; if it finds the same, the records between are gone. Raises PositionLost then."""
        self._drop()
        self.rebuilt += 1
        if self._gap == (partition, position):
            self._lost = PositionLost(f"Partition {partition} goes on at {found}; offset {position} is missing.")
            raise self._lost
        self._gap = (partition, position)
        log.warning("consumer left a gap, replaced", partition=partition, expected=position, found=found)

    def _drop(self) -> None:
        self._watchdog.cancel()
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            self._endings.begin(self._end(consumer))

    async def _end(self, consumer: AIOKafkaConsumer) -> None:
        """The second step is part of the first, which leaves it out where it runs out of time."""
        await end(consumer.stop, consumer._client.close, within=self._place.patience.close)


def _record(one: ConsumerRecord) -> Record:
    """Whatever stands in the topic comes out: what cannot be understood is for the caller to park."""
    key = (one.key or b"").decode(errors="replace")
    return Record(one.partition, one.offset, key, one.value or b"", tuple(one.headers))
