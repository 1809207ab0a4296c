"""One durable command over HTTP: the real route of `closedloop serve intake`, with token, key and all its checks,
beside a bare endpoint that writes one row. Server, client and database are processes of their own, the same for both.

Cold: every command is about another of 20,000 complaints, of which a server that was just started remembers none.
Hot: 500 complaints that the server knows.
"""

import asyncio
import json
import os
import random
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import count

import asyncpg
import psutil

from tests.fixtures.processes import ended
from tests.fixtures.runtimes import Workshop
from tests.load.append import TEXT, registered
from tests.load.bare import TABLE
from tests.load.client import Load, Told
from tests.load.measuring import Aim, Line, Run, Side, in_turn, spread, timed
from tests.load.stage import ROOT, Size, Stage
from tests.patience import Tries

CONNECTIONS = 32
_keys = count()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is posted about a complaint."""

    name: str
    path: str
    body: str


CHASED = Wish(
    "the customer asked again", "customer-contacts", json.dumps({"what": "customer_chased", "channel": "phone"})
)
NOTE = Wish("a remark, sealed", "notes", json.dumps({"text": TEXT}))


@dataclass
class Place:
    """Both sides' databases, and the complaints."""

    stage: Stage
    workshop: Workshop
    other: str
    complaints: list[str]
    hot: int
    warm: int
    written: int = field(default=0)

    def ours(self) -> tuple[list[str], dict[str, str], int]:
        """Command, environment and a free port of our server."""
        settings, port = self.workshop.process.settings, free_port()
        environment = {
            "CLOSEDLOOP_DATABASE": settings.database or "", "CLOSEDLOOP_DATA": str(settings.data),
            "CLOSEDLOOP_PORT": str(port),
            # One client asks here for a whole bank; it is counted all the same.
            "CLOSEDLOOP_RATE_PERSON": "10000000", "CLOSEDLOOP_RATE_ADDRESS": "10000000",
        }  # fmt: skip
        return ["-m", "closedloop", "serve", "intake"], environment, port

    def bare(self) -> tuple[list[str], dict[str, str], int]:
        port = free_port()
        return ["-m", "tests.load.bare", self.stage.dsn_of(self.other), str(port)], {}, port

    @property
    def token(self) -> str:
        return self.workshop.process.issuer.issue("li.na", ("agent",), "customer-service")

    async def run(self, *, ours: bool, wish: Wish, cold: bool, commands: int) -> Run:
        """Start a server, warm it up on what will not be asked of it, and measure."""
        arguments, environment, port = self.ours() if ours else self.bare()
        subjects = self.complaints[self.hot :] if cold else self.complaints[: self.hot]
        wanted = random.sample(subjects, commands) if cold else [subjects[n % self.hot] for n in range(commands)]
        async with server(arguments, environment, port) as process:
            # The warm-up is about the hot ones, so that a cold round stays cold.
            await self._send(port, wish, self.complaints[: self.hot][: self.warm])
            with timed(self.stage.server, psutil.Process(process.pid)) as run:
                told = await self._send(port, wish, wanted)
            run.done, run.seconds, run.latencies = len(told.latencies), told.seconds, told.latencies
        return run

    async def _send(self, port: int, wish: Wish, complaints: Sequence[str]) -> Told:
        paths = [f"/complaints/{each}/{wish.path}" for each in complaints]
        load = Load(port, paths, wish.body, self.token, CONNECTIONS, f"load-{next(_keys)}")
        told = await sent(load)
        if told.statuses != {201: len(paths)}:
            raise AssertionError(f"not everything was written: {told.statuses} of {len(paths)}")
        self.written += len(paths)
        return told


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@asynccontextmanager
async def running(arguments: Sequence[str], environment: dict[str, str]) -> AsyncIterator[Process]:
    """A Python process with no settings of Closedloop but these; ended afterwards."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CLOSEDLOOP_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, env=plain | environment, stdout=DEVNULL
    )
    try:
        yield process
    finally:
        await ended(process)


@asynccontextmanager
async def server(arguments: Sequence[str], environment: dict[str, str], port: int) -> AsyncIterator[Process]:
    """One that answers on the port."""
    async with running(arguments, environment) as process:
        async for _ in Tries(180):
            if await _answers(port):
                break
            if process.returncode is not None:
                raise RuntimeError(f"{arguments} ended with status {process.returncode}")
        yield process


async def _answers(port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True
    return False


async def sent(load: Load) -> Told:
    """Send it from a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.load.client", cwd=ROOT, stdin=PIPE, stdout=PIPE
    )
    said, _ = await process.communicate(json.dumps(asdict(load)).encode())
    if process.returncode:
        raise RuntimeError(f"the client ended with status {process.returncode}")
    told = json.loads(said)
    return Told(told["seconds"], told["latencies"], {int(code): n for code, n in told["statuses"].items()})


async def measure(stage: Stage, size: Size) -> list[Line]:
    """Cold and hot, with and without a text to seal."""
    hot, cold = size.of(500, 10), size.of(20_000, 20)
    other = await stage.database("bare")
    lines: list[Line] = []
    try:
        async with stage.workshop("intake") as workshop:
            await _make_table(stage, other)
            subjects = [name.partition(":")[2] for name in await registered(workshop, hot + cold)]
            place = Place(stage, workshop, other, subjects, hot, size.of(500, 10))
            for name, is_cold, commands, least in _kinds(size, cold):
                runs = await in_turn(size.rounds, *_sides(place, cold=is_cold, commands=commands))
                for wish, ours in ((CHASED, runs[1]), (NOTE, runs[2])):
                    lines += _lines(f"{name}, {wish.name}", runs[0], ours, least)
            await _must_be_stored(place)
    finally:
        await stage.drop(other)
    return lines


def _kinds(size: Size, cold: int) -> list[tuple[str, bool, int, float]]:
    """Name, whether it is cold, how many commands, and the least ratio wanted. A quick run tries one."""
    kinds = [("cold", True, cold, 0.8), ("hot", False, size.of(10_000, 20), 1.0)]
    return kinds[:1] if size.share == 0 else kinds


def _sides(place: Place, *, cold: bool, commands: int) -> list[Side]:
    return [
        lambda: place.run(ours=False, wish=NOTE, cold=cold, commands=commands),
        lambda: place.run(ours=True, wish=CHASED, cold=cold, commands=commands),
        lambda: place.run(ours=True, wish=NOTE, cold=cold, commands=commands),
    ]


async def _make_table(stage: Stage, name: str) -> None:

    connection = await asyncpg.connect(stage.dsn_of(name))
    await connection.execute(TABLE)
    await connection.close()


async def _must_be_stored(place: Place) -> None:

    connection = await asyncpg.connect(place.stage.dsn_of(place.other))
    bare = await connection.fetchval("select count(*) from command")
    await connection.close()
    ours = await place.workshop.intake.pool.fetchval("select count(*) from journal where revision > 1")
    if bare + ours != place.written:
        raise AssertionError(f"{place.written} were answered with 201, {bare} and {ours} are stored")


def _lines(what: str, floor: list[Run], ours: list[Run], least: float) -> list[Line]:
    told = {
        "connections": CONNECTIONS, "commands": ours[0].done,
        "ours_a_core": spread(ours, lambda run: run.rate_of_own_core).median,
        "floor_a_core": spread(floor, lambda run: run.rate_of_own_core).median,
        "ours_all_cpu": spread(ours, lambda run: run.rate_of_all_cores).median,
        "floor_all_cpu": spread(floor, lambda run: run.rate_of_all_cores).median,
        "ours_p50_ms": spread(ours, lambda run: run.percentile(0.5) * 1000).median,
        "floor_p50_ms": spread(floor, lambda run: run.percentile(0.5) * 1000).median,
    }  # fmt: skip
    late = [spread(runs, lambda run: run.percentile(0.99) * 1000) for runs in (ours, floor)]
    return [
        Line("http", f"command over HTTP, {what}", "commands/s", spread(ours), spread(floor), aim=Aim(ratio=least),
             told=told),
        Line("http", f"command over HTTP, {what}, p99", "ms", late[0], late[1], better="less",
             aim=Aim(ratio=1 / least)),
    ]  # fmt: skip
