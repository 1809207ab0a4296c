"""One route a question of a view: scope, filters, cursor paging, freshness, and a record of who was shown what."""

import asyncio
import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import Response as PlainResponse
from pydantic import BaseModel, Field, create_model
from sqlalchemy import Column, RowMapping, Select, Table, select, text

from shared.decide import Actor
from shared.projections.generations import built_table
from shared.projections.table import answering
from shared.projections.view import Question, View
from shared.runtime import Runtime
from shared.web.accesses import Purpose, PurposeRequired, record_access
from shared.web.commands import names_in
from shared.web.consistency import STEP, WAIT, parse_token, wait_until_seen
from shared.web.identity import actor_of
from shared.web.narrowing import Value, conditions
from shared.web.narrowing import parameters as narrowing
from shared.web.paging import MOST, USUAL, encode, page
from shared.web.problems import MEDIA_TYPE, BadRequest, Problem

_VERSION = text("""
select s.version, o.next_offset > s.position as passed,
       exists (select from parked p where p.subscriber = :subscriber and p.subject = :subject) as waits
from streams s join offsets o on o.subscriber = :subscriber and o.partition = s.partition
where s.subject = :subject and s.source = :source
""")


class NotFoundHere(BadRequest):
    """No such row, or none that this caller may see: the two look alike, so that nobody learns what exists."""

    status = 404


def add_question(router: APIRouter, view: View, question: Question, runtime_of: Callable[[Request], Runtime]) -> None:
    """Add the question's route."""
    table = answering(view)
    in_path = names_in(question.path)

    async def one(request: Request, **given: Any) -> Response:
        return await answer_one(runtime_of(request), view, table, question, request, given)

    async def many(request: Request, limit: int, cursor: str | None, **given: Any) -> Response:
        return await answer_many(runtime_of(request), table, view, question, request, given, (limit, cursor))

    endpoint: Any = one if question.one else many
    endpoint.__signature__ = _signature(question, in_path, table)
    model: type[BaseModel] = question.model if question.one else page_model(question.model)
    codes = {400: "Not right.", 401: "Nobody that we know.", 403: "Not in this role.", 409: "Not arrived here yet.",
             422: "A parameter is wrong.", 503: "A part of the system does not answer."}  # fmt: skip
    if in_path:
        codes[404] = "No such thing that you may see." if question.one else "No such address."
    router.add_api_route(
        question.path,
        endpoint,
        methods=["GET"],
        name=f"{view.name} {question.path}",
        operation_id=operation_of(view, question),
        summary=question.summary,
        description=f"May: {', '.join(question.may)}.",
        response_model=model,
        responses={c: {"description": d, "model": Problem, "content": {MEDIA_TYPE: {}}} for c, d in codes.items()},
        openapi_extra={"security": [{"bearer": []}], "x-may": question.may},
    )


def operation_of(view: View, question: Question) -> str:
    """The question's name in the API's page and in the access log."""
    words = re.sub(r"[^a-z]+", "_", question.path.lower()).strip("_")
    return f"{view.name}_{'one' if question.one else 'list'}_{words}"


def page_model(row: type[BaseModel]) -> type[BaseModel]:
    """A page of such rows."""
    cursor = Field(None, description="Pass it as `cursor` for the next page; null on the last.")
    return create_model(f"{row.__name__}Page", items=(list[row], ...), next=(str | None, cursor))  # type: ignore[valid-type]


def _signature(question: Question, in_path: list[str], table: Table) -> inspect.Signature:
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)]
    parameters += [inspect.Parameter(name, keyword, annotation=Value) for name in in_path]
    parameters.append(inspect.Parameter("purpose", keyword, annotation=_purpose(question), default=None))
    if not question.one:
        limit = Annotated[int, Query(ge=1, le=MOST)]
        parameters.append(inspect.Parameter("limit", keyword, annotation=limit, default=USUAL))
        parameters.append(
            inspect.Parameter("cursor", keyword, annotation=Annotated[str | None, Query(max_length=1000)], default=None)
        )
        parameters += narrowing(question, table)
    return inspect.Signature(parameters)


def _purpose(question: Question) -> Any:
    must = " It must be said." if question.purpose else ""
    return Annotated[Purpose | None, Query(description=f"What it is read for; the access log keeps it.{must}")]


async def _asked(
    runtime: Runtime, view: View, question: Question, request: Request, purpose: str | None
) -> tuple[Actor, str]:
    actor = actor_of(request, runtime.process.tokens, question.may)
    if question.purpose and purpose is None:
        raise PurposeRequired
    subscriber = (await built_table(runtime.pool, view)).subscriber
    await wait_until_seen(runtime.pool, subscriber, parse_token(request.headers.get("consistency-token")))
    return actor, subscriber


def _columns(table: Table, question: Question) -> list[Column[Any]]:
    return [table.c[name] for name in question.model.model_fields if name in table.c]


async def answer_one(
    runtime: Runtime, view: View, table: Table, question: Question, request: Request, given: dict[str, Any]
) -> Response:
    """The row that the path names. Raises NotFoundHere, and NotRecorded."""
    purpose = given.pop("purpose")
    actor, subscriber = await _asked(runtime, view, question, request, purpose)
    key = "/".join(given.values())
    statement = select(*_columns(table, question), table.c._subject).where(table.c.key == key)
    if question.where is not None and (condition := question.where(table, actor)) is not None:
        statement = statement.where(condition)
    row, version = await _row_and_version(runtime, subscriber, statement)
    await record_access(runtime, actor, operation_of(view, question), [row["_subject"]], purpose)
    etag = {} if version is None else {"ETag": f'"{version}"'}
    return _json(question.model.model_validate(dict(row)), etag)


async def _row_and_version(runtime: Runtime, subscriber: str, statement: Select[Any]) -> tuple[RowMapping, int | None]:
    """The row, and which version of our own stream it shows. None while that can't be told: something of it waits, or
    the view stays behind; whoever decides by an older state must not name a newer one. Raises NotFoundHere.
    """
    until = asyncio.get_running_loop().time() + WAIT
    while True:
        # One snapshot for row and version, or the ETag could be newer than what the caller sees and decides on.
        async with runtime.engine.execution_options(isolation_level="REPEATABLE READ").connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
            if row is None:
                raise NotFoundHere("not_found", "There is no such thing, or you may not see it.")
            names = {"subscriber": subscriber, "subject": row["_subject"], "source": runtime.name}
            stands = (await connection.execute(_VERSION, names)).first()
        if stands is None:
            return row, 0
        if stands.waits or stands.passed or asyncio.get_running_loop().time() > until:
            return row, stands.version if stands.passed and not stands.waits else None
        await asyncio.sleep(STEP)


async def answer_many(
    runtime: Runtime,
    table: Table,
    view: View,
    question: Question,
    request: Request,
    given: dict[str, Any],
    paging: tuple[int, str | None],
) -> Response:
    """A page of the rows that the caller may see and asked for. Raises NotRecorded."""
    purpose = given.pop("purpose")
    actor, _ = await _asked(runtime, view, question, request, purpose)
    limit, cursor = paging
    columns = {column.name: column for column in _columns(table, question)}
    columns |= {name: table.c[name] for name in ("key", "_subject", question.order)}
    statement = select(*columns.values()).where(*conditions(question, table, given))
    if question.where is not None and (condition := question.where(table, actor)) is not None:
        statement = statement.where(condition)
    statement = page(statement, table, question.order, cursor, limit, down=question.descending)
    async with runtime.engine.connect() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    shown = rows[:limit]
    following = encode(shown[-1][question.order], shown[-1]["key"]) if len(rows) > limit else None
    await record_access(runtime, actor, operation_of(view, question), [row["_subject"] for row in shown], purpose)
    items = [question.model.model_validate(dict(row)) for row in shown]
    return _json(page_model(question.model).model_construct(items=items, next=following))


def _json(body: BaseModel, headers: dict[str, str] | None = None) -> Response:
    return PlainResponse(body.model_dump_json(), 200, headers, media_type="application/json")
