"""A client that asks as fast as it is answered, over so many connections: `python -m tests.load.client`.

It reads a `Load` as JSON from its input and prints `Told` as JSON. It is a process of its own, so that it takes no time
from the server's; it makes all requests before the first is sent, and reads no more of an answer than its end.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import cast

import uvloop


@dataclass(frozen=True, slots=True)
class Load:
    """What to send: each path once, in this order, every request with a key of its own."""

    port: int
    paths: Sequence[str]
    body: str
    token: str
    connections: int
    keys: str
    """What the keys begin with; no two loads on one server may share it."""

    def requests(self) -> Iterator[bytes]:
        body = self.body.encode()
        for nth, path in enumerate(self.paths):
            head = (
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self.token}\r\n"
                f"Idempotency-Key: {self.keys}-{nth}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nAccept: application/json\r\n\r\n"
            )
            yield head.encode() + body


@dataclass(slots=True)
class Told:
    """What came of it: seconds from the first request to the last answer, seconds of each, and how many by status."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)


class Connection(asyncio.Protocol):
    """One connection: a request, its answer, the next."""

    def __init__(self, requests: Iterator[bytes], latencies: list[float], statuses: Counter[int]) -> None:
        self._requests = requests
        self._latencies = latencies
        self._statuses = statuses
        self._left = b""
        self._sent = 0.0
        self._transport: asyncio.Transport | None = None
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Uvloop's transports are transports without being called so.
        self._transport = cast(asyncio.Transport, transport)

    def begin(self) -> None:
        """Send the next request; close after the last."""
        request = next(self._requests, None)
        assert self._transport is not None
        if request is None:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._left += data
        head, end, body = self._left.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        self._latencies.append(time.perf_counter() - self._sent)
        self._statuses[int(head[9:12])] += 1
        self._left = b""
        self.begin()

    def connection_lost(self, lost: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(None)


def _length(head: bytes) -> int:
    at = head.lower().index(b"content-length:") + 15
    return int(head[at:].split(b"\r\n", 1)[0])


async def send(load: Load) -> Told:
    """Send it all. Raises OSError when there is nobody."""
    loop = asyncio.get_running_loop()
    requests = list(load.requests())
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    left = iter(requests)
    made = [
        (await loop.create_connection(lambda: Connection(left, latencies, statuses), "127.0.0.1", load.port))[1]
        for _ in range(load.connections)
    ]
    started = time.perf_counter()
    for connection in made:
        connection.begin()
    await asyncio.gather(*(connection.over for connection in made))
    return Told(time.perf_counter() - started, latencies, dict(statuses))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        told = runner.run(send(Load(**json.load(sys.stdin))))
    json.dump(asdict(told), sys.stdout)
