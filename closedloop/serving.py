"""Serving an application on one port: who may connect, how slowly, and how it ends."""

import asyncio
import gc
import json
import os
import resource
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from closedloop.connections import Connections
from closedloop.front import front
from closedloop.installation import run_file
from closedloop.system import System
from shared.config import Settings
from shared.web.probes import Watched, probe_app

_POLITE = (signal.SIGINT, signal.SIGTERM)
_OTHER_FILES = 256
"""Of a process, besides its callers' connections: databases, the log, providers."""


class PortTaken(Exception):
    """Somebody else listens there."""


class Server(uvicorn.Server):
    """Uvicorn, with signals left to whoever runs it: the workers must end in order too."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def serve_until_stopped(self, listening: socket.socket) -> None:
        """Serve until Ctrl-C or a polite end, answer what was begun, and return. By itself uvicorn would then end by
        the signal, which says of a process that drained in order that it was killed.
        """
        loop = asyncio.get_running_loop()
        for name in _POLITE:
            loop.add_signal_handler(name, self.handle_exit, name, None)
        await self.serve(sockets=[listening])


def served(app: ASGIApp, settings: Settings, **differently: Any) -> uvicorn.Config:
    """How every application of ours is served."""
    _allow_files(settings.connections)
    chosen: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "http": Connections(settings.connections, settings.header_seconds),
        "ws": "none",
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": 5,
        "server_header": False,
        # By itself uvicorn would believe whatever address a program on this machine says that it asks for.
        "proxy_headers": bool(settings.forwarded_by),
        "forwarded_allow_ips": settings.forwarded_by or None,
    }
    return uvicorn.Config(app, **(chosen | differently))


def _allow_files(connections: int) -> None:
    """As many open files as connections need, where the system lets us: without them nobody at all gets in."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as taken:
        listening.close()
        raise PortTaken(
            f"Port {port} of {host} is in use ({taken.strerror}). Choose another: CLOSEDLOOP_PORT=8090"
        ) from None
    listening.listen(1024)
    return listening


@asynccontextmanager
async def serving(system: System, port: int = 0) -> AsyncIterator[str]:
    """Serve the front in the background; gives its address."""
    async with serving_app(front(system), system.settings, system.settings.host, port) as url:
        yield url


@asynccontextmanager
async def probing(settings: Settings, watched: Watched) -> AsyncIterator[None]:
    """Answer whoever watches this process, if a port is set for that."""
    if settings.probe_port is None:
        yield
        return
    async with serving_app(probe_app(watched), settings, settings.probe_host, settings.probe_port):
        yield


@asynccontextmanager
async def serving_app(app: ASGIApp, settings: Settings, host: str, port: int) -> AsyncIterator[str]:
    """Serve an application in the background; gives its address. Raises PortTaken."""
    listening = listen(host, port)
    server = Server(served(app, settings, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.01)
    try:
        yield url_of(listening)
    finally:
        server.should_exit = True
        await task
        listening.close()


def url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


@contextmanager
def announced(settings: Settings, url: str) -> Iterator[None]:
    """Say in the data folder who runs and where, for the commands that attach."""
    path = run_file(settings)
    path.write_text(json.dumps({"pid": os.getpid(), "url": url}))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def calm_collector() -> None:
    """What was made at the start lives to the end, so the garbage collector need not look at it, nor look so often:
    a full collection of everything took 70 ms, in which nobody was answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def until_stopped(running: Coroutine[Any, Any, None]) -> None:
    """Run it until Ctrl-C or a polite end, and let it end in order; or raise what it raises."""
    calm_collector()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in _POLITE:
        loop.add_signal_handler(name, stop.set)
    tasks = stopped, ran = asyncio.create_task(stop.wait()), asyncio.create_task(running)
    try:
        await asyncio.wait((stopped, ran), return_when=asyncio.FIRST_COMPLETED)
        if ran.done():
            ran.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
