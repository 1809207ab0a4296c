"""移交 Hand over the open work of somebody who leaves or is away, case by case, in one request."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, and_, or_, select

from services.desk.measures import CASES
from services.desk.standing import unsolved
from shared.events.vocabulary import Code, Reference, StaffId
from shared.projections.bulk import Bulk, Reply, Send
from shared.projections.read import Answered, Asked

AT_ONCE: Final = 100
"""Cases a request: a longer one would outlive the patience of whoever waits for it."""
INVESTIGATED: Final = ("investigating", "awaiting_information", "replacement_needed", "findings_submitted")
"""Stages at which an investigation can still be given to another."""


class HandOver(BaseModel):
    """Whose work, to whom, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"previous": "li.na", "to": "yang.fan", "reason": "left", "declaration": "declaration-17"}]
        },
    )

    previous: StaffId
    to: StaffId
    reason: Code
    after: str | None = Field(None, pattern=r"^[0-9a-f-]{36}$", description="`next` of the request before.")
    declaration: Reference | None = Field(
        None,
        description="Where the new investigator's declaration lies that they have no interest in these cases. Without "
        "it only the tracking for the customer is handed over, and no investigation.",
    )


class Moved(BaseModel):
    """What became of one case."""

    complaint_id: str
    number: str
    what: Literal["ownership", "investigation"]
    done: bool
    code: str = Field(description="Why not; empty if it was done.")
    says: str = Field(description="The same in a sentence of the language asked for.")


class HandedOver(BaseModel):
    """What was handed over, and where to go on."""

    cases: list[Moved] = Field(description="Where both are handed over, a case stands here twice.")
    next: str | None = Field(description="Pass it as `after` to go on with the rest; null when all were tried.")


async def carry_out(asked: Asked, send: Send) -> Answered:
    """Each case by its own command: who may not take one over is refused for that one alone."""
    wish: HandOver = asked.parameters
    rows = await asked.rows(_open_work(asked, wish).limit(AT_ONCE + 1))
    cases = [moved for row in rows[:AT_ONCE] for moved in await _hand_over(row, wish, send)]
    following = str(rows[AT_ONCE - 1]["key"]) if len(rows) > AT_ONCE else None
    return Answered(HandedOver(cases=cases, next=following), tuple(f"complaint:{row['key']}" for row in rows[:AT_ONCE]))


async def _hand_over(row: Mapping[str, Any], wish: HandOver, send: Send) -> list[Moved]:
    moved = []
    if row["owner"] == wish.previous:
        body = {"to": wish.to, "reason": wish.reason}
        reply = await send("intake", f"/complaints/{row['key']}/owner", body, f"{row['key']}:owner")
        moved.append(_moved(row, "ownership", reply))
    if wish.declaration is not None and row["investigator"] == wish.previous and row["stage"] in INVESTIGATED:
        body = {"investigator": wish.to, "declaration": wish.declaration, "reason": wish.reason}
        reply = await send("investigation", f"/complaints/{row['key']}/investigator", body, f"{row['key']}:case")
        moved.append(_moved(row, "investigation", reply))
    return moved


def _moved(row: Mapping[str, Any], what: Literal["ownership", "investigation"], reply: Reply) -> Moved:
    return Moved(
        complaint_id=row["key"], number=row["number"], what=what, done=reply.done, code=reply.code, says=reply.title
    )


def _open_work(asked: Asked, wish: HandOver) -> Select[Any]:
    statement = select(*(CASES.c[name] for name in ("key", "number", "owner", "investigator", "stage"))).where(
        unsolved(CASES, asked.actor), _lies_with(wish)
    )
    if wish.after is not None:
        statement = statement.where(CASES.c.key > wish.after)
    return statement.order_by(CASES.c.key)


def _lies_with(wish: HandOver) -> ColumnElement[bool]:
    keeps_track = CASES.c.owner == wish.previous
    if wish.declaration is None:
        return keeps_track
    return or_(keeps_track, and_(CASES.c.investigator == wish.previous, CASES.c.stage.in_(INVESTIGATED)))


BULK = Bulk(
    path="/hand-overs",
    may=("administrator", "triage_lead", "department_lead"),
    body=HandOver,
    model=HandedOver,
    summary="Hand over somebody's open work, each case by the command of the service that it concerns",
    carry_out=carry_out,
)
