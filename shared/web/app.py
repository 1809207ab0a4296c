"""The web application of a service: routes found in its rooms, and what every route has in common."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.config import Settings
from shared.rooms import Rooms
from shared.runtime import Runtime, address, open_process, open_runtime
from shared.store.presence import keep_present
from shared.telemetry import set_up
from shared.web.accesses import add_accesses
from shared.web.admission import Admission, Entrance
from shared.web.bulk import add_bulk
from shared.web.commands import add_command
from shared.web.deadline import Deadline
from shared.web.files import add_files, keeps_files
from shared.web.measured import Measured
from shared.web.probes import Watched, probe_routes
from shared.web.problems import BoundedBody, add_handlers
from shared.web.questions import add_question
from shared.web.reads import add_read

_SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_DOCS_POLICY = (
    b"default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


class SafeHeaders:
    """Headers that tell a browser to trust nothing; pure ASGI, since the usual middleware costs 20 times as much."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_docs = scope["path"].endswith("/docs")

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = dict(_SAFE_HEADERS)
                if is_docs:
                    headers[b"content-security-policy"] = _DOCS_POLICY
                headers[b"cache-control"] = b"no-store"
                # What the answer says for itself stands: of two policies a browser would obey the stricter.
                said = {name.lower() for name, _ in message["headers"]}
                missing = [(name, value) for name, value in headers.items() if name not in said]
                message["headers"] = [*message["headers"], *missing]
            await send(message)

        await self._app(scope, receive, sending)


def app_for(rooms: Rooms, settings: Settings, runtime: Runtime | None = None) -> FastAPI:
    """The application of one service. Without a runtime it opens its own when it starts (`closedloop serve`)."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        set_up(settings, f"{rooms.name}-api")
        async with (
            open_process(settings, address(settings, "api")) as process,
            open_runtime(rooms, process, begins=False) as opened,
            asyncio.TaskGroup() as tasks,
        ):
            present = tasks.create_task(keep_present(opened.pool, process.owner, opened.runs), name="present")
            app.state.runtime = opened
            yield
            app.state.runtime = None
            present.cancel()

    app = FastAPI(
        title=f"Closedloop {rooms.name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan if runtime is None else None,
        # FastAPI's own telemetry would write request bodies into logs; spans of ours say what matters.
        telemetry={"logs": False, "operation_spans": False},
    )
    app.state.runtime = runtime
    app.add_middleware(BoundedBody, most=settings.max_body, most_of_file=settings.max_file)
    if runtime is None:
        # Where several services share a process, its front admits to all of them.
        app.add_middleware(Admission, entrance_of=_entrance)
        app.add_middleware(Deadline, seconds=settings.request_seconds)
    app.add_middleware(SafeHeaders)
    app.add_middleware(Measured, service=rooms.name, commands={each.__name__ for each in rooms.service.handlers})
    add_handlers(app)
    # Not a router of their own, included: FastAPI would go through two lists for every request.
    router = app.router
    for command in sorted(rooms.service.handlers, key=lambda each: each.path):
        if command.has_address():
            add_command(router, command, _runtime)
    for view in rooms.views:
        for question in view.questions:
            add_question(router, view, question, _runtime)
    for read in rooms.reads:
        add_read(router, read, _runtime)
    for bulk in rooms.bulk:
        add_bulk(router, bulk, _runtime)
    if keeps_files(rooms.service):
        add_files(router, _runtime)
    add_accesses(router, _runtime)
    app.router.routes.extend(probe_routes(watched(app), metrics=runtime is None and settings.probe_port is None))
    _add_docs(app)
    return app


def _entrance(scope: Scope) -> Entrance | None:
    runtime: Runtime | None = scope["app"].state.runtime
    return None if runtime is None else runtime.process.entrance


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


def watched(app: FastAPI) -> Watched:
    """What there is to tell of a service's API: nothing before it has started."""
    return Watched(lambda: () if app.state.runtime is None else (app.state.runtime,))


def _add_docs(app: FastAPI) -> None:
    """The API's page, its script and style served from here: nothing is fetched from anywhere else."""
    assets = str(files("fastapi_offline").joinpath("static"))
    app.mount("/docs-assets", StaticFiles(directory=assets), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> Response:
        root = request.scope.get("root_path", "").rstrip("/")
        return get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title=app.title,
            swagger_js_url=f"{root}/docs-assets/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/docs-assets/swagger-ui.css",
            swagger_favicon_url=f"{root}/docs-assets/favicon.png",
        )

    made = app.openapi

    def openapi() -> dict[str, Any]:
        schema = made()
        schema.setdefault("components", {})["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        }
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
