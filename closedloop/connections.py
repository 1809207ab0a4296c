"""Connections that cost something and ask for nothing: uvicorn alone would keep them for ever.

It has no limit for how slowly a request may come, how long its head may be, or how slowly an answer is taken. So every
connection is looked at once a second, and when there are too many, the one that has waited longest gives way to the new
one: whoever opens thousands and sends nothing only ever loses their own.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 64 * 1024
"""Bytes of a request's first line and headers. httptools alone would take any number."""
_EVERY = 1.0


def _refusal(status: str, code: str, title: str) -> bytes:
    """An answer before there is a request: nobody has said yet in which language."""
    number = int(status[:3])
    said = orjson.dumps({"type": "about:blank", "title": title, "status": number, "code": code, "details": {}})
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {len(said)}\r\n"
    return f"{head}retry-after: 1\r\nconnection: close\r\n\r\n".encode() + said


_TOO_SLOW = _refusal("408 Request Timeout", "sent_too_slowly", "The request did not arrive in time. Send it again.")
_TOO_LONG = _refusal(
    "431 Request Header Fields Too Large", "head_too_large", "The headers are too long. Send fewer or shorter ones."
)
_FULL = _refusal("503 Service Unavailable", "too_many_connections", "Too many are connected. Try again in a moment.")


@dataclass
class Connections:
    """All connections of one server. `most`: how many at once; `patience`: seconds that one may stay silent when it is
    its turn to send or to take.
    """

    most: int
    patience: float
    waiting: dict["Watched", None] = field(default_factory=dict)
    """Those whose turn it is to send, longest first. The others are being answered."""
    open: set["Watched"] = field(default_factory=set)
    _looking: asyncio.TimerHandle | None = None
    _due: float = 0.0

    def __call__(self, **given: Any) -> "Watched":
        """What uvicorn asks for each new connection."""
        return Watched(self, **given)

    def came(self, one: "Watched") -> bool:
        """Whether there is room for one more, if need be in the place of whoever waited longest."""
        if len(self.open) >= self.most:
            if (oldest := next(iter(self.waiting), None)) is None:
                return False
            oldest.cut()
            self.went(oldest)
        self.open.add(one)
        self.waiting[one] = None
        if self._looking is None:
            self._look_again(one.loop)
        return True

    def waits_again(self, one: "Watched") -> None:
        """It was answered: it is its turn to send, and it is the last of those who wait."""
        if one in self.open:
            self.waiting.pop(one, None)
            self.waiting[one] = None

    def went(self, one: "Watched") -> None:
        self.open.discard(one)
        self.waiting.pop(one, None)

    def _look_again(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = loop.time() + min(_EVERY, self.patience / 2)
        self._looking = loop.call_at(self._due, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        # While this process itself stood still it heard nobody: that is no caller's silence.
        late = max(0.0, now - self._due)
        for one in list(self.open):
            one.looked_at(now, self.patience, late)
        self._looking = None
        if self.open:
            self._look_again(loop)


class Watched(HttpToolsProtocol):
    """One connection, and since when it is silent."""

    def __init__(self, connections: Connections, **given: Any) -> None:
        super().__init__(**given)
        self._connections = connections
        self._part: Literal["head", "body", "none"] = "head"
        """What is on its way to us: of a new connection a head, also before its first byte."""
        self._since = self._heard = self._taken = self._answered = 0.0
        """When that part began; when something came last; when the caller last took something of an answer, and all."""
        self._unsent = 0
        self._no_body = 0
        """Bytes that came and became no body: the head, what goes before each chunk, what follows the last."""
        self._turned_away = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self._heard = self._taken = self.loop.time()
        if not self._connections.came(self):
            self._turn_away(_FULL)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.went(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._turned_away:
            return
        self._heard = self.loop.time()
        if self._part == "none":
            self._part, self._since, self._no_body = "head", self._heard, 0
        self._no_body += len(data)
        super().data_received(data)
        if self._no_body > MOST_HEAD and self._comes():
            self._turn_away(_TOO_LONG)

    def on_headers_complete(self) -> None:
        self._part, self._no_body = "body", 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        # Eight bytes for one: so much costs a chunk that holds a single byte.
        self._no_body = max(0, self._no_body - 8 * len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._part = "none"
        if not self.cycle.response_complete:
            self._connections.waiting.pop(self, None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._answered = self.loop.time()
        self._connections.waits_again(self)

    def looked_at(self, now: float, patience: float, late: float) -> None:
        """Cut what stood still for too long. `late`: seconds for which we did not listen."""
        self._since, self._heard = self._since + late, self._heard + late
        self._taken, self._answered = self._taken + late, self._answered + late
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent < self._unsent:
            self._taken = now
        self._unsent = unsent
        if now - self._taken > patience:
            self.cut()
        elif not self.transport.is_closing() and self._keeps_waiting(now, patience):
            self._turn_away(_TOO_SLOW)

    def _comes(self) -> bool:
        return self._part != "none"

    def _keeps_waiting(self, now: float, patience: float) -> bool:
        if self._part == "head":
            return now - self._since > patience
        if not self._comes() or self.flow.read_paused:
            return False
        # Who was answered already, such as by 401, may send the rest; nobody reads it, so not for long.
        since = self._answered if self.cycle.response_complete else self._heard
        return now - since > patience

    def cut(self) -> None:
        """End it at once, without a word: a polite end would wait until the caller has taken what is left."""
        self._turned_away = True
        self.transport.abort()

    def _turn_away(self, said: bytes) -> None:
        self._turned_away = True
        if self._part == "head" or not self.cycle.response_started:
            self.transport.write(said)
        self.transport.close()
