"""One route a read: who may, its parameters, the access log, the language."""

import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, create_model

from shared.language import asked_for
from shared.projections.generations import built_table
from shared.projections.read import Asked, Read
from shared.runtime import Runtime
from shared.web.accesses import Purpose, PurposeRequired, record_access
from shared.web.commands import names_in
from shared.web.consistency import parse_token, wait_until_seen
from shared.web.identity import actor_of
from shared.web.narrowing import Value
from shared.web.problems import MEDIA_TYPE, Problem
from shared.web.questions import NotFoundHere

_CODES = {
    400: "Not right.",
    401: "Nobody that we know.",
    403: "Not in this role.",
    404: "No such thing that you may see.",
    409: "Not arrived here yet.",
    422: "A parameter is wrong.",
    503: "A part of the system does not answer.",
}


def add_read(router: APIRouter, read: Read, runtime_of: Callable[[Request], Runtime]) -> None:
    """Add the read's route."""
    name = re.sub(r"[^a-z]+", "_", read.path.lower()).strip("_")

    async def endpoint(request: Request, asked: Any, **in_path: str) -> Response:
        runtime = runtime_of(request)
        actor = actor_of(request, runtime.process.tokens, read.may)
        purpose: str | None = asked.purpose
        if read.purpose and purpose is None:
            raise PurposeRequired
        _must_have_no_nul(asked)
        await _caught_up(runtime, request)
        language = asked_for(request.headers.get("accept-language", ""))
        answered = await read.answer(
            Asked(
                actor=actor,
                path=in_path,
                parameters=read.parameters.model_validate(asked.model_dump(exclude={"purpose"}, exclude_unset=True)),
                language=language,
                purpose=purpose,
                now=runtime.process.clock.now(),
                engine=runtime.engine,
                keyring=runtime.process.keyring,
            )
        )
        if answered is None:
            raise NotFoundHere("not_found", "There is no such thing, or you may not see it.")
        await record_access(runtime, actor, f"read_{name}", answered.subjects, purpose)
        headers = {"Content-Language": language, "Vary": "Accept-Language"}
        return Response(answered.body.model_dump_json(), 200, headers, "application/json")

    endpoint.__signature__ = _signature(read)  # type: ignore[attr-defined]
    router.add_api_route(
        read.path,
        endpoint,
        methods=["GET"],
        name=read.path,
        operation_id=f"read_{name}",
        summary=read.summary,
        description=f"May: {', '.join(read.may)}.",
        response_model=read.model,
        responses={c: {"description": d, "model": Problem, "content": {MEDIA_TYPE: {}}} for c, d in _CODES.items()},
        openapi_extra={"security": [{"bearer": []}], "x-may": read.may},
    )


def _must_have_no_nul(asked: BaseModel) -> None:
    """No database holds a NUL, so asking with one is a fault of the request. Raises RequestValidationError."""
    faults = [
        {"type": "nul_character", "loc": ("query", name), "msg": "A text has no NUL character. Leave it out."}
        for name, value in asked
        if isinstance(value, str) and "\0" in value
    ]
    if faults:
        raise RequestValidationError(faults)


async def _caught_up(runtime: Runtime, request: Request) -> None:
    """Wait until every view has what the caller names: a read may ask any of them. Raises NotYetSeen, NotBuilt."""
    token = parse_token(request.headers.get("consistency-token"))
    for view in runtime.rooms.views:
        table = await built_table(runtime.pool, view)
        await wait_until_seen(runtime.pool, table.subscriber, token)


def _signature(read: Read) -> inspect.Signature:
    keyword = inspect.Parameter.KEYWORD_ONLY
    asked = _with_purpose(read)
    return inspect.Signature(
        [
            inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request),
            *(inspect.Parameter(name, keyword, annotation=Value) for name in names_in(read.path)),
            inspect.Parameter("asked", keyword, annotation=Annotated[asked, Query()]),
        ]
    )


def _with_purpose(read: Read) -> type[BaseModel]:
    """The read's parameters and the purpose, in one model: one that forbids what it does not know is shown the whole
    query, and would not know the purpose.
    """
    must = " It must be said." if read.purpose else ""
    purpose = Field(None, description=f"What it is read for; the access log keeps it.{must}")
    name = f"{read.parameters.__name__}For"
    return create_model(name, __base__=read.parameters, purpose=(Purpose | None, purpose))
