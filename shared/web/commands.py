"""One route a command: its body, who may, idempotency, If-Match and receipt, all made from its model."""

import hashlib
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model

from shared.decide import Actor, Command
from shared.projections.decide_subscriber import NAME as DECIDE
from shared.runtime import Runtime
from shared.store.execute import Receipt
from shared.store.execute import Request as Wish
from shared.web.consistency import Token, parse_token, wait_until_seen
from shared.web.identity import asker_of
from shared.web.problems import MEDIA_TYPE, BadRequest, Problem

_CONTEXT = {"actor", "at"}
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_NAMES = re.compile(r"{(\w+)}")
KEY_HEADER: Final[Mapping[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "example": "one-for-each-wish",
}
"""As the interface's page tells it."""


class PreconditionRequired(BadRequest):
    """Several people are likely to decide at once: the caller must say which version they looked at."""

    status = 428


class ReceiptBody(BaseModel):
    """What came of a command. `version` is the version of the service's stream of this subject, also its ETag."""

    subject: str = Field(examples=["complaint:0192f0c1-7a5e-7c39-9a53-3f7f0a6c1b11"])
    complaint_id: UUID | None = None
    version: int = Field(examples=[3])
    events: list[str] = Field(examples=[["complaint.acknowledged"]], description="Empty: it was so already.")


def names_in(pattern: str) -> list[str]:
    return _NAMES.findall(pattern)


def body_model(command: type[Command]) -> type[BaseModel] | None:
    """The part of a command that comes as the request's body; None if nothing does."""
    context = _CONTEXT | set(names_in(command.path)) | set(names_in(command.subject))
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in command.model_fields.items() if name not in context
    }
    if not fields:
        return None
    config = ConfigDict(extra="forbid", json_schema_extra={"examples": [command.example]} if command.example else None)
    return create_model(f"{command.__name__}Body", __config__=config, __doc__=command.__doc__, **fields)


def add_command(router: APIRouter, command: type[Command], runtime_of: Callable[[Request], Runtime]) -> None:
    """Add the command's route."""
    body = body_model(command)
    in_path = {name: command.model_fields[name].annotation for name in names_in(command.path)}

    async def endpoint(http_request: Request, **given: Any) -> Response:
        return await carry_out(runtime_of(http_request), command, http_request, given.pop("body", None), given)

    endpoint.__signature__ = _signature(in_path, body)  # type: ignore[attr-defined]
    router.add_api_route(
        command.path,
        endpoint,
        route_class_override=_straight(endpoint, in_path, body),
        methods=["POST"],
        status_code=201,
        name=command.__name__,
        operation_id=command.__name__,
        summary=_title(command.__name__),
        description=_description(command),
        response_model=ReceiptBody,
        responses=_responses(contested=command.contested),
        openapi_extra={"security": [{"bearer": []}], "parameters": list(_headers(command)), "x-may": command.may},
    )


def _straight(endpoint: Callable[..., Awaitable[Response]], in_path: dict[str, Any], body: Any) -> type[APIRoute]:
    """A route on which a request that is right goes straight to the command, which halves what the framework costs.

    FastAPI still describes the route, and still says what is wrong with a request: it gets all that does not fit.
    """
    readers = {name: TypeAdapter(kind) for name, kind in in_path.items()}

    async def read(request: Request) -> dict[str, Any] | None:
        """What the endpoint is given; None if something does not fit."""
        try:
            given = {name: reader.validate_python(request.path_params[name]) for name, reader in readers.items()}
            if body is not None:
                if request.headers.get("content-type") != "application/json":
                    return None
                given["body"] = body.model_validate(json.loads(await request.body()))
        except (ValueError, RecursionError):
            return None
        return given

    class Straight(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            careful = super().get_route_handler()

            async def handle(request: Request) -> Response:
                given = await read(request)
                return await (careful(request) if given is None else endpoint(request, **given))

            return handle

    return Straight


def _signature(in_path: dict[str, Any], body: type[BaseModel] | None) -> inspect.Signature:
    keyword = inspect.Parameter.KEYWORD_ONLY
    # Not `request`: a field of a command may be called so.
    parameters = [inspect.Parameter("http_request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)]
    parameters += [inspect.Parameter(name, keyword, annotation=kind) for name, kind in in_path.items()]
    if body is not None:
        parameters.append(inspect.Parameter("body", keyword, annotation=body))
    return inspect.Signature(parameters)


async def carry_out(
    runtime: Runtime, command: type[Command], request: Request, body: BaseModel | None, in_path: dict[str, Any]
) -> Response:
    """Who, what, once: then the kernel. Raises Refused and what else the kernel raises."""
    actor = asker_of(request, runtime.process.tokens, command.may)
    key = idempotency_key(request)
    if_match = _if_match(request, contested=command.contested)
    token = parse_token(request.headers.get("consistency-token"))
    fields = {name: getattr(body, name) for name in type(body).model_fields} if body is not None else {}
    wish = Wish(
        command=_asked(runtime, command, actor, key, {**fields, **in_path}),
        key=f"{actor.id}:{key}",
        fingerprint=_fingerprint(actor.id, request.method, request.scope["path"], await request.body()),
        if_match=if_match,
    )
    await wait_until_seen(runtime.pool, DECIDE, token, own=runtime.name)
    return _answer(runtime.name, await runtime.kernel.execute(wish))


def _fingerprint(actor: str, method: str, path: str, body: bytes) -> bytes:
    return hashlib.sha256(b"\0".join((actor.encode(), method.encode(), path.encode(), body))).digest()


def _asked(runtime: Runtime, command: type[Command], actor: Actor, key: str, fields: dict[str, Any]) -> Command:
    if command.creates:
        fields |= command.derive(fields, actor.id, key)
    try:
        return command(**fields, actor=actor, at=runtime.process.clock.now())
    except ValidationError as invalid:
        raise RequestValidationError(invalid.errors(include_url=False, include_input=False)) from None


def _answer(service: str, receipt: Receipt) -> Response:
    category, _, subject_id = receipt.subject.partition(":")
    body: dict[str, Any] = receipt.as_data()
    if category == "complaint":
        body["complaint_id"] = subject_id
    headers = {
        "ETag": f'"{receipt.version}"',
        "Consistency-Token": str(Token(service, receipt.subject, receipt.version)),
    }
    if receipt.replayed:
        headers["Idempotency-Replayed"] = "true"
    return JSONResponse(body, 201 if receipt.written or receipt.replayed else 200, headers)


def idempotency_key(request: Request) -> str:
    """The key under which the answer is remembered. Raises BadRequest."""
    key = request.headers.get("idempotency-key")
    if key is None or not _KEY.fullmatch(key):
        raise BadRequest(
            "idempotency_key_required",
            "Send an Idempotency-Key of 1 to 200 printable characters: a new one for each new wish, the same one to "
            "repeat a wish whose answer was lost.",
        )
    return key


def _if_match(request: Request, *, contested: bool) -> int | None:
    text = request.headers.get("if-match")
    if text is None:
        if contested:
            raise PreconditionRequired(
                "if_match_required", "Others may decide on this case too. Load it and send its ETag as If-Match."
            )
        return None
    match = re.fullmatch(r'(?:W/)?"([0-9]{1,9})"', text)
    if match is None:
        raise BadRequest("bad_if_match", 'If-Match is the ETag of what you loaded, such as "3".')
    return int(match[1])


def _title(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).capitalize()


def _description(command: type[Command]) -> str:
    return f"{inspect.cleandoc(command.__doc__ or '')}\n\nMay: {', '.join(command.may)}."


def _headers(command: type[Command]) -> Iterator[Mapping[str, Any]]:
    text = {"type": "string", "maxLength": 200}
    etag = {"type": "string", "pattern": '^(W/)?"[0-9]{1,9}"$'}
    yield KEY_HEADER
    yield {"name": "If-Match", "in": "header", "required": command.contested, "schema": etag, "example": '"3"'}
    yield {"name": "Consistency-Token", "in": "header", "required": False, "schema": text}
    if not command.in_person:
        staff_id = {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,59}$"}
        yield {"name": "On-Behalf-Of", "in": "header", "required": False, "schema": staff_id}


def _responses(*, contested: bool) -> dict[int | str, dict[str, Any]]:
    codes = {
        200: "It was so already; nothing was written.",
        400: "The request is not right.",
        401: "Nobody that we know.",
        403: "Not in this role, or not in this case.",
        404: "No such complaint.",
        409: "A rule says no, or a fact has not arrived here yet (code not_yet_seen, with Retry-After).",
        410: "The person was erased.",
        412: "The case changed since it was loaded.",
        413: "Too large.",
        422: "Fields are missing or wrong, or the key was used for another request.",
        423: "Held: an event of the case could not be read.",
        503: "A part of the system does not answer.",
    }
    if contested:
        codes[428] = "Contested: If-Match is required."
    problem = {"model": Problem, "content": {MEDIA_TYPE: {}}}
    receipt = {"model": ReceiptBody}
    return {code: {"description": text, **(receipt if code == 200 else problem)} for code, text in codes.items()}
