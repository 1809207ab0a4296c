"""Forwards a request to one of the API processes of its service, and to the next if that one does not answer.

Sent again is only what may be: what never arrived, what only reads, and what bears an Idempotency-Key, since the same
key carries a wish out once however often it is sent. And only while nothing of an answer has reached the caller.
"""

from collections.abc import Iterable, Sequence

import httpx2
from starlette.types import ASGIApp, Receive, Scope, Send

from closedloop.gateway.upstreams import Upstream, Upstreams
from shared.web.measured import PROBES
from shared.web.problems import problem

CONNECT_WITHIN = 1.0
ANSWER_WITHIN = 5.0
"""Seconds until a process that may be passed over is: a stopped one takes a connection and never says a word."""
LAST_WITHIN = 40.0
"""Seconds for the last one asked: longer than the database may take (30 s), so that the caller hears its answer."""
_READS = frozenset(("GET", "HEAD", "OPTIONS"))
_OF_ONE_CONNECTION = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade")
)
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class Forward:
    """The gateway's application. What no service owns goes to `other`."""

    def __init__(self, upstreams: Upstreams, transport: httpx2.AsyncBaseTransport, other: ASGIApp) -> None:
        self._upstreams = upstreams
        self._transport = transport
        self._other = other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service, _, rest = scope["path"].removeprefix("/").partition("/") if scope["type"] == "http" else ("", "", "")
        if service not in self._upstreams:
            await self._other(scope, receive, send)
            return
        if rest in PROBES:
            # They are for whoever runs the cluster, and stand on the processes' own ports.
            await problem(404, "no_such_address", "There is nothing at this address. Look it up in the API page.")(
                scope, receive, send
            )
            return
        body = await _whole(receive)
        if body is not None:
            await self._forward(service, scope, body, receive, send)

    async def _forward(self, service: str, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        again = scope["method"] in _READS or any(name == b"idempotency-key" for name, _ in scope["headers"])
        asked = self._upstreams.in_turn(service)
        for upstream in asked:
            is_last = upstream is asked[-1] or not again
            try:
                response = await self._transport.handle_async_request(
                    _request(upstream, service, scope, body, LAST_WITHIN if is_last else ANSWER_WITHIN)
                )
            except httpx2.TransportError as silent:
                upstream.failed()
                if again or isinstance(silent, _NOT_SENT):
                    continue
                break
            upstream.answered()
            await _pass_on(response, send)
            return
        answer = problem(
            503, "unavailable", "A part of the system does not answer. Nothing may have been written: send the same "
            "request with the same Idempotency-Key again.", headers={"Retry-After": "1"},
        )  # fmt: skip
        await answer(scope, receive, send)


async def _whole(receive: Receive) -> bytes | None:
    """The request's body, which must be at hand if it is to be sent again; None if the caller went away."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _request(upstream: Upstream, service: str, scope: Scope, body: bytes, within: float) -> httpx2.Request:
    path = scope.get("raw_path", scope["path"].encode()).removeprefix(b"/" + service.encode()) or b"/"
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    headers = [*passed_on(scope["headers"]), (b"x-forwarded-for", _asker(scope)), (b"x-forwarded-proto", b"http")]
    if body or scope["method"] not in _READS:
        headers.append((b"content-length", str(len(body)).encode()))
    times = {"connect": CONNECT_WITHIN, "read": within, "write": within, "pool": within}
    return httpx2.Request(
        scope["method"],
        httpx2.URL(upstream.url).copy_with(raw_path=path + query),
        headers=headers,
        stream=httpx2.ByteStream(body),
        extensions={"timeout": times},
    )


def passed_on(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Without what is about this one connection, what it says of itself to be so, and what nobody but us may say."""
    listed = [(name.lower(), value) for name, value in headers]
    named = {part.strip().lower() for name, value in listed if name == b"connection" for part in value.split(b",")}
    dropped = _OF_ONE_CONNECTION | named | {b"content-length", b"x-forwarded-for", b"x-forwarded-proto", b"forwarded"}
    return [(name, value) for name, value in listed if name not in dropped]


def _asker(scope: Scope) -> bytes:
    client: Sequence[str] | None = scope.get("client")
    return client[0].encode() if client else b"unknown"


async def _pass_on(response: httpx2.Response, send: Send) -> None:
    headers = [(name.lower(), value) for name, value in response.headers.raw]
    kept = [(name, value) for name, value in headers if name not in _OF_ONE_CONNECTION]
    try:
        await send({"type": "http.response.start", "status": response.status_code, "headers": kept})
        async for chunk in response.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        await response.aclose()
