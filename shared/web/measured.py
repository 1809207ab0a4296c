"""Counts what a service answers, for /metrics. Pure ASGI and outermost, so that it sees what leaves."""

from collections.abc import Collection
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.metrics import count_command, count_request
from shared.web.problems import REFUSED_AS

PROBES = frozenset(("health", "ready", "metrics"))
"""Routes that whoever watches asks all the time; counted, they would thin out every share of errors."""


class Measured:
    """Measures every request of one service; `commands` are the names of the routes that are commands."""

    def __init__(self, app: ASGIApp, service: str, commands: Collection[str]) -> None:
        self._app = app
        self._service = service
        self._commands = frozenset(commands)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        answer: Message = {"status": 500, "headers": ()}

        async def sending(message: Message) -> None:
            nonlocal answer
            if message["type"] == "http.response.start":
                answer = message
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._count(scope, answer, perf_counter() - started)

    def _count(self, scope: Scope, answer: Message, seconds: float) -> None:
        name, status = getattr(scope.get("route"), "name", None), answer["status"]
        if name in PROBES:
            return
        count_request(self._service, status)
        if name in self._commands and scope["method"] == "POST":
            count_command(self._service, name, outcome_of(answer), scope.get(REFUSED_AS), seconds)


def outcome_of(answer: Message) -> str:
    """What came of a command, by how it was answered."""
    status: int = answer["status"]
    if status >= 500:
        return "failed"
    if status >= 400:
        return "refused"
    if status != 201:
        return "nothing"
    return "replayed" if any(name == b"idempotency-replayed" for name, _ in answer["headers"]) else "written"
