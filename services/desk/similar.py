"""类似案件 How complaints of the same kind were settled: so that like cases are decided alike."""

from datetime import timedelta
from typing import Any, Final

from pydantic import BaseModel, Field
from sqlalchemy import Text, func
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from services.desk.measures import CASES, CYCLES, category, seen_by
from services.desk.standing import Standing
from shared.projections.read import Asked

SIMILAR_WITHIN: Final = timedelta(days=365)
MOST_SHOWN: Final = 5


class Similar(BaseModel):
    """How complaints of the same category and cause were settled in the last year, in one currency's minor unit."""

    currency: str
    cases: int
    lowest: int
    median: int
    highest: int
    latest: list[str] = Field(description="Numbers of the latest of them, the latest first.")


async def similar_to(asked: Asked, case: Standing) -> list[Similar]:
    """What was given in complaints of the same category and cause that the caller may see, and not taken back since.
    Nothing before the complaint is classified and its cause is found."""
    if case.category is None or case.cause is None:
        return []
    latest_first: Any = aggregate_order_by(CASES.c.number, CYCLES.c.decided_at.desc(), CYCLES.c.key)
    latest = func.array_agg(latest_first, type_=ARRAY(Text))
    statement = (
        seen_by(
            asked.actor,
            CYCLES.c.currency,
            func.count().label("cases"),
            func.min(CYCLES.c.amount).label("lowest"),
            func.percentile_disc(0.5).within_group(CYCLES.c.amount).label("median"),
            func.max(CYCLES.c.amount).label("highest"),
            latest[1:MOST_SHOWN].label("latest"),
        )
        .where(CYCLES.c.outcome == "executed", CYCLES.c.amount > 0, CYCLES.c.reversed_at.is_(None))
        .where(CYCLES.c.cause == case.cause, category() == case.category, CASES.c.key != case.complaint_id)
        .where(CYCLES.c.decided_at > asked.now - SIMILAR_WITHIN)
        .group_by(CYCLES.c.currency)
        .order_by(CYCLES.c.currency)
    )
    return [Similar.model_validate(row) for row in await asked.rows(statement)]
