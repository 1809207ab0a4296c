"""Callers who connect and send slowly, endlessly or nothing, by raw sockets, to a server as `closedloop serve` has."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import httpx2
import pytest
from fastapi import FastAPI, Request, Response

from closedloop.connections import MOST_HEAD
from closedloop.serving import serving_app
from shared.config import Settings
from shared.web.deadline import Deadline
from shared.web.problems import add_handlers
from tests.patience import Tries

PATIENCE = 1.0
"""Seconds that a caller may be silent here."""
LARGE = 8 * 1024 * 1024
"""Bytes of an answer that no buffer on the way takes whole."""

Caller = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Served:
    """An application that answers, reads, and sends a lot."""

    host: str
    port: int
    hanging: asyncio.Semaphore
    """Taken once as soon as ten requests hang."""

    async def calls(self, sent: bytes = b"") -> Caller:
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=LARGE)
        writer.write(sent)
        return reader, writer

    async def answers(self) -> None:
        """Somebody who behaves is answered."""
        async with httpx2.AsyncClient(base_url=f"http://{self.host}:{self.port}/", timeout=60) as client:
            answer = await client.get("quick")
            assert answer.json() == {"quick": True}


@asynccontextmanager
async def served(connections: int = 1_000, patience: float = PATIENCE, gateways: str = "") -> AsyncIterator[Served]:
    app = FastAPI()
    add_handlers(app)
    app.add_middleware(Deadline, seconds=3_600)
    hanging, count = asyncio.Semaphore(0), itertools.count(1)

    @app.get("/hangs")
    async def hangs() -> None:
        if next(count) == 10:
            hanging.release()
        await asyncio.sleep(3_600)

    @app.get("/whence")
    async def whence(request: Request) -> str:
        return request.client.host if request.client else ""

    @app.get("/quick")
    async def quick() -> dict[str, bool]:
        return {"quick": True}

    @app.post("/reads")
    async def reads(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.post("/refuses")
    async def refuses() -> Response:
        return Response(status_code=401)

    @app.get("/large")
    async def large() -> Response:
        return Response(b"x" * LARGE)

    settings = Settings(connections=connections, header_seconds=patience, forwarded_by=gateways)
    async with serving_app(app, settings, "127.0.0.1", 0) as url:
        parts = httpx2.URL(url)
        assert parts.port
        yield Served(parts.host, parts.port, hanging)


@pytest.fixture
async def server() -> AsyncIterator[Served]:
    async with served() as started:
        yield started


async def ended(caller: Caller) -> bytes:
    """What a caller is told until the connection ends; that it ends is the point."""
    reader, writer = caller
    said = b""
    async with asyncio.timeout(60):
        with suppress(ConnectionError):
            while piece := await reader.read(65536):
                said += piece
    writer.close()
    return said


HEAD = b"POST /reads HTTP/1.1\r\nHost: here\r\n"
SILENT = {
    "nothing at all": b"",
    "an empty line": b"\r\n",
    "half a line": b"GET /qui",
    "half a head": HEAD + b"X-Some: thing\r\n",
    "half a body": HEAD + b"Content-Length: 100\r\n\r\nhalf",
    "half a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
}


@pytest.mark.parametrize("what", SILENT)
async def test_who_falls_silent_is_told_so_and_cut(server: Served, what: str) -> None:
    said = await ended(await server.calls(SILENT[what]))
    assert said.startswith(b"HTTP/1.1 408 ") and b"application/problem+json" in said and b"sent_too_slowly" in said


async def takes_nothing(server: Served) -> socket.socket:
    """Asks for a large answer, waits until it begins to come, and takes none of it."""
    caller = socket.socket()
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await asyncio.to_thread(caller.connect, (server.host, server.port))
    caller.sendall(b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n")
    await asyncio.to_thread(caller.recv, 1, socket.MSG_PEEK)
    return caller


async def drip(caller: Caller, pieces: Sequence[bytes]) -> None:
    """Send little by little, until nobody takes it any more."""
    with suppress(ConnectionError):
        for piece in pieces:
            caller[1].write(piece)
            await caller[1].drain()
            await asyncio.sleep(PATIENCE / 5)


@pytest.mark.parametrize("piece", [b"X-Drip: drop\r\n", b"\r\n"])
async def test_who_drips_a_head_is_cut_all_the_same(server: Served, piece: bytes) -> None:
    caller = await server.calls(b"" if piece == b"\r\n" else HEAD)
    dripping = asyncio.create_task(drip(caller, [piece] * 1_000))
    assert b" 408 " in await ended(caller)
    dripping.cancel()


async def test_who_drips_between_two_requests_is_cut(server: Served) -> None:
    caller = await server.calls(b"GET /quick HTTP/1.1\r\nHost: here\r\n\r\n")
    await caller[0].readuntil(b"true}")
    dripping = asyncio.create_task(drip(caller, [b"\r\n"] * 1_000))
    assert b" 408 " in await ended(caller)
    dripping.cancel()


@pytest.mark.parametrize(
    "head", [b"X-Long: " + b"x" * (MOST_HEAD + 10), b"".join(b"X-%d: y\r\n" % nth for nth in range(10_000))]
)
async def test_a_head_that_is_too_long_is_refused_before_it_ends(server: Served, head: bytes) -> None:
    said = await ended(await server.calls(HEAD + head))
    assert said.startswith(b"HTTP/1.1 431 ") and b"head_too_large" in said


async def test_what_follows_the_last_chunk_is_bounded_too(server: Served) -> None:
    caller = await server.calls(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Trailer: ")
    with suppress(ConnectionError):
        for _ in range(100):
            caller[1].write(b"x" * 4096)
            await caller[1].drain()
    assert b" 431 " in await ended(caller)


async def test_a_body_in_chunks_of_one_byte_is_read(server: Served) -> None:
    body = b"1\r\nx\r\n" * 30_000 + b"0\r\n\r\n"
    reader, writer = await server.calls(HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + body)
    assert b'{"bytes":30000}' in await ended((reader, writer))


async def test_who_was_refused_may_finish_sending_but_not_for_ever(server: Served) -> None:
    head = b"POST /refuses HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000\r\n\r\n"
    caller = await server.calls(head)
    dripping = asyncio.create_task(drip(caller, [b"x"] * 1_000))
    said = await ended(caller)
    assert said.count(b"HTTP/1.1") == 1 and b" 401 " in said
    dripping.cancel()


async def test_who_takes_an_answer_too_slowly_is_cut(server: Served) -> None:
    with await takes_nothing(server) as caller:
        async for _ in Tries():
            # Not a byte is read: that nobody listens any more is only noticed by speaking.
            try:
                caller.send(b"x")
            except ConnectionError:
                return
        raise AssertionError("it is still connected")


async def test_who_takes_it_steadily_gets_all(server: Served) -> None:
    reader, writer = await server.calls(b"GET /large HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    assert (await ended((reader, writer))).count(b"x") >= LARGE


@pytest.mark.parametrize("sent", [b"", HEAD, HEAD + b"Content-Length: 100\r\n\r\nhalf"])
async def test_five_hundred_slow_callers_stop_nobody(sent: bytes) -> None:
    """Fewer connections are allowed than they open: whoever waited longest gives way, and it is one of them."""
    async with served(connections=200, patience=120) as server, AsyncExitStack() as stack:
        for _ in range(500):
            _, writer = await server.calls(sent)
            stack.callback(writer.close)
        for _ in range(5):
            await server.answers()


async def test_where_all_are_being_answered_one_more_is_told_to_come_again() -> None:
    async with served(connections=10, patience=120) as server, AsyncExitStack() as stack:
        for _ in range(10):
            _, writer = await server.calls(b"GET /hangs HTTP/1.1\r\nHost: here\r\n\r\n")
            stack.callback(writer.close)
        await asyncio.wait_for(server.hanging.acquire(), 60)
        said = await ended(await server.calls())
        assert b" 503 " in said and b"too_many_connections" in said and b"retry-after: 1" in said


@pytest.mark.parametrize(
    ("gateways", "whence"), [("", "127.0.0.1"), ("192.0.2.0/24", "127.0.0.1"), ("127.0.0.1", "203.0.113.7")]
)
async def test_only_a_gateway_that_is_named_says_for_whom_it_asks(gateways: str, whence: str) -> None:
    """Else whoever is turned away could call themself another, as often as they like."""
    async with served(gateways=gateways) as server, httpx2.AsyncClient(timeout=60) as client:
        headers = {"X-Forwarded-For": "203.0.113.7"}
        answer = await client.get(f"http://{server.host}:{server.port}/whence", headers=headers)
        assert answer.json() == whence
