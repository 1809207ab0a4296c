"""《顾客投诉分类统计表》 Category × cause × outcome over a period, each number with the list behind it (F12)."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import func, select

from services.desk.measures import CYCLES, category, decided, seen_by
from services.desk.reads.kpis import MAY, Period, link
from services.desk.stages import Outcome
from shared.projections.read import Answered, Asked, Read

NONE = "(none)"
"""How a missing category or cause is written in a list's address."""


class Line(BaseModel):
    """How many complaints of a category, for a cause, ended so; what was given, in one currency's minor unit."""

    category: str | None = Field(description="As classified when it ended; null if it ended before it was classified.")
    cause: str | None = Field(description="The cause found; null if nothing was investigated.")
    outcome: Outcome
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
    grouping = {"category": category(), "cause": CYCLES.c.cause, "outcome": CYCLES.c.outcome,
                "currency": CYCLES.c.currency}  # fmt: skip
    # Grouped outside, or the database would have to see that a subquery is the same each time it is named.
    rows = seen_by(
        asked.actor, *(column.label(name) for name, column in grouping.items()), CYCLES.c.amount
    ).where(decided(period.span(asked))).subquery("rows")  # fmt: skip
    by = [rows.c[name] for name in grouping]
    total = func.coalesce(func.sum(rows.c.amount), 0).label("total")
    statement = (
        select(*by, func.count().label("cases"), total)
        .group_by(*by)
        .order_by(*(column.nulls_last() for column in by))
    )  # fmt: skip
    lines = [Line(**row, behind=_behind(period, row)) for row in await asked.rows(statement)]
    return Answered(Table(lines=lines, cases=sum(line.cases for line in lines)))


def _behind(period: Period, row: Mapping[str, Any]) -> str:
    values = {name: row[name] or NONE for name in ("category", "cause", "outcome", "currency")}
    return link(period, **values)


READ = Read(
    path="/statistics/classification",
    may=MAY,
    model=Table,
    summary="Category, cause and outcome of what was decided in a period",
    answer=answer,
    parameters=Period,
)
