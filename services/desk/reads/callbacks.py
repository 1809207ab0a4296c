"""待回访 Whom to call back now, and in the next hours; and whom the caller may not call themself."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import select

from services.desk.measures import CASES
from services.desk.paging import ByDue, place_of
from services.desk.stages import TO_CALL
from services.desk.standing import Standing, unsolved
from shared.language import refusal
from shared.projections.read import Answered, Asked, Read
from shared.reference.roles import STAFF


class Wanted(ByDue):
    """How far ahead."""

    hours: int = Field(0, ge=0, le=24 * 30, description="Also what is due within so many hours; 0: due by now.")


class ToCall(Standing):
    """A customer to be called, or to be asked what they say; at which hours, the callback service's own list tells."""

    overdue: bool = Field(description="They should have been called by now.")
    why_not: str | None = Field(description="The code of why the asker may not call; null if nothing is known.")
    says: str | None = Field(description="The same in a sentence of the language asked for.")


class Page(BaseModel):
    items: list[ToCall]
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last.")


async def answer(asked: Asked) -> Answered:
    """The earliest due first. Whoever handled a case is shown it too: they see to it that another calls (N8)."""
    wanted: Wanted = asked.parameters
    until = asked.now + timedelta(hours=wanted.hours)
    statement = select(CASES).where(CASES.c.stage.in_(TO_CALL), CASES.c.due_at <= until, unsolved(CASES, asked.actor))
    rows = await asked.rows(wanted.page(statement))
    shown = rows[: wanted.limit]
    following = place_of(shown[-1]) if len(rows) > wanted.limit else None
    subjects = (subject for row in shown for subject in (f"complaint:{row['complaint_id']}", row["person"]))
    return Answered(Page(items=[_to_call(row, asked) for row in shown], next=following), tuple(subjects))


def _to_call(row: Mapping[str, Any], asked: Asked) -> ToCall:
    why = _why_not(row, asked.actor.id)
    return ToCall(
        **{name: row[name] for name in Standing.model_fields},
        overdue=row["due_at"] <= asked.now,
        why_not=why,
        says=why and refusal(why, asked.language, service="callback"),
    )


def _why_not(row: Mapping[str, Any], caller: str) -> str | None:
    if caller in row["hands"]:
        return "handled_the_case"
    return "record_untrue" if caller in row["untrue"] else None


READ = Read(
    path="/worklists/callbacks",
    may=STAFF,
    model=Page,
    summary="Whom to call back now and in the next hours, the earliest due first",
    answer=answer,
    parameters=Wanted,
)
