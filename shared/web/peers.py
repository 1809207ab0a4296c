"""How the desk reaches the services' APIs: by their addresses, or within the process where all run in one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from starlette.types import ASGIApp

from shared.decide import Refused

_WITHIN = "http://127.0.0.1/{service}/"
_PATIENCE = 30.0
"""Seconds until a service that does not answer is given up."""


class NoPeers(Refused):
    """The services are elsewhere, and nobody said where."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "peers_unknown", "This desk does not know where the services are. An operator must set CLOSEDLOOP_PEERS."
        )


@dataclass
class Peers:
    """The services' addresses as a URL with `{service}` in it; or the application that serves them all."""

    template: str | None = None
    app: ASGIApp | None = None

    @asynccontextmanager
    async def client(self) -> AsyncIterator["PeerClient"]:
        """A client for some requests. Raises NoPeers."""
        if self.template is not None:
            async with httpx2.AsyncClient(timeout=_PATIENCE, follow_redirects=False) as client:
                yield PeerClient(client, self.template)
        elif self.app is not None:
            transport = httpx2.ASGITransport(app=self.app)
            async with httpx2.AsyncClient(transport=transport, timeout=_PATIENCE) as client:
                yield PeerClient(client, _WITHIN)
        else:
            raise NoPeers


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered to a command. `code` and `title` say why not."""

    status: int
    code: str
    title: str

    @property
    def done(self) -> bool:
        return self.status in (200, 201)


@dataclass(frozen=True, slots=True)
class PeerClient:
    """Sends commands in the caller's own name: with their token, so every rule holds for them."""

    client: httpx2.AsyncClient
    template: str

    async def command(
        self, service: str, path: str, body: dict[str, Any], *, authorization: str, key: str, language: str
    ) -> Reply:
        """One command. A service that does not answer is a reply too: the same key may be sent again."""
        headers = {"Authorization": authorization, "Idempotency-Key": key, "Accept-Language": language}
        url = self.template.replace("{service}", service).rstrip("/") + path
        try:
            answer = await self.client.post(url, json=body, headers=headers)
            said = answer.json()
            return Reply(answer.status_code, str(said.get("code", "")), str(said.get("title", "")))
        except (httpx2.HTTPError, ValueError):
            return Reply(503, "unavailable", "The service does not answer. Send the same request again.")
