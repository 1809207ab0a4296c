"""The figures of complaint handling over a period, each with the list behind it (domain 1.3)."""

from datetime import datetime
from urllib.parse import urlencode

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, func

from services.desk.measures import CYCLES, MEASURES, Name, part_of, seen_by, within
from shared.projections.read import Answered, Asked, Read

MAY = (
    "triage_lead", "department_lead", "approver", "higher_approver", "reviewer", "quality_reviewer",
    "compliance_officer", "risk_control",
)  # fmt: skip
DIMENSIONS = ("timeliness", "professionalism", "effectiveness", "attitude")


class Period(BaseModel):
    """From `since` on and before `until`; open where nothing is given. One department's, or everybody's."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    department: str | None = Field(None, max_length=60, pattern=r"^[a-z][a-z0-9-]*$")

    def query(self) -> dict[str, str]:
        """As query parameters."""
        return {name: str(value) for name, value in self.model_dump(mode="json").items() if value is not None}


class Figure(BaseModel):
    """`met` of `counted`; `per_mille` of the two, rounded down; null where nothing was counted."""

    name: Name
    counted: int
    met: int
    per_mille: int | None
    source: str = Field(description="The handbook's row (F…) or the section that asks for it.")
    behind: str = Field(description="Where the cases that were met are listed; `part=not_met` gives the others.")


class Dimension(BaseModel):
    """回访评价维度 (F43). `hundredths`: the mean score times 100, rounded down; null where nobody was asked."""

    name: str
    answers: int
    hundredths: int | None
    behind: str


class RemedyOfCause(BaseModel):
    """What was given for one cause, in one currency's minor unit."""

    cause: str
    currency: str
    cases: int
    total: int
    behind: str


class Kpis(BaseModel):
    """All figures of the period, as of one instant."""

    as_of: datetime
    figures: list[Figure]
    satisfaction: list[Dimension]
    remedies: list[RemedyOfCause]


async def answer(asked: Asked) -> Answered:
    """Counts only what the caller may see, so that each list is as long as its number says."""
    period: Period = asked.parameters
    kpis = Kpis(
        as_of=asked.now,
        figures=[await _figure(asked, period, name) for name in MEASURES],
        satisfaction=await _satisfaction(asked, period),
        remedies=await _remedies(asked, period),
    )
    return Answered(kpis)


def link(period: Period, **more: str) -> str:
    """The address of the list behind a number."""
    return f"/statistics/cases?{urlencode(period.query() | more)}"


async def _figure(asked: Asked, period: Period, name: Name) -> Figure:
    measure = MEASURES[name]
    rows = await asked.rows(
        seen_by(
            asked.actor,
            func.count().label("counted"),
            func.count().filter(measure.met(asked.now)).label("met"),
        ).where(*part_of(measure, "all", asked.now), *within(measure.moment, period.since, period.until), *_of(period))
    )
    counted, met = rows[0]["counted"], rows[0]["met"]
    return Figure(
        name=name,
        counted=counted,
        met=met,
        per_mille=met * 1000 // counted if counted else None,
        source=measure.source,
        behind=link(period, measure=name, part="met"),
    )


async def _satisfaction(asked: Asked, period: Period) -> list[Dimension]:
    means = [(func.sum(CYCLES.c[name]) * 100 / func.count(CYCLES.c[name])).label(name) for name in DIMENSIONS]
    answered = within(CYCLES.c.answered_at, period.since, period.until)
    statement = seen_by(asked.actor, func.count().label("answers"), *means)
    rows = await asked.rows(statement.where(CYCLES.c.answer.is_not(None), *answered, *_of(period)))
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
    statement = (
        seen_by(asked.actor, *grouping, func.count().label("cases"), func.sum(CYCLES.c.amount).label("total"))
        .where(CYCLES.c.outcome == "executed", CYCLES.c.amount > 0)
        .where(*within(CYCLES.c.decided_at, period.since, period.until), *_of(period))
        .group_by(*grouping)
        .order_by(*grouping)
    )
    return [
        RemedyOfCause(
            **row, behind=link(period, outcome="executed", cause=row["cause"], currency=row["currency"], paid="true")
        )
        for row in await asked.rows(statement)
    ]


def _of(period: Period) -> list[ColumnElement[bool]]:
    return [] if period.department is None else [CYCLES.c.department == period.department]


READ = Read(
    path="/statistics/kpis",
    may=MAY,
    model=Kpis,
    summary="The figures of complaint handling over a period, each with the list behind it",
    answer=answer,
    parameters=Period,
)
