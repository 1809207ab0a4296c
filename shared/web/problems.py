"""Problem details (RFC 9457): every refusal with a stable `code` and a sentence that says what to do.

The sentence is in the language that the caller asks for (`Accept-Language`). In English it is the one that stands where
the rule is; in Chinese it is the catalogue's sentence of the code.

Nothing that a caller sent is ever quoted back or logged: it may be personal.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.db import TRANSIENT, passes
from shared.decide import NotYetSeen, Refused
from shared.events.base import UnknownType
from shared.events.envelope import EnvelopeTooLarge
from shared.events.vocabulary import Language
from shared.language import asked_for, fault
from shared.language import refusal as sentence_of
from shared.privacy.keyring import PersonErased
from shared.privacy.vault import VaultUnavailable
from shared.projections.generations import NotBuilt
from shared.store.kept_types import StillLearning
from shared.store.load import ClockSkew

MEDIA_TYPE = "application/problem+json"
HTTP_CODES = {404: "no_such_address", 405: "method_not_allowed", 413: "body_too_large"}
"""Codes of what the framework refuses; of any other status it is `http_error`."""
log = structlog.get_logger("closedloop.web")
_PATIENCE = 4
"""How many times too large a body may be, so that it is read to its end (and thrown away) before it is refused."""
_FILES = re.compile(r"(/[a-z]+)?/complaints/[^/]+/files")


class Problem(BaseModel):
    """Why a request was not carried out."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["The remedy is above your limit."])
    status: int = Field(examples=[409])
    code: str = Field(examples=["above_limit"], description="Stable; for programs.")
    details: dict[str, Any] = Field(default_factory=dict)


class BadRequest(Refused):
    """The request itself is not right; nothing about the case was looked at."""

    status = 400


class Fault(NamedTuple):
    """What is wrong with one field of a request."""

    field: str
    kind: str
    """Pydantic's error type."""
    message: str
    context: Mapping[str, Any]
    """The bounds that it broke: ours, never what was sent."""

    def told(self, language: Language) -> dict[str, str]:
        said = fault(self.kind, language, self.context)
        if language == "en":
            # What our own validators say, and pydantic of what is rare, is more exact than a general sentence.
            said = None if self.kind == "value_error" else said
        else:
            said = said or fault("value_error", language)
        return {"field": self.field, "code": self.kind, "message": said or self.message}


REFUSED_AS = "closedloop.code"
"""Where a request's scope says by which code it was refused, for whoever counts."""


class ProblemResponse(Response):
    """A problem, written only when it is sent: in the language of whoever asked."""

    def __init__(self, said: Problem, headers: Mapping[str, str], faults: Sequence[Fault] = ()) -> None:
        super().__init__(status_code=said.status)
        self._said = said
        self._more = headers
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[REFUSED_AS] = self._said.code
        await self._written(_asked_for(scope), _service_of(scope))(scope, receive, send)

    def _written(self, wanted: Language, service: str | None) -> Response:
        said = self._said
        title = None if wanted == "en" else sentence_of(said.code, wanted, said.details, service)
        language = "en" if title is None else wanted
        body = said.model_copy(update={"title": title or said.title})
        if self._faults:
            body.details = {"fields": [each.told(language) for each in self._faults]}
        headers = {**self._more, "Content-Language": language, "Vary": "Accept-Language"}
        return JSONResponse(body.model_dump(mode="json"), said.status, headers, media_type=MEDIA_TYPE)


def problem(
    status: int,
    code: str,
    title: str,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    faults: Sequence[Fault] = (),
) -> Response:
    """A problem that speaks the caller's language; `title` is its English sentence."""
    said = Problem(type="about:blank", title=title, status=status, code=code, details=dict(details or {}))
    return ProblemResponse(said, headers or {}, faults)


def _asked_for(scope: Scope) -> Language:
    return asked_for(dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1"))


def _service_of(scope: Scope) -> str | None:
    """Whose refusal it is; None at the front, which belongs to no service."""
    runtime = getattr(getattr(scope.get("app"), "state", None), "runtime", None)
    return getattr(runtime, "name", None)


class FileTooLarge(Refused):
    """An evidence file has more bytes than the setting `max_file` allows."""

    status = 413

    def __init__(self, most: int) -> None:
        super().__init__("file_too_large", f"A file has at most {most} bytes. Send it in parts.", most=most)


class BodyTooLarge(HTTPException):
    """A request has more bytes than we read. FastAPI takes any other exception than the framework's own that comes
    while it reads a body for a body that is no JSON.
    """

    def __init__(self, most: int) -> None:
        super().__init__(413, f"A request body has at most {most} bytes. Shorten it.")
        self.most = most


class BoundedBody:
    """No request body is longer than this, whether it says its length or not. Pure ASGI.

    Evidence files are told by their address, and have a bound of their own: nothing else may be as large as they.
    """

    def __init__(self, app: ASGIApp, most: int, most_of_file: int) -> None:
        self._app = app
        self._most = most
        self._most_of_file = most_of_file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_file = scope["method"] == "POST" and _FILES.fullmatch(scope["path"]) is not None
        most = self._most_of_file if is_file else self._most
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or int(told) > most:
            await _read_away(receive, _PATIENCE * most)
            await (_file_too_large(most) if is_file else _body_too_large(most))(scope, receive, send)
            return
        read = 0

        async def counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise FileTooLarge(most) if is_file else BodyTooLarge(most)
            return message

        await self._app(scope, counting, send)


async def _read_away(receive: Receive, most: int) -> None:
    """Let a caller who sends a little too much finish: who is cut off while sending never hears why."""
    read = 0
    while read <= most:
        message = await receive()
        read += len(message.get("body", b""))
        if not message.get("more_body"):
            return


def _body_too_large(most: int) -> Response:
    return problem(413, "body_too_large", f"A request body has at most {most} bytes. Shorten it.", {"most": most})


def _file_too_large(most: int) -> Response:
    refusal = FileTooLarge(most)
    return problem(refusal.status, refusal.code, refusal.message, refusal.details)


def add_handlers(app: FastAPI) -> None:
    """Every error leaves as a problem."""
    app.exception_handler(Refused)(_refused)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    app.add_exception_handler(EnvelopeTooLarge, _too_large)
    app.add_exception_handler(PersonErased, _erased)
    for passing in (VaultUnavailable, ClockSkew, StillLearning, UnknownType, NotBuilt, *TRANSIENT):
        app.add_exception_handler(passing, _unavailable)
    for reading in (DBAPIError, PoolTimeout):
        app.add_exception_handler(reading, _unread)
    app.add_exception_handler(Exception, _bug)


def _refused(_: Request, refusal: Refused) -> Response:
    headers = {"Retry-After": "1"} if isinstance(refusal, NotYetSeen) else None
    return problem(refusal.status, refusal.code, refusal.message, refusal.details, headers)


def _invalid(_: Request, invalid: RequestValidationError) -> Response:
    faults = [
        Fault(_field(error["loc"], error["type"]), error["type"], error["msg"], error.get("ctx") or {})
        for error in invalid.errors()[:50]
    ]
    return problem(422, "invalid", "Some fields are missing or not as they should be.", faults=faults)


def _field(place: Sequence[str | int], code: str) -> str:
    """Where the fault is. The name of a field that we do not know is the caller's own words, and is not repeated."""
    known = [str(part) for part in place]
    if code == "extra_forbidden":
        known[-1:] = ["(unknown)"]
    return ".".join(known)


def _http(_: Request, error: HTTPException) -> Response:
    if isinstance(error, BodyTooLarge):
        return _body_too_large(error.most)
    code = HTTP_CODES.get(error.status_code, "http_error")
    # The framework's own words are two: "Not Found".
    return problem(error.status_code, code, sentence_of(code, "en") or str(error.detail))


def _too_large(_: Request, __: Exception) -> Response:
    return problem(413, "too_large", "This is more text than one event can carry. Shorten it, or attach it as a file.")


def _erased(_: Request, __: Exception) -> Response:
    return problem(410, "person_erased", "This person's data was erased; nothing more can be recorded about them.")


def _unavailable(_: Request, error: Exception) -> Response:
    log.warning("unavailable", error=type(error).__name__)
    return problem(
        503, "unavailable", "A part of the system does not answer. Nothing may have been written: send the same "
        "request with the same Idempotency-Key again.", headers={"Retry-After": "2"},
    )  # fmt: skip


def _unread(request: Request, error: Exception) -> Response:
    # Handled here and raised no further: the server would write it down with the statement.
    passing = isinstance(error, DBAPIError | PoolTimeout) and passes(error)
    return _unavailable(request, error) if passing else _bug(request, error)


def _bug(_: Request, error: Exception) -> Response:
    log.error("bug", error=type(error).__name__, exc_info=None)
    return problem(500, "bug", "This should not happen. It was logged; try again with the same Idempotency-Key.")


FRONT_HANDLERS: Mapping[Any, Any] = {Refused: _refused, HTTPException: _http}
"""For an application that only shows the way."""
