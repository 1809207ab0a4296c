"""The figures of complaint handling over a period, each with the list behind it (domain 1.3)."""

from datetime import datetime
from typing import Literal, Self, get_args
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, Select, func

from services.desk.measures import CYCLES, MEASURES, NAMES, Name, Span, granted, part_of, seen_by
from shared.events.vocabulary import DepartmentId, Instant
from shared.projections.read import Answered, Asked, Read

MAY = (
    "triage_lead", "department_lead", "approver", "higher_approver", "reviewer", "quality_reviewer",
    "compliance_officer", "risk_control",
)  # fmt: skip
DimensionName = Literal["timeliness", "professionalism", "effectiveness", "attitude"]
DIMENSIONS: tuple[DimensionName, ...] = get_args(DimensionName)


class Period(BaseModel):
    """From `since` on and before `until`; open where nothing is given. One department's, or everybody's."""

    model_config = ConfigDict(extra="forbid")

    since: Instant | None = None
    until: Instant | None = None
    department: DepartmentId | None = None

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise PydanticCustomError("period_ends_first", "A period begins before it ends. Give an earlier `since`.")
        return self

    def query(self) -> dict[str, str]:
        """As query parameters."""
        given = {"since": self.since, "until": self.until, "department": self.department}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in given.items() if value
        }

    def span(self, asked: Asked) -> Span:
        """The same for this caller, as of now."""
        return Span(asked.actor, asked.now, self.since, self.until, self.department)


class Figure(BaseModel):
    """`met` of `counted`; `per_mille` of the two, rounded down; null where nothing was counted."""

    name: Name
    counted: int
    met: int
    per_mille: int | None
    source: str = Field(description="The handbook's row (F…) or the section that asks for it.")
    behind: str = Field(description="Where what was met is listed; `part=not_met` gives the others, `part=all` both.")


class Dimension(BaseModel):
    """回访评价维度 (F43). `hundredths`: the mean score times 100, rounded down; null where nobody was asked."""

    name: DimensionName
    answers: int
    hundredths: int | None
    behind: str


class RemedyOfCause(BaseModel):
    """What was given for one cause, in one currency's minor unit, as it was decided in the period. What of it was taken
    back later stays in it: a reversal is no undoing of what was paid. The list says which."""

    cause: str
    currency: str
    cases: int
    total: int
    behind: str


class Kpis(BaseModel):
    """All figures of the period, as of one instant. A period that is over gives the same whenever it is asked for."""

    as_of: datetime
    figures: list[Figure]
    satisfaction: list[Dimension]
    remedies: list[RemedyOfCause]


async def answer(asked: Asked) -> Answered:
    """Counts only what the caller may see, so that each list is as long as its number says."""
    period: Period = asked.parameters
    kpis = Kpis(
        as_of=asked.now,
        figures=[await _figure(asked, period, name) for name in NAMES],
        satisfaction=await _satisfaction(asked, period),
        remedies=await _remedies(asked, period),
    )
    return Answered(kpis)


def link(period: Period, **more: str) -> str:
    """The address of the list behind a number."""
    return f"/statistics/cases?{urlencode(period.query() | more)}"


async def _figure(asked: Asked, period: Period, name: Name) -> Figure:
    span = period.span(asked)
    counted, met = await _number(asked, part_of(name, "all", span)), await _number(asked, part_of(name, "met", span))
    return Figure(
        name=name,
        counted=counted,
        met=met,
        per_mille=met * 1000 // counted if counted else None,
        source=MEASURES[name].source,
        behind=link(period, measure=name, part="met"),
    )


async def _number(asked: Asked, condition: ColumnElement[bool]) -> int:
    rows = await asked.rows(seen_by(asked.actor, func.count().label("number")).where(condition))
    return int(rows[0]["number"])


async def _satisfaction(asked: Asked, period: Period) -> list[Dimension]:
    means = [(func.sum(CYCLES.c[name]) * 100 / func.count()).label(name) for name in DIMENSIONS]
    statement: Select[tuple[int]] = seen_by(asked.actor, func.count().label("answers"), *means)
    rows = await asked.rows(statement.where(part_of("satisfied", "all", period.span(asked))))
    behind = link(period, measure="satisfied", part="all")
    return [
        Dimension(
            name=name,
            answers=rows[0]["answers"],
            hundredths=None if rows[0][name] is None else int(rows[0][name]),
            behind=behind,
        )
        for name in DIMENSIONS
    ]


async def _remedies(asked: Asked, period: Period) -> list[RemedyOfCause]:
    grouping = (CYCLES.c.cause, CYCLES.c.currency)
    total = func.sum(CYCLES.c.amount).label("total")
    statement = (
        seen_by(asked.actor, *grouping, func.count().label("cases"), total)
        .where(granted(period.span(asked)))
        .group_by(*grouping)
        .order_by(*grouping)
    )
    return [
        RemedyOfCause(
            **row, behind=link(period, outcome="executed", cause=row["cause"], currency=row["currency"], paid="true")
        )
        for row in await asked.rows(statement)
    ]


READ = Read(
    path="/statistics/kpis",
    may=MAY,
    model=Kpis,
    summary="The figures of complaint handling over a period, each with the list behind it",
    answer=answer,
    parameters=Period,
)
