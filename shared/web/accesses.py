"""The access log: who read, printed or exported what of whom, and what for (N18). Never in a case's own stream."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import asyncpg
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Select, Text, cast, func, select

from shared.decide import Actor, Refused
from shared.events.vocabulary import Instant
from shared.runtime import Runtime
from shared.store.schema import accesses
from shared.web.identity import actor_of
from shared.web.narrowing import Value
from shared.web.paging import MOST, USUAL, encode, page
from shared.web.problems import MEDIA_TYPE, BadRequest, Problem

MAY = ("compliance_officer",)
OF_PEOPLE = ("complaint:", "person:", "contact:", "accountability:")
"""Whoever reads of these subjects reads of a customer, or of who was held to account. Staff and limits are no secret in
the house."""

Purpose = Literal["handling", "callback", "approval", "audit", "customer_request", "quality"]

_RECORD = """
insert into accesses (at, actor, role, department, on_behalf_of, operation, purpose, subjects)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# Pages are cut by texts; padded, the number orders as a text just as it does as a number.
_SHOWN = select(accesses, func.lpad(cast(accesses.c.id, Text), 19, "0").label("key")).subquery("shown")


class NotRecorded(Refused):
    """The access log does not take the record; so nothing is shown."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "access_not_recorded", "What you asked for could not be written into the access log. Ask again in a moment."
        )


class PurposeRequired(BadRequest):
    """This is read for a reason, and the log must say for which."""

    def __init__(self) -> None:
        purposes = get_args(Purpose)
        super().__init__(
            "purpose_required",
            f"Say what you read this for: ?purpose= one of {', '.join(purposes)}.",
            purposes=list(purposes),
        )


async def record_access(
    runtime: Runtime, actor: Actor, operation: str, subjects: Iterable[str], purpose: str | None = None
) -> None:
    """Write down that the actor is about to be shown something of these subjects; of no customer, nothing is written.

    To be awaited before the answer leaves. `operation` names what is done (a question, a download, a print), never
    whom it is done to. Raises NotRecorded: then nothing may be shown.
    """
    people = [subject for subject in dict.fromkeys(subjects) if subject.startswith(OF_PEOPLE)]
    if not people:
        return
    who = (actor.id, actor.role, actor.department, actor.on_behalf_of)
    try:
        await runtime.pool.execute(_RECORD, runtime.process.clock.now(), *who, operation, purpose, people)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as failed:
        raise NotRecorded from failed


class Access(BaseModel):
    """One reading. `subjects`: of which complaints and persons something was shown."""

    at: datetime
    actor: str = Field(description="Staff id.")
    role: str
    department: str
    on_behalf_of: str | None
    operation: str = Field(description="The question that was asked, by its operation id, or what else was done.")
    purpose: str | None
    subjects: list[str]


class AccessPage(BaseModel):
    items: list[Access]
    next: str | None = Field(None, description="Pass it as `cursor` for the next page; null on the last.")


def add_accesses(router: APIRouter, runtime_of: Callable[[Request], Runtime]) -> None:
    """Add the route that reads the log."""
    codes = {400: "Not right.", 401: "Nobody that we know.", 403: "Not in this role.", 422: "A parameter is wrong.",
             503: "A part of the system does not answer."}  # fmt: skip

    @router.get(
        "/accesses",
        operation_id="accesses_list",
        summary="Who read what of whom, the newest first.",
        description=f"May: {', '.join(MAY)}.",
        response_model=AccessPage,
        responses={c: {"description": d, "model": Problem, "content": {MEDIA_TYPE: {}}} for c, d in codes.items()},
        openapi_extra={"security": [{"bearer": []}], "x-may": MAY},
    )
    async def list_accesses(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL,
        cursor: Annotated[str | None, Query(max_length=1000)] = None,
        actor: Annotated[Value | None, Query()] = None,
        subject: Annotated[Value | None, Query(examples=["complaint:<id>"])] = None,
        since: Annotated[Instant | None, Query(alias="from", description="At or after.")] = None,
        until: Annotated[Instant | None, Query(alias="to", description="Before.")] = None,
    ) -> Response:
        runtime = runtime_of(request)
        actor_of(request, runtime.process.tokens, MAY)
        statement = page(_wanted(actor, subject, since, until), _SHOWN, "at", cursor, limit, down=True)
        async with runtime.engine.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        last = rows[limit - 1] if len(rows) > limit else None
        following = encode(last["at"], last["key"]) if last is not None else None
        found = AccessPage(items=[Access.model_validate(dict(row)) for row in rows[:limit]], next=following)
        return Response(found.model_dump_json(), 200, media_type="application/json")


def _wanted(actor: str | None, subject: str | None, since: datetime | None, until: datetime | None) -> Select[Any]:
    statement = select(_SHOWN)
    if actor is not None:
        statement = statement.where(_SHOWN.c.actor == actor)
    if subject is not None:
        statement = statement.where(_SHOWN.c.subjects.contains([subject]))
    if since is not None:
        statement = statement.where(_SHOWN.c.at >= since)
    if until is not None:
        statement = statement.where(_SHOWN.c.at < until)
    return statement
