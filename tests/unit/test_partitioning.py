"""A key's partition is for ever, and every client must agree on it."""

import pytest
from aiokafka.partitioner import murmur2

from shared.eventlog.protocol import PARTITIONS, partition_of

JAVA = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
}
"""Key to signed hash. Source: Apache Kafka, org.apache.kafka.common.utils.UtilsTest, testMurmur2."""


@pytest.mark.parametrize(("key", "signed"), JAVA.items())
def test_the_hash_is_that_of_kafkas_own_client(key: str, signed: int) -> None:
    assert murmur2(key.encode()) & 0xFFFFFFFF == signed & 0xFFFFFFFF


@pytest.mark.parametrize(("key", "signed"), JAVA.items())
def test_a_partition_is_the_hash_without_its_sign_modulo_their_number(key: str, signed: int) -> None:
    assert partition_of(key) == (signed & 0x7FFFFFFF) % PARTITIONS


def test_a_negative_hash_still_has_a_partition() -> None:
    assert all(0 <= partition_of(key, partitions) < partitions for key in JAVA for partitions in (1, 4, 24, 100))


def test_subjects_spread_over_all_partitions() -> None:
    assert {partition_of(f"complaint:{n}") for n in range(1_000)} == set(range(PARTITIONS))


def test_what_stands_in_the_log_today_stays_where_it_is() -> None:
    assert [partition_of(f"complaint:{n}") for n in range(6)] == PINNED


PINNED = [1, 9, 21, 16, 8, 9]
