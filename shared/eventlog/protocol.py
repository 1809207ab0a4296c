"""What the system asks of a log, and nothing more.

One topic, a fixed number of partitions. Within a partition offsets are dense, grow, and become visible in order:
a reader that has seen offset n will never later meet an offset below n that it did not see. Delivery is at least
once; who reads keeps its own position.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from aiokafka.partitioner import murmur2

TOPIC = "closedloop.events"
PARTITIONS = 24
"""For ever: a key's partition must never move, or an effect could pass its cause."""

Headers = tuple[tuple[str, bytes], ...]


@lru_cache(maxsize=65_536)
def partition_of(key: str, partitions: int = PARTITIONS) -> int:
    """The partition of a subject, by the rule of Kafka's own default partitioner, so that any client agrees."""
    digest: int = murmur2(key.encode())
    return (digest & 0x7FFFFFFF) % partitions


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record on its way: `value` holds the envelope's bytes exactly as they were hashed and stored."""

    key: str
    value: bytes
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A record as read back."""

    partition: int
    offset: int
    key: str
    value: bytes
    headers: Headers = ()

    def header(self, name: str) -> bytes | None:
        return next((value for key, value in self.headers if key == name), None)


class LogUnavailable(Exception):
    """The log did not answer, or not in time. What became of a send is unknown: send again, readers drop doubles."""


class Reader(Protocol):
    """Reads from positions that the caller keeps. Not safe for use by two tasks at once."""

    async def assign(self, positions: Mapping[int, int]) -> None:
        """Read these partitions from these offsets from now on (replaces what was assigned before)."""
        ...

    async def fetch(self, *, limit: int, wait: float) -> list[Record]:
        """Up to `limit` records, in offset order within each partition; waits at most `wait` seconds for the first.

        Advances this reader's position past what it returns. Raises LogUnavailable.
        """
        ...

    async def ends(self) -> dict[int, int]:
        """The offset that the next record of each assigned partition will get. Raises LogUnavailable."""
        ...

    async def close(self) -> None: ...


class EventLog(Protocol):
    """The whole of what the kernel knows of a log."""

    @property
    def partitions(self) -> int: ...

    async def start(self) -> None:
        """Connect, and make sure that the topic is there with the partitions asked for."""
        ...

    async def stop(self) -> None: ...

    async def identity(self) -> str:
        """A name of this very log. Offsets kept for another log mean nothing here, so they bear its identity."""
        ...

    async def send(self, batches: Mapping[int, Sequence[Outgoing]]) -> dict[int, int | LogUnavailable]:
        """Write one batch a partition; returns when each is durable, with its first offset, or with what failed.

        A batch keeps its order. The caller has at most one batch a partition in flight: a client that pipelines
        can lose the first and deliver the second.
        """
        ...

    def reader(self) -> Reader: ...

    async def ends(self) -> dict[int, int]:
        """The offset that the next record of every partition will get, for whoever watches. Raises LogUnavailable."""
        ...
