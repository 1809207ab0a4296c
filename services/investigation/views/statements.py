"""What the customer, colleagues and witnesses said about a complaint."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from services.investigation.views import SCOPE, keep_scope, of_cases_open_to
from shared.events.investigation import StatementTaken
from shared.projections.scope import STAFF
from shared.projections.view import At, Question, Upsert, View, moment, number, text

VIEW = View(
    name="statements",
    version=1,
    columns=(
        text("complaint_id"),
        text("statement"),
        text("of"),
        text("staff"),
        text("text"),
        text("signed"),
        text("taken_by"),
        moment("taken_at"),
        number("cycle"),
        *SCOPE,
    ),
    personal=frozenset({"text"}),
    indexes=(("complaint_id", "taken_at"),),
)
keep_scope(VIEW)


class Statement(BaseModel):
    """What somebody said, as the investigator took it down."""

    complaint_id: UUID
    statement: str
    of: Literal["customer", "staff", "witness"]
    staff: str | None
    """Whose, if a colleague's."""
    text: str | None
    """Empty once the person is erased."""
    signed: str | None
    """Where the signed copy or the recording lies."""
    taken_by: str
    taken_at: datetime
    cycle: int


@VIEW.on(StatementTaken)
def taken(event: StatementTaken, at: At) -> Upsert:
    return Upsert(
        f"{at.subject_id}/{event.statement}",
        complaint_id=at.subject_id,
        statement=event.statement,
        of=event.of,
        staff=event.staff,
        text=event.text,
        signed=event.signed,
        taken_by=event.by,
        taken_at=event.at,
        cycle=event.cycle,
    )


VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/statements",
        may=STAFF,
        model=Statement,
        summary="The statements taken about one complaint, in the order in which they were taken",
        order="taken_at",
        where=of_cases_open_to,
    )
)
