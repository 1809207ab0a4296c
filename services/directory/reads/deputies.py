"""代理 Who acts for whom, now or later: in whose name somebody may act, or who acts for somebody."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from services.directory.rules import ROLES
from services.directory.views import deputies, staff
from services.directory.views.deputies import Deputyship
from shared.events.vocabulary import StaffId
from shared.projections.read import Answered, Asked, Read
from shared.projections.table import answering

DEPUTIES: Final = answering(deputies.VIEW)
STAFF: Final = answering(staff.VIEW)
MOST: Final = 500


class Whose(BaseModel):
    """Of one deputy, of one absent person, or of everybody."""

    model_config = ConfigDict(extra="forbid")

    deputy: StaffId | None = None
    staff_id: StaffId | None = None


class Deputyships(BaseModel):
    """Those that stand, the earliest first: not ended, not over, and both of them still on the staff."""

    items: list[Deputyship]
    more: bool = Field(description="There are others. Say of whom.")


async def answer(asked: Asked) -> Answered:
    """Whoever left neither acts nor is acted for, so theirs do not stand though nobody ended them."""
    whose: Whose = asked.parameters
    here = select(STAFF.c.key).where(STAFF.c.active)
    statement = select(DEPUTIES).where(
        DEPUTIES.c.ended_at.is_(None),
        DEPUTIES.c.ends > asked.now,
        DEPUTIES.c.staff_id.in_(here),
        DEPUTIES.c.deputy.in_(here),
    )
    if whose.deputy is not None:
        statement = statement.where(DEPUTIES.c.deputy == whose.deputy)
    if whose.staff_id is not None:
        statement = statement.where(DEPUTIES.c.staff_id == whose.staff_id)
    rows = await asked.rows(statement.order_by(DEPUTIES.c.begins, DEPUTIES.c.key).limit(MOST + 1))
    items = [Deputyship.model_validate(row) for row in rows[:MOST]]
    return Answered(Deputyships(items=items, more=len(rows) > MOST))


READ = Read(
    path="/deputies",
    may=ROLES,
    model=Deputyships,
    summary="Who acts for whom, now or later",
    answer=answer,
    parameters=Whose,
)
