"""Before a request is read: does its caller ask too often, and is there what their token is verified with?

Pure ASGI. First the address, which costs nothing to look at, then the person. Whether a token is needed at all, and in
which role, each route says.
"""

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.config import Settings
from shared.decide import Refused
from shared.web.identity import Tokens
from shared.web.problems import problem
from shared.web.rates import Rate, caller_at

PROBES = frozenset({"/health", "/ready", "/metrics"})
"""Counted apart: whoever watches must not hear that a process is dead because somebody else asks it too often."""


@dataclass(frozen=True)
class Entrance:
    """What a process lets people in by; all services of it share one."""

    tokens: Tokens
    persons: Rate
    addresses: Rate
    clock: Callable[[], float] = field(default=monotonic)

    def waits(self, address: str, path: str) -> float:
        """Seconds until this address may ask; 0: now."""
        caller = caller_at(address)
        return self.addresses.wait(f"{caller} watching" if path in PROBES else caller, self.clock())

    async def waits_person(self, token: str) -> float:
        """Seconds until the person of this token may ask; 0: now, or the token is of nobody."""
        with suppress(Refused):
            await self.tokens.ready(token)
            return self.persons.wait(self.tokens.verify(token).id, self.clock())
        return 0.0


def entrance(settings: Settings, tokens: Tokens) -> Entrance:
    """As the settings say."""
    return Entrance(tokens, Rate(settings.rate_person), Rate(settings.rate_address))


class Admission:
    """Answers 429 to whoever asks too often. `entrance_of`: of the process that serves, None while it starts."""

    def __init__(self, app: ASGIApp, entrance_of: Callable[[Scope], Entrance | None]) -> None:
        self._app = app
        self._entrance_of = entrance_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (entrance := self._entrance_of(scope)) is None:
            await self._app(scope, receive, send)
            return
        if waits := entrance.waits((scope.get("client") or ("",))[0], scope["path"]):
            await _too_often(scope, receive, send, waits)
            return
        token = _bearer(scope)
        if token and (waits := await entrance.waits_person(token)):
            await _too_often(scope, receive, send, waits)
            return
        await self._app(scope, receive, send)


async def _too_often(scope: Scope, receive: Receive, send: Send, waits: float) -> None:
    seconds = max(1, math.ceil(waits))
    refusal = problem(
        429, "too_often", f"You ask too often. Wait {seconds} seconds, then go on more slowly.",
        {"seconds": seconds}, headers={"Retry-After": str(seconds)},
    )  # fmt: skip
    await refusal(scope, receive, send)


def _bearer(scope: Scope) -> str:
    """The token that a request bears; empty if it bears none."""
    said = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    scheme, _, token = said.partition(" ")
    return token if scheme.lower() == "bearer" and 20 <= len(token) <= 8192 else ""
