"""No request takes longer than this, whether its caller sends slowly or a part of the system hangs. Pure ASGI."""

import asyncio

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.problems import problem


class Deadline:
    """Ends a request after so many seconds: 408 to whoever had not sent it whole, 504 to all others.

    A command that is ended may have been written all the same; its Idempotency-Key tells when it is sent again.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        came_whole, answering = not _has_body(scope), False
        limit = asyncio.timeout(self._seconds)

        async def receiving() -> Message:
            nonlocal came_whole
            message = await receive()
            came_whole = came_whole or not message.get("more_body", False)
            return message

        async def sending(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            async with limit:
                await self._app(scope, receiving, sending)
        except ClientDisconnect:
            return  # who hung up while sending needs no answer, and is no fault of ours to be logged
        except TimeoutError:
            if not limit.expired() or answering:
                raise  # the server cuts the connection: half an answer must not look like a whole one
            await self._refusal(came_whole=came_whole)(scope, receive, send)

    def _refusal(self, *, came_whole: bool) -> ASGIApp:
        if came_whole:
            return problem(
                504, "took_too_long", "This took too long and was given up. It may have been done all the same: send "
                "the same request with the same Idempotency-Key again.", headers={"Retry-After": "5"},
            )  # fmt: skip
        return problem(
            408, "sent_too_slowly", "The request did not arrive whole in time, and nothing was done. Send it again.",
            headers={"Connection": "close"},
        )  # fmt: skip


def _has_body(scope: Scope) -> bool:
    """As the headers say; who says neither has sent all."""
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
