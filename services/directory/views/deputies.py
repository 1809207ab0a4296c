"""代理 Who acts for whom, and when."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.directory.rules import ROLES
from shared.events.directory import DeputyEnded, DeputyNamed
from shared.projections.view import At, Question, Upsert, View, moment, text

VIEW = View(
    "deputies",
    version=1,
    columns=(
        text("staff_id"),
        text("deputy"),
        moment("begins"),
        moment("ends"),
        text("named_by"),
        moment("named_at"),
        moment("ended_at"),
        text("ended_by"),
    ),
    indexes=(("staff_id",), ("deputy",)),
)


class Deputyship(BaseModel):
    """Somebody acts for another from `begins` on and before `ends`; the last naming of the two counts."""

    staff_id: str = Field(description="Who is away.")
    deputy: str = Field(description="Who acts in their name.")
    begins: datetime
    ends: datetime
    named_by: str
    named_at: datetime
    ended_at: datetime | None = Field(description="When it was ended before its date; null if it was not.")
    ended_by: str | None


def _key(at: At, deputy: str) -> str:
    return f"{at.subject_id}/{deputy}"


@VIEW.on(DeputyNamed)
def named(event: DeputyNamed, at: At) -> Upsert:
    return Upsert(
        _key(at, event.deputy),
        staff_id=at.subject_id,
        deputy=event.deputy,
        begins=event.begins,
        ends=event.ends,
        named_by=event.by,
        named_at=event.at,
        ended_at=None,
        ended_by=None,
    )


@VIEW.on(DeputyEnded)
def ended(event: DeputyEnded, at: At) -> Upsert:
    return Upsert(_key(at, event.deputy), ended_at=event.at, ended_by=event.by)


VIEW.ask(
    Question(
        path="/staff/{staff_id}/deputies",
        may=ROLES,
        model=Deputyship,
        summary="Whoever was ever named to act for one member of the staff; ended ones included.",
        order="begins",
        descending=True,
    )
)
