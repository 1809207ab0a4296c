"""An idempotent producer that is thrown away at its first failure, since nothing more can be known of its state."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.eventlog.endings import Endings, end
from shared.eventlog.kafka_settings import KafkaPlace
from shared.eventlog.kafka_topic import MAX_MESSAGE_BYTES
from shared.eventlog.protocol import LogUnavailable, Outgoing

BATCH_BYTES = MAX_MESSAGE_BYTES - 64 * 1024


class Lease:
    """One producer, and how many of our batches are on their way through it.

    A batch that was not acknowledged in time may still be in the producer's hands, which never gives up; a refused one
    leaves a hole in its sequence numbers, and the next is then refused as out of order. So the first failure retires
    the producer: new batches go through a new one, and the old one ends when the batches in it have ended.
    """

    def __init__(self, place: KafkaPlace, endings: Endings) -> None:
        self._place = place
        self._endings = endings
        self._producer = AIOKafkaProducer(
            **place.client(),
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
            max_request_size=MAX_MESSAGE_BYTES,
        )
        self._under_way = 0
        self._ended = False
        self.retired = False

    async def start(self) -> None:
        """Raises LogUnavailable."""
        try:
            async with asyncio.timeout(self._place.patience.request):
                await self._producer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            self.retire()
            raise LogUnavailable(f"Kafka at {self._place.bootstrap} does not answer: {error!r}") from error

    async def send(self, partition: int, records: Sequence[Outgoing]) -> int:
        """Send in order, as many batches as it takes, each after the acknowledgement of the one before.

        Returns the offset of the first. Raises LogUnavailable; a part may have been written then.
        """
        self._under_way += 1
        try:
            first, rest = -1, records
            while rest:
                batch, rest = self._batch(rest)
                offset = await self._deliver(partition, batch)
                first = offset if first < 0 else first
            return first
        except BaseException:
            self.retired = True
            raise
        finally:
            self._under_way -= 1
            if self.retired:
                self.retire()

    def _batch(self, records: Sequence[Outgoing]) -> tuple[BatchBuilder, Sequence[Outgoing]]:
        """As many records as one batch takes, and what is left."""
        batch = self._producer.create_batch()
        for nth, record in enumerate(records):
            taken = batch.append(
                key=record.key.encode(), value=record.value, timestamp=None, headers=list(record.headers)
            )
            if taken is None:
                return batch, records[nth:]
        batch.close()
        return batch, ()

    async def _deliver(self, partition: int, batch: BatchBuilder) -> int:
        try:
            async with asyncio.timeout(self._place.patience.request):
                sent = await self._producer.send_batch(batch, self._place.topic, partition=partition)
                done = await sent
        except (KafkaError, OSError, TimeoutError, AssertionError) as error:  # asserts that it knows the partition
            raise LogUnavailable(f"Partition {partition} did not acknowledge: {error!r}") from error
        if done is None or done.offset < 0:  # acknowledged as a double, of which the broker forgot the offset
            raise LogUnavailable(f"Partition {partition} acknowledged, but not where.")
        return int(done.offset)

    def retire(self) -> None:
        """No more batches; what is under way may end, each within its own time."""
        self.retired = True
        if not self._under_way and not self._ended:
            self._ended = True
            self._endings.begin(self._end())

    async def _end(self) -> None:
        """As the producer's own `stop` does, but for waiting until the queue is empty: with a cluster that is gone it
        never is, and what stands in it has been given up."""
        await end(self._producer._sender.close, self._producer.client.close, within=self._place.patience.close)
        self._producer._closed = True
