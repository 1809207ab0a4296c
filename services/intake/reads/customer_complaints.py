"""客户的投诉 Every complaint of one customer, those under joined files as well."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import CompoundSelect, Select, Table, literal, select, tuple_, union

from services.intake.reads.customer import CUSTOMERS, MAY
from services.intake.views import register
from services.intake.views.register import Status
from shared.events.vocabulary import Channel, Severity
from shared.projections.read import Answered, Asked, Read
from shared.projections.scope import unrestricted
from shared.projections.table import answering

REGISTER: Final = answering(register.VIEW)


class Part(BaseModel):
    """Which part of a customer's history."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=200)
    after: str | None = Field(None, max_length=60, description="`next` of the page before.")


class ComplaintOf(BaseModel):
    """A complaint of this customer."""

    complaint_id: str
    number: str
    person: str = Field(description="The file under which it stands, person:<uuid>.")
    status: Status
    channel: Channel
    received_at: datetime
    category: str | None
    severity: Severity
    restricted: bool
    department: str | None
    cycle: int


class ComplaintsOf(BaseModel):
    items: list[ComplaintOf]
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last.")


def files_of(person_id: str) -> CompoundSelect[tuple[str]]:
    """The ids of the file itself and of those that were joined into it."""
    joined = select(CUSTOMERS.c.key.label("person_id")).where(CUSTOMERS.c.joined_into == person_id)
    return union(select(literal(person_id).label("person_id")), joined)


def latest_first(table: Table, part: Part) -> Select[tuple[object, ...]]:
    """One row more than asked for, after the row that `after` names."""
    place = tuple_(table.c.received_at, table.c.key)
    statement = select(table).order_by(table.c.received_at.desc(), table.c.key.desc()).limit(part.limit + 1)
    if part.after is None:
        return statement
    last = select(table.c.received_at, table.c.key).where(table.c.key == part.after).scalar_subquery()
    return statement.where(place < last)


async def answer(asked: Asked) -> Answered:
    """Also of somebody who has no file yet: a complaint makes a person before anyone records them."""
    part: Part = asked.parameters
    person = asked.path["person_id"]
    files = files_of(person).subquery()
    statement = latest_first(REGISTER, part).where(REGISTER.c.person.in_(select("person:" + files.c.person_id)))
    if (scope := unrestricted(REGISTER, asked.actor)) is not None:
        statement = statement.where(scope)
    rows = await asked.rows(statement)
    items = [ComplaintOf.model_validate(row) for row in rows[: part.limit]]
    following = items[-1].complaint_id if len(rows) > part.limit else None
    subjects = (f"person:{person}", *(f"complaint:{item.complaint_id}" for item in items))
    return Answered(ComplaintsOf(items=items, next=following), subjects)


READ = Read(
    path="/customers/{person_id}/complaints",
    may=MAY,
    model=ComplaintsOf,
    summary="The complaints of one customer, the latest received first",
    answer=answer,
    parameters=Part,
)
