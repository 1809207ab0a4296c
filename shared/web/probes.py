"""What whoever watches a process may ask it: is it alive, is it ready, how does it stand.

None of it needs a token, and none of it tells anything personal. A gateway shows none of it to the outside.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from shared.db import TRANSIENT
from shared.eventlog.protocol import LogUnavailable
from shared.metrics import Seen, exposition
from shared.projections.readiness import unready
from shared.runtime import Runtime, Worker
from shared.store.figures import Figures, figures

_PATIENCE = 2.0
"""Seconds that the database or the log may take to answer: who asks gives up soon, and would count that as death."""
_FRESH = 5.0
"""Seconds for which figures that many processes share are not looked up again, however often somebody asks."""
_STARTING = "starting"


@dataclass
class Watched:
    """What a process has to tell about: its services, once they are open, and the workers that run in it."""

    runtimes: Callable[[], Iterable[Runtime]]
    workers: dict[str, Worker] = field(default_factory=dict)
    _looked: dict[str, tuple[float, Seen]] = field(default_factory=dict)

    async def unready(self) -> list[str]:
        """Why this process is not ready yet; empty if it is."""
        runtimes = list(self.runtimes())
        if not runtimes:
            return [_STARTING]
        reasons = await asyncio.gather(*(_unready(runtime) for runtime in runtimes))
        return [reason for each in reasons for reason in each]

    async def seen(self) -> Sequence[Seen]:
        """Every service of this process as it stands."""
        return await asyncio.gather(*(self._seen(runtime) for runtime in self.runtimes()))

    async def _seen(self, runtime: Runtime) -> Seen:
        looked_at, seen = self._looked.get(runtime.name, (0.0, None))
        if seen is None or monotonic() - looked_at > _FRESH:
            found, ends, reasons = await asyncio.gather(_figures(runtime), _ends(runtime), _unready(runtime))
            lag = None
            if found is not None and ends is not None:
                told = {name: sum(behind.values()) for name, behind in found.behind(ends).items()}
                lag = {name: count for name, count in told.items() if _ours(name, runtime.runs)}
            seen = Seen(runtime.name, not reasons, self._led(runtime.name), found, lag)
            self._looked[runtime.name] = monotonic(), seen
        return seen

    def _led(self, service: str) -> int | None:
        worker = self.workers.get(service)
        return None if worker is None else len(worker.leases.mine)


def _ours(subscriber: str, runs: Collection[str]) -> bool:
    """Whether code of this edition keeps it: a version of a view that nobody shows any more falls behind for ever, and
    must wake nobody.
    """
    return not subscriber.startswith("view:") or subscriber.rpartition("_g")[0] in runs


async def _unready(runtime: Runtime) -> list[str]:
    try:
        async with asyncio.timeout(_PATIENCE):
            reasons = await unready(runtime)
    except (*TRANSIENT, LogUnavailable) as passing:
        reasons = [f"{runtime.name}: {type(passing).__name__}"]
    # Who can let nobody in answers nobody: others may.
    trouble = runtime.process.tokens.trouble
    return [*reasons, trouble] if trouble else reasons


async def _figures(runtime: Runtime) -> Figures | None:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await figures(runtime.pool, runtime.process.clock.now())
    except TRANSIENT:
        return None


async def _ends(runtime: Runtime) -> dict[int, int] | None:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await runtime.process.log.ends()
    except (LogUnavailable, TimeoutError):
        return None


def probe_routes(watched: Watched, *, metrics: bool) -> list[BaseRoute]:
    """`/health`, `/ready`, and `/metrics` if wanted."""

    async def health(_: Request) -> Response:
        """Alive: this process turns. A database that is away is no reason to end it."""
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> Response:
        reasons = await watched.unready()
        return JSONResponse({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)

    async def told(_: Request) -> Response:
        seen = await watched.seen()
        # In a thread: some hundred series take milliseconds to write, and commands must not wait for them.
        text = await asyncio.to_thread(exposition, seen)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    routes: list[BaseRoute] = [Route("/health", health, name="health"), Route("/ready", ready, name="ready")]
    return [*routes, Route("/metrics", told, name="metrics")] if metrics else routes


def probe_app(watched: Watched) -> Starlette:
    """The application of a port of its own."""
    return Starlette(routes=probe_routes(watched, metrics=True))
