"""The log in Kafka, through aiokafka."""

import asyncio
from collections.abc import Mapping, Sequence

from shared.eventlog.endings import Endings
from shared.eventlog.kafka_ends import KafkaEnds
from shared.eventlog.kafka_producer import Lease
from shared.eventlog.kafka_reader import KafkaReader
from shared.eventlog.kafka_settings import KafkaPatience, KafkaPlace, KafkaSecurity
from shared.eventlog.kafka_topic import Cluster, look, prepare
from shared.eventlog.protocol import PARTITIONS, TOPIC, LogUnavailable, Outgoing, Reader

PLAIN = KafkaSecurity()
PATIENT = KafkaPatience()


class KafkaLog:
    """Keeps `EventLog` over one topic. `bootstrap` is `host:port`, several with commas between."""

    def __init__(
        self,
        bootstrap: str,
        *,
        topic: str = TOPIC,
        partitions: int = PARTITIONS,
        replication: int = 1,
        security: KafkaSecurity = PLAIN,
        patience: KafkaPatience = PATIENT,
    ) -> None:
        self._place = KafkaPlace(bootstrap, topic, partitions, replication, security, patience)
        self._endings = Endings()
        self._leasing: asyncio.Task[Lease] | None = None
        self._cluster = ""
        self._ends = KafkaEnds(self._place, self._endings)

    @property
    def partitions(self) -> int:
        return self._place.partitions

    async def start(self) -> None:
        """Raises LogUnavailable, and UnfitLog if the topic is not as it must be."""
        self._cluster = await prepare(self._place)
        await self._lease()

    async def stop(self) -> None:
        self._cluster = ""
        leasing, self._leasing = self._leasing, None
        if leasing is not None:
            await asyncio.wait([leasing])
            if not leasing.cancelled() and leasing.exception() is None:
                leasing.result().retire()
        self._ends.drop()
        await self._endings.all()

    async def identity(self) -> str:
        """`kafka:<cluster id>/<topic>`. aiokafka does not tell a topic's own id, so a topic that was deleted and made
        again bears the same name: readers notice it by a lost position, or by the event before their position."""
        if not self._cluster:
            raise LogUnavailable("The log was not started.")
        return f"kafka:{self._cluster}/{self._place.topic}"

    async def send(self, batches: Mapping[int, Sequence[Outgoing]]) -> dict[int, int | LogUnavailable]:
        """All partitions at once; each fails by itself. An empty batch is left out."""
        wanted = {p: batch for p, batch in batches.items() if batch}
        if unknown := [p for p in wanted if not 0 <= p < self.partitions]:
            raise ValueError(f"There is no such partition among {unknown}.")
        try:
            lease = await self._lease()
        except LogUnavailable as error:
            return dict.fromkeys(wanted, error)
        sent = [lease.send(p, batch) for p, batch in wanted.items()]
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        return {
            p: outcome if isinstance(outcome, int | LogUnavailable) else LogUnavailable(repr(outcome))
            for p, outcome in zip(wanted, outcomes, strict=True)
        }

    def reader(self) -> Reader:
        return KafkaReader(self._place)

    async def ends(self) -> dict[int, int]:
        return await self._ends.ask()

    async def cluster(self) -> Cluster:
        """The brokers and how the topic lies on them; asked without a start too. Raises LogUnavailable."""
        return await look(self._place)

    async def _lease(self) -> Lease:
        """The producer now in use; one that failed is followed by a new one. All who wait share one attempt."""
        if not self._cluster:
            raise LogUnavailable("The log was not started.")
        if self._leasing is None or (self._leasing.done() and _is_over(self._leasing)):
            self._leasing = asyncio.create_task(self._begin())
        return await asyncio.shield(self._leasing)

    async def _begin(self) -> Lease:
        lease = Lease(self._place, self._endings)
        await lease.start()
        return lease


def _is_over(leasing: asyncio.Task[Lease]) -> bool:
    return leasing.cancelled() or leasing.exception() is not None or leasing.result().retired
