"""What an approver's decision rests on beside the case: their limit, what the customer was given, similar cases."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from pydantic import BaseModel, Field
from sqlalchemy import and_, func, or_, select

from services.desk.measures import CASES, CYCLES, seen_by
from services.desk.views import given, joined, limits
from services.desk.views.cases import Standing
from shared.events.vocabulary import LimitEntry, Money
from shared.packs.house import HOUSE_LIMITS, REMEDY_WINDOW
from shared.projections.read import Asked
from shared.projections.table import answering
from shared.reference.limits import LimitsTable, Table

_GIVEN: Final = answering(given.VIEW)
_JOINED: Final = answering(joined.VIEW)
_LIMITS: Final = answering(limits.VIEW)
SIMILAR_WITHIN: Final = timedelta(days=365)
MOST_SIMILAR: Final = 5


class Granted(BaseModel):
    """A remedy that the customer was granted within the window, on this or another complaint."""

    complaint_id: str
    number: str
    digest: str
    kind: str
    amount: int
    currency: str
    approved_at: datetime
    executed_at: datetime | None


class Similar(BaseModel):
    """How complaints of the same category and cause were settled in the last year, in one currency's minor unit."""

    currency: str
    cases: int
    lowest: int
    median: int
    highest: int
    latest: list[str] = Field(description="Numbers of the latest of them.")


async def limit_of(asked: Asked, currency: str) -> tuple[Money, str]:
    """The caller's own limit in a currency as of now, and the name of the table that says so."""
    rows = await asked.rows(select(_LIMITS).order_by(_LIMITS.c.activation))
    tables = (*HOUSE_LIMITS.activated, *(_table(row) for row in rows))
    in_force = LimitsTable(activated=tables).at(asked.now)
    return in_force.limit(asked.actor.role, asked.actor.department, currency), in_force.name


def _table(row: Any) -> Table:
    entries = tuple(LimitEntry.model_validate(entry) for entry in orjson.loads(row["entries"]))
    return Table(row["name"], row["effective_from"], entries)


async def granted_to(asked: Asked, case: Standing) -> list[Granted]:
    """What all files of this customer were granted in the rolling window, or was ever carried out on this complaint
    (N4), and still stands. The latest first.

    Whatever case it was granted in, also one that is restricted: a limit that does not count it would be no limit.
    """
    names = ("complaint_id", "digest", "kind", "amount", "currency", "approved_at", "executed_at")
    in_window = _GIVEN.c.approved_at > asked.now - REMEDY_WINDOW
    carried_out_here = and_(_GIVEN.c.complaint_id == case.complaint_id, _GIVEN.c.executed_at.is_not(None))
    statement = (
        select(CASES.c.number, *(_GIVEN.c[name] for name in names))
        .join(CASES, CASES.c.complaint_id == _GIVEN.c.complaint_id)
        .where(CASES.c.person.in_(await _files_of(asked, case.person)))
        .where(or_(in_window, carried_out_here), _GIVEN.c.ended.is_(None), _GIVEN.c.amount > 0)
        .order_by(_GIVEN.c.approved_at.desc())
        .limit(200)
    )
    return [Granted.model_validate(row) for row in await asked.rows(statement)]


async def _files_of(asked: Asked, person: str) -> Sequence[str]:
    survivor = await asked.rows(select(_JOINED.c.into).where(_JOINED.c.key == person))
    stands_for = survivor[0]["into"] if survivor else person
    others = await asked.rows(select(_JOINED.c.key).where(_JOINED.c.into == stands_for))
    return [stands_for, person, *(str(row["key"]) for row in others)]


async def similar_to(asked: Asked, case: Standing) -> list[Similar]:
    """What was given in complaints of the same category and cause that the caller may see."""
    middle = func.percentile_disc(0.5).within_group(CYCLES.c.amount)
    statement = (
        seen_by(
            asked.actor,
            CYCLES.c.currency,
            func.count().label("cases"),
            func.min(CYCLES.c.amount).label("lowest"),
            middle.label("median"),
            func.max(CYCLES.c.amount).label("highest"),
            func.array_agg(CASES.c.number).label("latest"),
        )
        .where(CYCLES.c.outcome == "executed", CYCLES.c.amount > 0)
        .where(CASES.c.category == case.category, CYCLES.c.cause == case.cause, CASES.c.key != case.complaint_id)
        .where(CYCLES.c.decided_at > asked.now - SIMILAR_WITHIN)
        .group_by(CYCLES.c.currency)
        .order_by(CYCLES.c.currency)
    )
    rows = await asked.rows(statement)
    return [Similar.model_validate({**row, "latest": row["latest"][-MOST_SIMILAR:]}) for row in rows]
