"""The gateway: one address for a cluster of APIs, and on a loopback address the demo people and their tokens."""

from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from closedloop.gateway.forward import Forward
from closedloop.gateway.upstreams import Upstreams
from closedloop.people import PEOPLE
from shared.config import Settings
from shared.web.app import SafeHeaders
from shared.web.issuer import BuiltInIssuer, require_loopback
from shared.web.problems import FRONT_HANDLERS, BoundedBody, problem

_LOOPBACK = ["127.0.0.1", "localhost", "::1", "[::1]"]
_KEPT_FOR = 5.0
"""Seconds that an idle connection to an API is kept: less than the API keeps it, or a request would meet its end."""


Turning = Coroutine[Any, Any, None]
"""What must run beside an application for as long as it serves."""


@asynccontextmanager
async def gateway(settings: Settings, apis: Mapping[str, Sequence[str]]) -> AsyncIterator[tuple[ASGIApp, Turning]]:
    """The application before the APIs of each service. Raises NotLoopback where demo tokens would reach others."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=200, keepalive_expiry=_KEPT_FOR)
    async with httpx2.AsyncHTTPTransport(limits=limits) as transport:
        upstreams = Upstreams(apis)
        forward = Forward(upstreams, transport, _practice(settings, upstreams.services))
        told: ASGIApp = ExceptionMiddleware(forward, handlers=FRONT_HANDLERS)
        app: ASGIApp = BoundedBody(told, most=settings.max_body, most_of_file=settings.max_file)
        if not settings.oidc_issuer:
            # Another site must not reach the demo's tokens through a name of its own that points to this machine.
            app = TrustedHostMiddleware(app, allowed_hosts=_LOOPBACK)
        yield app, upstreams.watch(transport)


def _practice(settings: Settings, services: Sequence[str]) -> Starlette:
    """What the gateway answers itself: where to go, and on this machine only, tokens of the demo's people."""
    known = {person.staff_id: person for person in PEOPLE}
    issuer = None
    if not settings.oidc_issuer:
        require_loopback(settings.host)
        issuer = BuiltInIssuer(settings.data / "issuer.key")

    async def home(_: Request) -> Response:
        whom = {"people": "/people", "token": "POST /tokens/{id}"} if issuer else {}
        pages = {name: f"/{name}/docs" for name in services}
        return JSONResponse({"services": sorted(services), "pages": pages, "sandbox": settings.sandbox} | whom)

    async def people(_: Request) -> Response:
        return JSONResponse([asdict(person) for person in PEOPLE])

    async def token(request: Request) -> Response:
        person = known.get(request.path_params["staff_id"])
        if person is None or issuer is None:
            return problem(404, "nobody", "There is no such demo person. GET /people lists them.")
        given = issuer.issue(person.staff_id, person.roles, person.department)
        return JSONResponse({"token": given, "staff_id": person.staff_id, "roles": list(person.roles)})

    async def clock(_: Request) -> Response:
        """As the embedded system tells it; a cluster's clock is nobody's to move."""
        return JSONResponse({"now": datetime.now(UTC).isoformat(), "ahead_seconds": 0.0})

    routes = [Route("/", home), Route("/clock", clock)]
    if issuer:
        routes += [Route("/people", people), Route("/tokens/{staff_id}", token, methods=["POST"])]
    return Starlette(routes=routes, middleware=[Middleware(SafeHeaders)], exception_handlers=FRONT_HANDLERS)
