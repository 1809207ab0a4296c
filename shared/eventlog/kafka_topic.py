"""Makes the topic, or makes sure that the one found is fit: a wrong topic moves keys or loses history."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.eventlog.faults import UnfitLog
from shared.eventlog.kafka_settings import KafkaPlace
from shared.eventlog.protocol import LogUnavailable

MAX_MESSAGE_BYTES = 1_048_588
"""Kafka's own default, said aloud: the largest batch that the topic takes, above the 256 KiB of one envelope."""

log = structlog.get_logger("closedloop.eventlog")


@asynccontextmanager
async def admin(place: KafkaPlace) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client. Raises LogUnavailable if the cluster does not answer in time."""
    client = AIOKafkaAdminClient(**place.client())
    try:
        async with asyncio.timeout(place.patience.request):
            await client.start()
            yield client
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogUnavailable(await place.why_not() or f"Kafka does not answer: {error!r}") from error
    finally:
        await client.close()


async def prepare(place: KafkaPlace) -> str:
    """Make the topic if it is missing, check it, and return the cluster's id. Raises LogUnavailable and UnfitLog."""
    async with admin(place) as client:
        # Asked by name, a broker that makes topics by itself would make this one with its own settings.
        if place.topic not in await client.list_topics():
            await _create(client, place)
        await _until_led(client, place)
        await _check_retention(client, place)
        return str((await client.describe_cluster())["cluster_id"])


async def _create(client: AIOKafkaAdminClient, place: KafkaPlace) -> None:
    settings = {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "min.insync.replicas": "2" if place.replication >= 3 else "1",
        "max.message.bytes": str(MAX_MESSAGE_BYTES),
    }
    topic = NewTopic(place.topic, place.partitions, place.replication, topic_configs=settings)
    answer = await client.create_topics([topic])
    for _, code, *message in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise UnfitLog(f"The topic {place.topic} could not be made: {error.__name__} {message}")


async def _until_led(client: AIOKafkaAdminClient, place: KafkaPlace) -> None:
    """A new topic's partitions have no leader for a moment; sending to them then would fail."""
    while True:
        (found,) = await client.describe_topics([place.topic])
        partitions = found["partitions"]
        if partitions and len(partitions) != place.partitions:
            raise UnfitLog(
                f"The topic {place.topic} has {len(partitions)} partitions and {place.partitions} were asked for. "
                "A key's partition must never move: set the number that the topic was made with."
            )
        if partitions and all(each["leader"] >= 0 for each in partitions):
            return
        await asyncio.sleep(0.05)


async def _check_retention(client: AIOKafkaAdminClient, place: KafkaPlace) -> None:
    """Refuse a topic that forgets. Where the cluster does not show its settings, say so and go on."""
    try:
        (answer,) = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, place.topic)])
    except (KafkaError, NotImplementedError) as error:
        log.warning("retention not checked", topic=place.topic, error=repr(error))
        return
    for code, _, _, _, entries in answer.resources:
        if code:
            log.warning("retention not checked", topic=place.topic, error=for_code(code).__name__)
            continue
        _refuse_forgetting(place.topic, {name: value for name, value, *_ in entries})


def _refuse_forgetting(topic: str, found: dict[str, Any]) -> None:
    wanted = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
    wrong = {name: found[name] for name in wanted if name in found and found[name] != wanted[name]}
    if wrong:
        raise UnfitLog(f"The topic {topic} would lose events: it has {wrong}. Set {wanted} on it.")


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a Kafka cluster says of itself and of the topic."""

    brokers: tuple[str, ...]
    """Those that live, as `id@host:port`."""
    leaderless: int
    """Partitions that nobody can write to."""
    short_of_copies: int
    """Partitions of which a broker that should have a copy is away or behind."""


async def look(place: KafkaPlace) -> Cluster:
    """The cluster as it is at this moment. Raises LogUnavailable."""
    async with admin(place) as client:
        described = await client.describe_cluster()
        (topic,) = await client.describe_topics([place.topic])
    partitions = topic["partitions"]
    return Cluster(
        tuple(sorted(f"{each['node_id']}@{each['host']}:{each['port']}" for each in described["brokers"])),
        sum(each["leader"] < 0 for each in partitions),
        sum(len(each["isr"]) < len(each["replicas"]) for each in partitions),
    )
