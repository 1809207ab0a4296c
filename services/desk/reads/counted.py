"""The list behind a number: which cases a figure or a line of the statistics table counts."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement

from services.desk.measures import CASES, CYCLES, Name, Part, Span, category, decided, part_of, seen_by
from services.desk.reads.classification import NONE
from services.desk.reads.kpis import MAY, Period
from services.desk.stages import Closing, Outcome
from shared.events.vocabulary import Verdict
from shared.projections.read import Answered, Asked, Read

_CODE = r"^(\(none\)|[A-Za-z0-9][A-Za-z0-9._/-]*)$"
_KEY = r"^[0-9a-f-]{36}/[0-9]{1,4}$"


class Wanted(Period):
    """As the address of a list says, which stands beside each number."""

    model_config = ConfigDict(extra="forbid")

    measure: Name | None = None
    part: Part = "all"
    category: str | None = Field(None, max_length=80, pattern=_CODE)
    cause: str | None = Field(None, max_length=80, pattern=_CODE)
    outcome: str | None = Field(None, max_length=80, pattern=_CODE)
    currency: str | None = Field(None, max_length=10, pattern=_CODE)
    paid: bool = Field(False, description="Only where money was given.")
    limit: int = Field(50, ge=1, le=200)
    after: str | None = Field(None, pattern=_KEY, description="`next` of the page before.")


class Counted(BaseModel):
    """One cycle of a complaint, as it ended."""

    complaint_id: str
    number: str
    cycle: int
    category: str | None
    department: str | None
    received_at: datetime
    began_at: datetime | None
    judged: Literal["established", "not_established"] | None
    judged_at: datetime | None
    decide_by: datetime | None
    decided_at: datetime | None
    outcome: Outcome | None
    verdict: Verdict | None
    cause: str | None
    amount: int | None
    currency: str | None
    reversed_at: datetime | None = Field(description="When what was given was taken back.")
    due_at: datetime | None = Field(description="By when the customer was to be called.")
    missed_at: datetime | None = Field(description="The due instant that went by without a result.")
    answered_at: datetime | None
    answer: Literal["satisfied", "dissatisfied"] | None
    unreachable_at: datetime | None = Field(description="When they were given up as unreachable.")
    closing: Closing | None
    closed_at: datetime | None
    reopened_at: datetime | None


class Page(BaseModel):
    items: list[Counted]
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last.")


async def answer(asked: Asked) -> Answered:
    """In the order of the complaints' ids, which is as good as any and never moves."""
    wanted: Wanted = asked.parameters
    columns = [_column(name).label(name) for name in Counted.model_fields]
    statement = seen_by(asked.actor, CYCLES.c.key, *columns).where(*_conditions(wanted, wanted.span(asked)))
    if wanted.after is not None:
        statement = statement.where(CYCLES.c.key > wanted.after)
    rows = await asked.rows(statement.order_by(CYCLES.c.key).limit(wanted.limit + 1))
    shown = rows[: wanted.limit]
    following = str(shown[-1]["key"]) if len(rows) > wanted.limit else None
    page = Page(items=[Counted.model_validate(row) for row in shown], next=following)
    return Answered(page, tuple(f"complaint:{item.complaint_id}" for item in page.items))


def _column(name: str) -> ColumnElement[Any]:
    match name:
        case "category":
            return category()
        case "number" | "received_at":
            return CASES.c[name]
        case _:
            return CYCLES.c[name]


def _conditions(wanted: Wanted, span: Span) -> Iterator[ColumnElement[bool]]:
    yield decided(span) if wanted.measure is None else part_of(wanted.measure, wanted.part, span)
    if wanted.paid:
        yield CYCLES.c.amount > 0
    for name in ("category", "cause", "outcome", "currency"):
        value = getattr(wanted, name)
        if value is not None:
            yield _column(name).is_(None) if value == NONE else _column(name) == value


READ = Read(
    path="/statistics/cases",
    may=MAY,
    model=Page,
    summary="The cases that a figure or a line of the statistics table counts",
    answer=answer,
    parameters=Wanted,
)
