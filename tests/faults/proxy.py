"""A TCP proxy that can be slow, fall silent, or be cut, and then heal: a network between us and a server."""

import asyncio
from contextlib import suppress
from pathlib import Path

CHUNK = 64 * 1024


class Proxy:
    """Stands before a server at (host, port) or at a Unix socket.

    `slow` delays every piece that passes; `fall_silent` keeps connections open, and takes new ones, but passes
    nothing; `cut` ends all connections and takes no new ones. `heal` undoes each of them.
    """

    def __init__(self, target: tuple[str, int] | Path | None = None) -> None:
        self.target = target
        self.port = 0
        self._delay = 0.0
        self._speaking = asyncio.Event()
        self._speaking.set()
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Begin to listen on the loopback; the port stays the same over cuts."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def cut(self) -> None:
        await self.stop()

    def fall_silent(self) -> None:
        self._speaking.clear()

    def slow(self, seconds: float) -> None:
        self._delay = seconds

    async def heal(self) -> None:
        self._delay = 0.0
        self._speaking.set()
        if self._server is None:
            await self.start()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        try:
            there, to_there = await self._connect()
            writers.append(to_there)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(reader, to_there))
                both.create_task(self._pass_on(there, writer))
        except* OSError:
            pass  # a side went away: the other is closed too
        finally:
            for each in writers:
                each.transport.abort()
            for each in writers:
                with suppress(OSError):
                    await each.wait_closed()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        await self._speaking.wait()
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(str(self.target))
        assert self.target is not None
        return await asyncio.open_connection(*self.target)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while piece := await source.read(CHUNK):
            await asyncio.sleep(self._delay)
            await self._speaking.wait()
            sink.write(piece)
            await sink.drain()
        raise ConnectionResetError("one side closed")
