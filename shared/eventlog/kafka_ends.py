"""Asks a Kafka cluster where the partitions end, for whoever watches how far readers are behind."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.eventlog.endings import Endings, end
from shared.eventlog.kafka_settings import KafkaPlace
from shared.eventlog.protocol import LogUnavailable


class KafkaEnds:
    """One client for all questions. It has no partition assigned, so between questions it fetches nothing."""

    def __init__(self, place: KafkaPlace, endings: Endings) -> None:
        self._place = place
        self._endings = endings
        self._consumer: AIOKafkaConsumer | None = None
        self._alone = asyncio.Lock()

    async def ask(self) -> dict[int, int]:
        """The next offset of every partition. Raises LogUnavailable."""
        places = [TopicPartition(self._place.topic, p) for p in range(self._place.partitions)]
        async with self._alone:
            try:
                async with asyncio.timeout(self._place.patience.request):
                    found = await (await self._connected()).end_offsets(places)
            except (KafkaError, OSError, TimeoutError) as error:
                self.drop()
                raise LogUnavailable(f"Kafka does not tell its offsets: {error!r}") from error
        return {place.partition: offset for place, offset in found.items()}

    def drop(self) -> None:
        """End the client beside the work; the next question begins another."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            ending = end(consumer.stop, consumer._client.close, within=self._place.patience.close)
            self._endings.begin(ending)

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(**self._place.client(), group_id=None, enable_auto_commit=False)
            await self._consumer.start()
        return self._consumer
