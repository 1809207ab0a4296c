"""《顾客投诉分类统计表》 Category × cause × outcome over a period, each number with the list behind it (F12)."""

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, func

from services.desk.measures import CASES, CYCLES, seen_by, within
from services.desk.reads.kpis import MAY, Period, link
from shared.projections.read import Answered, Asked, Read

NONE = "(none)"
"""How a missing category or cause is written in a list's address."""


class Line(BaseModel):
    """How many complaints of a category, for a cause, ended so; what was given, in one currency's minor unit."""

    category: str | None = Field(description="Null if it ended before it was classified.")
    cause: str | None = Field(description="The cause found; null if nothing was investigated.")
    outcome: str = Field(description="executed, no_remedy, final_position, not_established, withdrawn, referred, …")
    currency: str | None
    cases: int
    total: int
    behind: str = Field(description="Where these cases are listed.")


class Table(BaseModel):
    """The table, ordered by category, cause and outcome, and its last line."""

    lines: list[Line]
    cases: int


async def answer(asked: Asked) -> Answered:
    """Counts decisions of the period: a complaint that was reopened and decided again counts in each of its cycles."""
    period: Period = asked.parameters
    grouping = (CASES.c.category, CYCLES.c.cause, CYCLES.c.outcome, CYCLES.c.currency)
    statement = (
        seen_by(
            asked.actor,
            *grouping,
            func.count().label("cases"),
            func.coalesce(func.sum(CYCLES.c.amount), 0).label("total"),
        )
        .where(CYCLES.c.outcome.is_not(None), *within(CYCLES.c.decided_at, period.since, period.until), *_of(period))
        .group_by(*grouping)
        .order_by(*(column.nulls_last() for column in grouping))
    )
    lines = [Line(**row, behind=_behind(period, row)) for row in await asked.rows(statement)]
    return Answered(Table(lines=lines, cases=sum(line.cases for line in lines)))


def _of(period: Period) -> list[ColumnElement[bool]]:
    return [] if period.department is None else [CYCLES.c.department == period.department]


def _behind(period: Period, row: object) -> str:
    values = {name: row[name] or NONE for name in ("category", "cause", "outcome", "currency")}  # type: ignore[index]
    return link(period, **values)


READ = Read(
    path="/statistics/classification",
    may=MAY,
    model=Table,
    summary="Category, cause and outcome of what was decided in a period",
    answer=answer,
    parameters=Period,
)
