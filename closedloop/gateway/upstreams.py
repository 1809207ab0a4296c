"""The API processes behind a gateway: whose turn it is, and who is left out for the moment."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

import httpx2

_LOOK_EVERY = 1.0
_LOOK_PATIENCE = 1.0
_FIRST_REST, _LONGEST_REST = 0.5, 5.0
"""Seconds that a process which failed is left out; each further failure doubles them."""


@dataclass
class Upstream:
    """One API process as the gateway knows it."""

    url: str
    ready: bool = True
    out_until: float = 0.0
    failures: int = 0

    @property
    def out(self) -> bool:
        return monotonic() < self.out_until

    def failed(self) -> None:
        """It did not answer: others first, for a while."""
        self.failures += 1
        self.out_until = monotonic() + min(_FIRST_REST * 2 ** (self.failures - 1), _LONGEST_REST)

    def answered(self) -> None:
        self.failures, self.out_until = 0, 0.0


class Upstreams:
    """Those of all services."""

    def __init__(self, urls: Mapping[str, Sequence[str]]) -> None:
        self._of = {service: [Upstream(url.rstrip("/")) for url in each] for service, each in urls.items()}
        self._turn = dict.fromkeys(self._of, 0)

    def __contains__(self, service: object) -> bool:
        return service in self._of

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(self._of)

    def in_turn(self, service: str) -> list[Upstream]:
        """All of a service, whose turn it is first; those that are not ready, and then those that failed, are last.

        Nobody is left out for good: when all of them have failed, asking one is better than asking none.
        """
        each = self._of[service]
        turn = self._turn[service] = (self._turn[service] + 1) % len(each)
        return sorted(each[turn:] + each[:turn], key=lambda one: (one.out, not one.ready))

    async def watch(self, transport: httpx2.AsyncBaseTransport) -> None:
        """Ask each once a second whether it is ready, until cancelled: whoever comes back is asked again at once."""
        while True:
            await asyncio.gather(*(_look(one, transport) for one in self._all()))
            await asyncio.sleep(_LOOK_EVERY)

    def _all(self) -> Iterable[Upstream]:
        return (one for each in self._of.values() for one in each)


async def _look(one: Upstream, transport: httpx2.AsyncBaseTransport) -> None:
    try:
        async with asyncio.timeout(_LOOK_PATIENCE):
            response = await transport.handle_async_request(httpx2.Request("GET", f"{one.url}/ready"))
            await response.aread()
            await response.aclose()
    except (httpx2.TransportError, TimeoutError):
        one.failed()
        return
    one.ready = response.status_code == 200
    one.answered()
