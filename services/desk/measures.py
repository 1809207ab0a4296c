"""The figures of §1.3, each as two conditions over the same rows, so that every number has the list behind it.

A figure counts what fell due, was decided or was said within a period: what is counted once stays counted, however
the complaint goes on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, or_, select

from services.desk.views import cases as cases_view
from services.desk.views import cycles as cycles_view
from shared.projections.table import answering

CASES: Final = answering(cases_view.VIEW)
CYCLES: Final = answering(cycles_view.VIEW)
BOTH: Final[FromClause] = CYCLES.join(CASES, CASES.c.complaint_id == CYCLES.c.complaint_id)
REPEATED_WITHIN: Final = timedelta(days=365)

Name = Literal[
    "callback_in_time", "callback_coverage", "decision_in_time", "reopened", "not_established", "satisfied", "repeated",
]  # fmt: skip
Part = Literal["all", "met", "not_met"]
Condition = Callable[[datetime], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Measure:
    """`counted(now)`: what belongs to the figure at all. `met(now)`: what of it counts as hit.

    `moment`: by which instant a row belongs to a period. `source`: the handbook's row or the domain's section.
    """

    moment: ColumnElement[Any]
    counted: Condition
    met: Condition
    source: str


def _decided_by_the_firm(_: datetime) -> ColumnElement[bool]:
    """Decided on, not ended by the customer or by a slip of the register."""
    return CYCLES.c.outcome.in_(("executed", "no_remedy", "final_position", "not_established"))


def _called_or_due(now: datetime) -> ColumnElement[bool]:
    """A callback whose time has not come and that was not made is neither in time nor late."""
    due = CYCLES.c.callback_due_at
    return and_(due.is_not(None), or_(CYCLES.c.answered_at.is_not(None), due <= now))


def _decided_or_due(now: datetime) -> ColumnElement[bool]:
    by = CYCLES.c.decide_by
    not_by_the_firm = CYCLES.c.outcome.in_(("withdrawn", "referred", "in_error"))
    return and_(by.is_not(None), or_(CYCLES.c.decided_at.is_not(None), by <= now), not_by_the_firm.is_not(True))


def _earlier_complaint(_: datetime) -> ColumnElement[bool]:
    earlier = CASES.alias("earlier")
    return exists(
        select(earlier.c.key).where(
            earlier.c.person == CASES.c.person,
            earlier.c.key != CASES.c.key,
            earlier.c.received_at < CASES.c.received_at,
            earlier.c.received_at >= CASES.c.received_at - REPEATED_WITHIN,
        )
    )


MEASURES: Final[Mapping[Name, Measure]] = {
    "callback_in_time": Measure(
        CYCLES.c.callback_due_at, _called_or_due, lambda now: CYCLES.c.answered_at <= CYCLES.c.callback_due_at, "F44"
    ),
    "callback_coverage": Measure(
        CYCLES.c.decided_at,
        _decided_by_the_firm,
        lambda now: or_(CYCLES.c.answered_at.is_not(None), CYCLES.c.unreachable.is_(True)),
        "F44",
    ),
    "decision_in_time": Measure(
        CYCLES.c.decide_by, _decided_or_due, lambda now: CYCLES.c.decided_at <= CYCLES.c.decide_by, "F07"
    ),
    "reopened": Measure(
        CYCLES.c.decided_at, _decided_by_the_firm, lambda now: CYCLES.c.reopened_at.is_not(None), "F22"
    ),
    "not_established": Measure(
        CYCLES.c.judged_at,
        lambda now: CYCLES.c.judged.is_not(None),
        lambda now: CYCLES.c.judged == "not_established",
        "F05",
    ),
    "satisfied": Measure(
        CYCLES.c.answered_at,
        lambda now: CYCLES.c.answer.is_not(None),
        lambda now: CYCLES.c.answer == "satisfied",
        "F50",
    ),
    "repeated": Measure(CASES.c.received_at, lambda now: CYCLES.c.cycle == 1, _earlier_complaint, "domain 1.3"),
}


def within(moment: ColumnElement[Any], since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    """The period: at or after `since`, before `until`."""
    bounds = [] if since is None else [moment >= since]
    return bounds if until is None else [*bounds, moment < until]


def part_of(measure: Measure, part: Part, now: datetime) -> list[ColumnElement[bool]]:
    """The conditions of one part of a figure."""
    counted, met = measure.counted(now), measure.met(now)
    wanted = {"all": [], "met": [met.is_(True)], "not_met": [met.is_not(True)]}
    return [counted, *wanted[part]]


def seen_by(actor: Any, *columns: Any) -> Select[Any]:
    """These columns of the rows that the caller may see: a number never counts what its list would not show."""
    return select(*columns).select_from(BOTH).where(cases_view.visible(CASES, actor))
