"""What only Kafka can do to us: a consumer that stalls, a producer that is spoilt, a topic that forgets."""

import asyncio
from time import monotonic
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from confluent_kafka import Message, Producer

from shared.eventlog.faults import PositionLost, UnfitLog
from shared.eventlog.kafka import KafkaLog
from shared.eventlog.kafka_reader import KafkaReader
from shared.eventlog.kafka_settings import KafkaPatience, KafkaPlace, KafkaSecurity
from shared.eventlog.kafka_topic import admin
from shared.eventlog.protocol import LogUnavailable, Outgoing, partition_of
from tests.fixtures.eventlogs import PARTITIONS, Rig, batch, take
from tests.fixtures.log import Broker

pytestmark = pytest.mark.kafka

FROM_THE_START = dict.fromkeys(range(PARTITIONS), 0)


@pytest.fixture
def place(kafka_rig: Rig) -> KafkaPlace:
    patience = KafkaPatience(watchdog=0.6)
    return KafkaPlace(kafka_rig.address, kafka_rig.topic, PARTITIONS, 1, KafkaSecurity(), patience)


@pytest.fixture
def real_broker(broker: Broker) -> Broker:
    if broker.kind == "mock":
        pytest.skip("librdkafka's mock cluster has no such requests")
    return broker


@pytest.mark.parametrize("stalled", [{0, 1, 2, 3}, {1}])
async def test_a_consumer_that_stalls_is_replaced(kafka_rig: Rig, place: KafkaPlace, stalled: set[int]) -> None:
    log = await kafka_rig.open()
    reader = KafkaReader(place)
    await reader.assign(FROM_THE_START)
    await log.send({p: batch("a") for p in range(PARTITIONS)})
    await take(reader, PARTITIONS)
    assert reader._consumer is not None
    reader._consumer.pause(*(TopicPartition(place.topic, p) for p in stalled))

    begun = monotonic()
    await log.send({1: batch("b", "c")})
    assert [record.value for record in await take(reader, 2)] == [b"b", b"c"]
    assert reader.rebuilt == 1
    assert monotonic() - begun < 5
    await reader.close()


async def test_a_consumer_that_is_well_is_never_replaced(kafka_rig: Rig, place: KafkaPlace) -> None:
    log = await kafka_rig.open()
    reader = KafkaReader(place)
    await reader.assign(FROM_THE_START)
    until = monotonic() + 2.5
    while monotonic() < until:
        await log.send({0: batch("a")})
        await take(reader, 1)
        await asyncio.sleep(0.05)
    assert await reader.fetch(limit=10, wait=1.5) == []
    assert reader.rebuilt == 0
    await reader.close()


async def test_a_refused_batch_spoils_neither_its_neighbours_nor_the_next(real_broker: Broker, kafka_rig: Rig) -> None:
    log = await kafka_rig.open()
    too_large = [Outgoing("k", bytes(1_100_000))]
    for n in range(3):  # without a new producer, every later batch of this partition is refused as out of order
        answers = await log.send({0: too_large, 1: batch("a")})
        assert isinstance(answers[0], LogUnavailable)
        assert answers[1] == n
        assert await log.send({0: batch("b")}) == {0: n}


async def test_the_topic_is_made_to_keep_everything(real_broker: Broker, kafka_rig: Rig, place: KafkaPlace) -> None:
    await kafka_rig.open()
    async with admin(place) as client:
        (answer,) = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, place.topic)])
    found = {name: value for name, value, *_ in answer.resources[0][4]}
    assert found["cleanup.policy"] == "delete"
    assert found["retention.ms"] == "-1"
    assert found["retention.bytes"] == "-1"
    assert found["min.insync.replicas"] == "1"
    assert int(found["max.message.bytes"]) > 3 * 256 * 1024


@pytest.mark.parametrize("settings", [{"cleanup.policy": "compact"}, {"retention.ms": "604800000"}])
async def test_a_topic_that_forgets_is_refused(
    real_broker: Broker, kafka_rig: Rig, place: KafkaPlace, settings: dict[str, str]
) -> None:
    keeping = {"retention.ms": "-1", "retention.bytes": "-1"}
    async with admin(place) as client:
        await client.create_topics([NewTopic(place.topic, PARTITIONS, 1, topic_configs=keeping | settings)])
    with pytest.raises(UnfitLog, match="would lose events"):
        await kafka_rig.handle().start()


async def test_more_replicas_than_brokers_are_refused(real_broker: Broker) -> None:
    log = KafkaLog(real_broker.bootstrap, topic=f"test.{uuid4().hex}", partitions=PARTITIONS, replication=30)
    with pytest.raises(UnfitLog, match="could not be made"):
        await log.start()


async def test_what_was_cut_from_the_beginning_is_missed(
    real_broker: Broker, kafka_rig: Rig, place: KafkaPlace
) -> None:
    log = await kafka_rig.open()
    await log.send({0: batch("a", "b", "c")})
    async with admin(place) as client:
        await client.delete_records({TopicPartition(place.topic, 0): RecordsToDelete(before_offset=2)})
    reader = kafka_rig.reader(log)
    await reader.assign({0: 1})
    with pytest.raises(PositionLost, match="holds 2 to 3, not position 1"):
        await take(reader, 1)


async def test_another_client_chooses_the_same_partitions(kafka_rig: Rig) -> None:
    await kafka_rig.open()
    chosen: dict[str, int] = {}

    def delivered(_: object, message: Message) -> None:
        key, partition = message.key(), message.partition()
        assert isinstance(key, bytes)
        assert partition is not None
        chosen[key.decode()] = partition

    client = Producer({"bootstrap.servers": kafka_rig.address, "partitioner": "murmur2_random"})
    for n in range(60):
        client.produce(kafka_rig.topic, key=f"complaint:{n}", value=b"v", on_delivery=delivered)
    await asyncio.to_thread(client.flush, 20)
    assert chosen == {f"complaint:{n}": partition_of(f"complaint:{n}", PARTITIONS) for n in range(60)}


async def test_what_others_wrote_comes_out_however_odd(kafka_rig: Rig) -> None:
    log = await kafka_rig.open()
    async with AIOKafkaProducer(bootstrap_servers=kafka_rig.address) as other:
        await other.send_and_wait(kafka_rig.topic, value=b"no key", partition=0)
        await other.send_and_wait(kafka_rig.topic, key=b"\xff", partition=0)
    found = await kafka_rig.read_all(log)
    assert [(record.key, record.value) for record in found] == [("", b"no key"), ("�", b"")]
