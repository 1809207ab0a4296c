"""From a command to another service's view, over Apache Kafka: a complaint is registered over HTTP at intake, 200 a
second, and looked for in the desk's worklist by a query of our own. Intake's API, intake's worker and the desk's worker
are processes of their own, as in a cluster.

The floor is a record of that size, produced and consumed by raw aiokafka on the same broker at the same rate.
Both are timed from the moment at which they were to be sent, so that what waits for its turn has waited.
"""

import asyncio
import json
import os
import shutil
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.kafka import kafka
from deploy.kafka.runtime import CannotRun
from services.intake.commands.register import RegisterComplaint
from shared.eventlog.kafka import KafkaLog
from shared.projections.generations import live_table
from tests.fixtures.runtimes import Workshop
from tests.load.measuring import Aim, Line, Run, Spread, in_turn
from tests.load.over_http import free_port, running, server
from tests.load.stage import Size, Stage
from tests.patience import Tries

RATE = 200
"""Commands a second."""
CONNECTIONS = 16
VIEW = "cases"
_BYTES = 1_500
"""About as long as the event of a registration."""
_AGENT = "li.na"


async def measure(stage: Stage, size: Size) -> list[Line]:
    """Median of the rounds, three at least."""
    number, rounds = size.of(RATE * 15, 20), size.rounds if size.share == 0 else max(3, size.rounds)
    async with AsyncExitStack() as stack:
        try:
            bootstrap = await stack.enter_async_context(broker())
        except CannotRun as problem:
            print(f"kafka: left out: {problem}")  # noqa: T201 -- a command-line tool
            return []
        topic = f"load.{uuid4().hex[:8]}"
        made = KafkaLog(bootstrap, topic=topic)
        await made.start()
        await made.stop()
        workshop = await stack.enter_async_context(
            stage.workshop("intake", "desk", kafka=bootstrap, topic=f"closedloop.{topic}")
        )
        port = await stack.enter_async_context(_cluster(workshop, f"closedloop.{topic}"))
        # Until every process has its connections and its first records behind it.
        await _ours(workshop, port, min(number, 2 * RATE))
        runs = await in_turn(rounds, lambda: _raw(bootstrap, topic, number), lambda: _ours(workshop, port, number))
    return _lines(runs)


def _lines(runs: list[list[Run]]) -> list[Line]:
    lines = []
    for name, share, aim in (("p99", 0.99, Aim(ratio=3, value=15)), ("p50", 0.5, Aim())):
        floor, ours = [Spread.of([run.percentile(share) * 1000 for run in each]) for each in runs]
        told = {"rate": RATE, "commands": runs[1][0].done}
        lines.append(
            Line("kafka", f"command to another service's view, {name}", "ms", ours, floor, better="less", aim=aim,
                 told=told)
        )  # fmt: skip
    return lines


@asynccontextmanager
async def broker() -> AsyncIterator[str]:
    """One node of Apache Kafka, or the one that CLOSEDLOOP_TEST_KAFKA names. Raises CannotRun."""
    if named := os.environ.get("CLOSEDLOOP_TEST_KAFKA"):
        yield named
        return
    data = Path(tempfile.mkdtemp(prefix="closedloop-kafka-"))
    try:
        yield await asyncio.to_thread(kafka.start, 1, data)
    finally:
        await asyncio.to_thread(kafka.stop, data)
        shutil.rmtree(data, ignore_errors=True)


@asynccontextmanager
async def _cluster(workshop: Workshop, topic: str) -> AsyncIterator[int]:
    """The three processes; gives the port of intake's API."""
    settings, port = workshop.process.settings, free_port()
    environment = {
        "CLOSEDLOOP_DATABASE": settings.database or "", "CLOSEDLOOP_DATA": str(settings.data),
        "CLOSEDLOOP_PORT": str(port), "CLOSEDLOOP_KAFKA": settings.kafka or "", "CLOSEDLOOP_TOPIC": topic,
        "CLOSEDLOOP_RATE_PERSON": "0", "CLOSEDLOOP_RATE_ADDRESS": "0",
    }  # fmt: skip
    async with AsyncExitStack() as stack:
        for service in ("intake", "desk"):
            await stack.enter_async_context(running(["-m", "closedloop", "work", service], environment))
        await stack.enter_async_context(server(["-m", "closedloop", "serve", "intake"], environment, port))
        yield port


Ask = Callable[[bytes], Awaitable[int]]
"""Send a request; gives the status of the answer."""


@asynccontextmanager
async def _clients(port: int) -> AsyncIterator[Ask]:
    """Connections that are kept open, each for one request at a time."""
    # First in, first out: one that nobody used for a while would rightly be closed by the server.
    free: asyncio.Queue[tuple[StreamReader, StreamWriter]] = asyncio.Queue()
    made = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    for connection in made:
        free.put_nowait(connection)

    async def ask(request: bytes) -> int:
        reader, writer = connection = await free.get()
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.lower().index(b"content-length:") + 15
            await reader.readexactly(int(head[at:].split(b"\r\n", 1)[0]))
            return int(head[9:12])
        finally:
            free.put_nowait(connection)

    try:
        yield ask
    finally:
        for _, writer in made:
            writer.close()


async def _ours(workshop: Workshop, port: int, number: int) -> Run:
    """Register so many at the rate; each is done when a query finds it in the desk's table."""
    # New connections each round: the server rightly closes those that were idle during the other side's.
    async with _clients(port) as ask:
        return await _registered(workshop, ask, number)


async def _registered(workshop: Workshop, ask: Ask, number: int) -> Run:
    token = workshop.process.issuer.issue(_AGENT, ("agent",), "customer-service")
    wishes = [_registration(token) for _ in range(number)]
    due: dict[str, float] = {}
    seen: dict[str, float] = {}
    watching = asyncio.create_task(_watch(workshop, due, seen, number))

    async def send(nth: int, at: float) -> None:
        key, request = wishes[nth]
        due[key] = at
        if (status := await ask(request)) != 201:
            raise AssertionError(f"answered with {status}")

    try:
        await _at_rate(number, send)
        await watching
    finally:
        # If a send was refused, what is watched for never comes.
        watching.cancel()
    return Run(number, number / RATE, latencies=[seen[key] - due[key] for key in seen])


def _registration(token: str) -> tuple[str, bytes]:
    """The row's key in the view, and the request."""
    wish = uuid4().hex
    fields = {
        "complainant": "Canary Wang", "content": "The fee was charged twice, and nobody answers. " * 8,
        "channel": "phone", "received_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    body = json.dumps(fields).encode()
    head = (
        f"POST /complaints HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {wish}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return str(RegisterComplaint.derive({}, _AGENT, wish)["complaint_id"]), head.encode() + body


async def _watch(workshop: Workshop, due: dict[str, float], seen: dict[str, float], number: int) -> None:
    """Note when each row is there; looked for once a millisecond, which is what this can be late."""
    desk, loop = workshop.runtimes["desk"], asyncio.get_running_loop()
    table = await live_table(desk.pool, workshop.view(VIEW, "desk"))
    find = f"select key from {table.quoted} where key = any($1)"
    async with desk.pool.acquire() as connection:
        async for _ in Tries(120):
            while missing := due.keys() - seen.keys():
                found = await connection.fetch(find, list(missing))
                now = loop.time()
                seen.update({row["key"]: now for row in found})
                await asyncio.sleep(0.001)
            if len(seen) == number:
                return
    raise AssertionError(f"{len(seen)} of {number} came")


async def _at_rate(number: int, send: Callable[[int, float], Awaitable[None]]) -> None:
    """Begin one send each tick, however long the ones before take."""
    loop = asyncio.get_running_loop()
    first = loop.time() + 0.1
    async with asyncio.TaskGroup() as sending:
        for nth in range(number):
            at = first + nth / RATE
            await asyncio.sleep(max(0.0, at - loop.time()))
            sending.create_task(send(nth, at))  # type: ignore[arg-type]


async def _raw(bootstrap: str, topic: str, number: int) -> Run:
    """Produce at the rate and consume, by one client that does nothing else."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    due: dict[int, float] = {}
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        async with consumer:
            consumer.assign([TopicPartition(topic, p) for p in sorted(await producer.partitions_for(topic))])
            await consumer.seek_to_end()

            async def consume() -> None:
                while len(latencies) < number:
                    for records in (await consumer.getmany(timeout_ms=1_000)).values():
                        now = loop.time()
                        latencies.extend(now - due[int(record.value[:12])] for record in records)

            async def send(nth: int, at: float) -> None:
                due[nth] = at
                await producer.send_and_wait(topic, f"{nth:012}".encode().ljust(_BYTES, b"."), uuid4().bytes)

            consuming = asyncio.create_task(consume())
            await _at_rate(number, send)
            await asyncio.wait_for(consuming, 60)
    return Run(number, number / RATE, latencies=latencies)
