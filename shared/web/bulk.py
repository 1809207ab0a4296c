"""One route an act over many cases."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from shared.decide.command import derived_id
from shared.language import asked_for
from shared.projections.bulk import Bulk, Reply
from shared.projections.read import Asked
from shared.runtime import Runtime
from shared.web.accesses import record_access
from shared.web.commands import KEY_HEADER, idempotency_key
from shared.web.identity import writer_of
from shared.web.problems import MEDIA_TYPE, Problem

_CODES = {
    400: "Not right.",
    401: "Nobody that we know.",
    403: "Not in this role.",
    422: "A field is missing or wrong.",
    503: "A part of the system does not answer.",
}


def add_bulk(router: APIRouter, bulk: Bulk, runtime_of: Callable[[Request], Runtime]) -> None:
    """Add the act's route."""
    name = re.sub(r"[^a-z]+", "_", bulk.path.lower()).strip("_")

    async def endpoint(request: Request, body: BaseModel) -> Response:
        runtime = runtime_of(request)
        actor = writer_of(request, runtime.process.tokens, bulk.may)
        key = idempotency_key(request)
        language = asked_for(request.headers.get("accept-language", ""))
        authorization = request.headers["authorization"]
        asked = Asked(actor, {}, body, language, "handling", runtime.process.clock.now(), runtime.engine,
                      runtime.process.keyring)  # fmt: skip
        async with runtime.process.peers.client() as peers:

            async def send(service: str, path: str, body: dict[str, Any], part: str) -> Reply:
                own_key = f"{derived_id(key)}:{part}"
                return await peers.command(
                    service, path, body, authorization=authorization, key=own_key, language=language
                )

            done = await bulk.carry_out(asked, send)
        await record_access(runtime, actor, f"bulk_{name}", done.subjects, asked.purpose)
        headers = {"Content-Language": language, "Vary": "Accept-Language"}
        return Response(done.body.model_dump_json(), 200, headers, "application/json")

    endpoint.__signature__ = _signature(bulk)  # type: ignore[attr-defined]
    router.add_api_route(
        bulk.path,
        endpoint,
        methods=["POST"],
        operation_id=f"bulk_{name}",
        summary=bulk.summary,
        description=f"May: {', '.join(bulk.may)}.",
        response_model=bulk.model,
        responses={c: {"description": d, "model": Problem, "content": {MEDIA_TYPE: {}}} for c, d in _CODES.items()},
        openapi_extra={"security": [{"bearer": []}], "parameters": [KEY_HEADER], "x-may": bulk.may},
    )


def _signature(bulk: Bulk) -> inspect.Signature:
    return inspect.Signature(
        [
            inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request),
            inspect.Parameter("body", inspect.Parameter.KEYWORD_ONLY, annotation=bulk.body),
        ]
    )
