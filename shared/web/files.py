"""Evidence files of a complaint: sent as raw bytes, kept sealed, fetched by the hash of the sealed (domain 4.2)."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from shared.decide import Actor, Forbidden, NotFound
from shared.decide.known import FILE_UNKNOWN
from shared.decide.service import Service
from shared.projections.decide_subscriber import NAME as DECIDE
from shared.reference.roles import STAFF
from shared.runtime import Runtime
from shared.store.file_types import ALLOWED, is_what_it_says, media_type_of
from shared.store.files import NewFile, keep, opened
from shared.web.accesses import Purpose, PurposeRequired, record_access
from shared.web.consistency import parse_token, wait_until_seen
from shared.web.identity import actor_of, writer_of
from shared.web.problems import MEDIA_TYPE, BadRequest, Problem

PATH = "/complaints/{complaint_id}/files"
MAY_ADD = (*(role for role in STAFF if role not in ("compliance_officer", "quality_reviewer")), "regulator_desk")
"""Whoever audits adds nothing to what they audit."""
MAY_FETCH = STAFF

Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


class Case(Protocol):
    """What the state of a complaint says, in every service that has one."""

    @property
    def person(self) -> str:
        """The customer's subject, whose key seals the files; empty while it is not known here."""
        ...

    def open_to(self, actor: Actor) -> bool: ...


class FileTypeRefused(BadRequest):
    """Nothing of this media type is kept, or the content is of another."""

    status = 415


class FileKept(BaseModel):
    """A file that is kept now. Commands name it by its `sha256`."""

    sha256: str = Field(description="Of the sealed bytes, so not that of the file as it was sent.")
    size: int = Field(description="Bytes as sent.")
    media_type: str


def keeps_files(service: Service) -> bool:
    """Whether the service knows complaints, and so keeps files of them."""
    return "complaint" in service.folds


def add_files(router: APIRouter, runtime_of: Callable[[Request], Runtime]) -> None:
    """Add both routes."""

    @router.post(
        PATH,
        status_code=201,
        operation_id="add_file",
        summary="Keep an evidence file",
        description="The body is the file as it is, its media type is the Content-Type. "
        f"It is sealed under the customer's key.\n\nMay: {', '.join(MAY_ADD)}.",
        response_model=FileKept,
        responses=_problems(400, 401, 403, 404, 409, 410, 413, 415, 422, 423, 503),
        openapi_extra={"security": [{"bearer": []}], "x-may": MAY_ADD, "requestBody": _body()},
    )
    async def add_file(request: Request, complaint_id: UUID) -> FileKept:
        runtime, subject = runtime_of(request), f"complaint:{complaint_id}"
        actor = writer_of(request, runtime.process.tokens, MAY_ADD)
        media_type = _allowed(request)
        case = await _case(runtime, request, subject)
        if not case.person:
            raise NotFound("unknown_complaint", "There is no such complaint here. Search for it by its number.")
        if not case.open_to(actor):
            raise Forbidden("restricted_case", "This case is restricted to the department that handles it.")
        content = await _received(request)
        await _check(media_type, content)
        file = NewFile(subject, case.person, media_type, content)
        kept = await keep(runtime.pool, runtime.process.keyring, file, actor.id, runtime.process.clock.now())
        return FileKept(sha256=kept.sha256, size=kept.size, media_type=kept.media_type)

    @router.get(
        f"{PATH}/{{sha256}}",
        operation_id="fetch_file",
        summary="An evidence file, as it was sent",
        description=f"`purpose` must be said; the access log keeps it.\n\nMay: {', '.join(MAY_FETCH)}.",
        response_class=Response,
        responses={200: {"content": _contents()}, **_problems(400, 401, 403, 404, 409, 410, 422, 423, 503)},
        openapi_extra={"security": [{"bearer": []}], "x-may": MAY_FETCH},
    )
    async def fetch_file(
        request: Request, complaint_id: UUID, sha256: Sha256, purpose: Annotated[Purpose | None, Query()] = None
    ) -> Response:
        runtime, subject = runtime_of(request), f"complaint:{complaint_id}"
        actor = actor_of(request, runtime.process.tokens, MAY_FETCH)
        if purpose is None:
            raise PurposeRequired
        case = await _case(runtime, request, subject)
        # Of a case that is not open to them, nobody learns which files there are (N16).
        found = await opened(runtime.pool, runtime.process.keyring, sha256, subject) if case.open_to(actor) else None
        if found is None:
            raise NotFound("file_unknown", FILE_UNKNOWN)
        await record_access(runtime, actor, f"fetch_file {sha256}", [subject], purpose)
        # The type is told as a header: given as such, a text's would be said to be in UTF-8, whatever it is in.
        headers = {"Content-Type": found.media_type, "Content-Disposition": "attachment"}
        return Response(found.content, 200, headers)


async def _case(runtime: Runtime, request: Request, subject: str) -> Case:
    """The complaint as far as it is known here, and at least as far as the caller knows it. Raises Held, NotYetSeen."""
    token = parse_token(request.headers.get("consistency-token"))
    await wait_until_seen(runtime.pool, DECIDE, token, own=runtime.name)
    case: Case = await runtime.kernel.state(subject)
    return case


def _allowed(request: Request) -> str:
    media_type = media_type_of(request.headers.get("content-type", ""))
    if media_type not in ALLOWED:
        allowed = ", ".join(ALLOWED)
        raise FileTypeRefused(
            "file_type_not_allowed", f"Send a file of one of these types: {allowed}.", allowed=list(ALLOWED)
        )
    return media_type


async def _received(request: Request) -> bytes:
    """The whole body; how large it may be, BoundedBody says."""
    received = bytearray()
    try:
        async for chunk in request.stream():
            received += chunk
    except ClientDisconnect:
        raise BadRequest("file_cut_off", "The file did not arrive whole. Send it again.") from None
    return bytes(received)


async def _check(media_type: str, content: bytes) -> None:
    if not content:
        raise BadRequest("file_empty", "The file is empty. Look whether it is the right one, and send it again.")
    # A long text is decoded to see whether it is one: in another thread, the others need not wait for it.
    if not await asyncio.to_thread(is_what_it_says, media_type, content):
        raise FileTypeRefused(
            "file_type_mismatch",
            f"The content is not {media_type}. Send it with the media type that it is of.",
            media_type=media_type,
        )


def _contents() -> dict[str, Any]:
    return {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in ALLOWED}


def _body() -> dict[str, Any]:
    return {"required": True, "content": _contents()}


_MEANINGS = {
    400: "Not right: no purpose, or an empty file.",
    401: "Nobody that we know.",
    403: "Not in this role, or not in this case.",
    404: "No such complaint or file that you may see.",
    409: "Not arrived here yet.",
    410: "The person was erased.",
    413: "Too large.",
    415: "Not a file of an allowed type.",
    422: "A parameter is wrong.",
    423: "Held: an event of the case could not be read.",
    503: "A part of the system does not answer.",
}


def _problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"description": _MEANINGS[code], "model": Problem, "content": {MEDIA_TYPE: {}}} for code in codes}
