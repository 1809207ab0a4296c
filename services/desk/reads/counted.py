"""The list behind a number: which cases a figure or a line of the statistics table counts."""

from collections.abc import Iterator
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement

from services.desk.measures import CASES, CYCLES, MEASURES, Name, Part, part_of, seen_by, within
from services.desk.reads.classification import NONE
from services.desk.reads.kpis import MAY, Period
from shared.projections.read import Answered, Asked, Read

_CODE = r"^(\(none\)|[A-Za-z0-9][A-Za-z0-9._/-]*)$"


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
    after: str | None = Field(None, max_length=60, description="`next` of the page before.")


class Counted(BaseModel):
    """One cycle of a complaint, as it ended."""

    complaint_id: str
    number: str
    cycle: int
    category: str | None
    department: str | None
    began_at: datetime | None
    judged: str | None
    decide_by: datetime | None
    decided_at: datetime | None
    outcome: str | None
    verdict: str | None
    cause: str | None
    amount: int | None
    currency: str | None
    callback_due_at: datetime | None
    answered_at: datetime | None
    answer: str | None
    closing: str | None
    reopened_at: datetime | None


class Page(BaseModel):
    items: list[Counted]
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last.")


_OF_CASES = ("number", "category")


async def answer(asked: Asked) -> Answered:
    """In the order of the complaints' ids, which is as good as any and never moves."""
    wanted: Wanted = asked.parameters
    columns = [(CASES if name in _OF_CASES else CYCLES).c[name] for name in Counted.model_fields]
    statement = seen_by(asked.actor, CYCLES.c.key, *columns).where(*_conditions(wanted, asked.now))
    if wanted.after is not None:
        statement = statement.where(CYCLES.c.key > wanted.after)
    rows = await asked.rows(statement.order_by(CYCLES.c.key).limit(wanted.limit + 1))
    shown = rows[: wanted.limit]
    following = str(shown[-1]["key"]) if len(rows) > wanted.limit else None
    page = Page(items=[Counted.model_validate(row) for row in shown], next=following)
    return Answered(page, tuple(f"complaint:{item.complaint_id}" for item in page.items))


def _conditions(wanted: Wanted, now: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.measure is not None:
        measure = MEASURES[wanted.measure]
        yield from part_of(measure, wanted.part, now)
        yield from within(measure.moment, wanted.since, wanted.until)
    else:
        yield CYCLES.c.outcome.is_not(None)
        yield from within(CYCLES.c.decided_at, wanted.since, wanted.until)
    if wanted.department is not None:
        yield CYCLES.c.department == wanted.department
    if wanted.paid:
        yield CYCLES.c.amount > 0
    named = ((CASES.c.category, wanted.category), (CYCLES.c.cause, wanted.cause),
             (CYCLES.c.outcome, wanted.outcome), (CYCLES.c.currency, wanted.currency))  # fmt: skip
    for column, value in named:
        if value is not None:
            yield column.is_(None) if value == NONE else column == value


READ = Read(
    path="/statistics/cases",
    may=MAY,
    model=Page,
    summary="The cases that a figure or a line of the statistics table counts",
    answer=answer,
    parameters=Wanted,
)
