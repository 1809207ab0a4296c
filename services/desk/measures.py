"""The figures of §1.3, each as two conditions over the same rows, so that every number has the list behind it.

What a figure says of a period follows from what had happened by the period's end: asked again next year, a closed
period gives the same number. Only what turns out never to have been so changes it: a record that an audit finds untrue
(F49), a complaint that was registered in error, two files that turn out to be one customer's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args

from sqlalchemy import ColumnElement, CompoundSelect, FromClause, Select, and_, exists, func, or_, select, true

from services.desk.standing import visible
from services.desk.views import cases as cases_view
from services.desk.views import cycles as cycles_view
from services.desk.views import joined as joined_view
from shared.decide import Actor
from shared.projections.table import answering

CASES: Final = answering(cases_view.VIEW)
CYCLES: Final = answering(cycles_view.VIEW)
JOINED: Final = answering(joined_view.VIEW)
BOTH: Final[FromClause] = CYCLES.join(CASES, CASES.c.key == CYCLES.c.complaint_id)
REPEATED_WITHIN: Final = timedelta(days=365)

Name = Literal[
    "callback_in_time", "callback_coverage", "decision_in_time", "reopened", "not_established", "satisfied", "repeated",
]  # fmt: skip
NAMES: Final[tuple[Name, ...]] = get_args(Name)
Part = Literal["all", "met", "not_met"]


@dataclass(frozen=True, slots=True)
class Span:
    """For whom a figure is worked out, and over which period: at or after `since`, before `until`, as of `now`."""

    actor: Actor
    now: datetime
    since: datetime | None = None
    until: datetime | None = None
    department: str | None = None

    def holds(self, moment: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether something happened, or fell due, in the period."""
        since = moment >= self.since if self.since is not None else true()
        return and_(moment.is_not(None), since, self.before_end(moment))

    def before_end(self, moment: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether it had happened by the end of the period. False for what has not happened at all."""
        return moment < self.until if self.until is not None else moment.is_not(None)

    def of_department(self) -> ColumnElement[bool]:
        return CYCLES.c.department == self.department if self.department is not None else true()


@dataclass(frozen=True, slots=True)
class Measure:
    """`counted`: what belongs to the figure at all. `met`: what of it counts as hit. `source`: who asks for it."""

    counted: Callable[[Span], ColumnElement[bool]]
    met: Callable[[Span], ColumnElement[bool]]
    source: str


def _to_be_called(span: Span) -> ColumnElement[bool]:
    """A callback that is neither due yet nor made is neither in time nor late; one before which the complaint was
    reopened is made in the next cycle."""
    due, done, reopened = CYCLES.c.due_at, CYCLES.c.done_at, CYCLES.c.reopened_at
    moot = and_(done.is_(None), reopened <= due, CYCLES.c.missed_at.is_(None))
    return and_(span.holds(due), or_(done.is_not(None), due <= span.now), moot.is_not(True))


def _called_in_time(_: Span) -> ColumnElement[bool]:
    return and_(CYCLES.c.done_at <= CYCLES.c.due_at, CYCLES.c.missed_at.is_(None))


def _to_be_decided(span: Span) -> ColumnElement[bool]:
    """What the customer withdrew, or turned out to be none of the firm's, before its day, was not to be decided any
    more; after it, the day had passed (N12)."""
    by, at = CYCLES.c.decide_by, CYCLES.c.decided_at
    fell_away = and_(CYCLES.c.outcome.in_(("withdrawn", "referred", "in_error")), at <= by)
    return and_(span.holds(by), or_(at.is_not(None), by <= span.now), fell_away.is_not(True))


def _earlier_complaint(span: Span) -> ColumnElement[bool]:
    """Of the same customer under whichever of their files, as far as the caller may see it."""
    earlier: Any = CASES.alias("earlier")
    files = _files_of(CASES.c.person).lateral("files")
    return exists(
        select(earlier.c.key)
        .select_from(files.join(earlier, earlier.c.person == files.c.person))
        .where(
            earlier.c.key != CASES.c.key,
            earlier.c.received_at < CASES.c.received_at,
            earlier.c.received_at >= CASES.c.received_at - REPEATED_WITHIN,
            earlier.c.outcome.is_distinct_from("in_error"),
            visible(earlier, span.actor),
        )
        .correlate(CASES)
    )


def _files_of(person: ColumnElement[Any]) -> CompoundSelect[Any]:
    """The person's own file, the one that stands for it, and all that this one stands for."""
    into, beside = JOINED.alias("into"), JOINED.alias("beside")
    own = select(into.c.into).where(into.c.key == person).correlate(CASES).scalar_subquery()
    survivor = func.coalesce(own, person)
    return select(person.label("person")).correlate(CASES).union(
        select(survivor).correlate(CASES), select(beside.c.key).where(beside.c.into == survivor).correlate(CASES)
    )  # fmt: skip


MEASURES: Final[Mapping[Name, Measure]] = {
    "callback_in_time": Measure(_to_be_called, _called_in_time, "F44"),
    "callback_coverage": Measure(_to_be_called, lambda span: span.before_end(CYCLES.c.done_at), "F44"),
    "decision_in_time": Measure(_to_be_decided, lambda span: CYCLES.c.decided_at <= CYCLES.c.decide_by, "F07"),
    "reopened": Measure(
        lambda span: or_(span.holds(CYCLES.c.closed_at), span.holds(CYCLES.c.reopened_at)),
        lambda span: span.holds(CYCLES.c.reopened_at),
        "F22",
    ),
    "not_established": Measure(
        lambda span: span.holds(CYCLES.c.judged_at), lambda span: CYCLES.c.judged == "not_established", "F05"
    ),
    "satisfied": Measure(
        lambda span: span.holds(CYCLES.c.answered_at), lambda span: CYCLES.c.answer == "satisfied", "F50"
    ),
    "repeated": Measure(
        lambda span: and_(
            CYCLES.c.cycle == 1, span.holds(CASES.c.received_at), CASES.c.outcome.is_distinct_from("in_error")
        ),
        _earlier_complaint,
        "domain 1.3",
    ),
}


def part_of(name: Name, part: Part, span: Span) -> ColumnElement[bool]:
    """The condition of one part of a figure."""
    measure = MEASURES[name]
    met = measure.met(span)
    wanted = {"all": true(), "met": met, "not_met": met.is_not(True)}
    return and_(measure.counted(span), wanted[part], span.of_department())


def category() -> ColumnElement[Any]:
    """As it was classified when the cycle was decided; where nobody classified it in that cycle, as it was before."""
    before = CYCLES.alias("before")
    earlier = (
        select(before.c.classified)
        .where(before.c.complaint_id == CYCLES.c.complaint_id, before.c.cycle < CYCLES.c.cycle)
        .where(before.c.classified.is_not(None))
        .order_by(before.c.cycle.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(CYCLES.c.category, earlier)


def decided(span: Span) -> ColumnElement[bool]:
    """A cycle that ended in the period, however it did."""
    return and_(span.holds(CYCLES.c.decided_at), span.of_department())


def granted(span: Span) -> ColumnElement[bool]:
    """A cycle decided in the period in which money was given."""
    return and_(decided(span), CYCLES.c.outcome == "executed", CYCLES.c.amount > 0)


def seen_by(actor: Actor, *columns: Any) -> Select[Any]:
    """These columns of the rows that the caller may see: a number never counts what its list would not show."""
    return select(*columns).select_from(BOTH).where(visible(CASES, actor))
