"""One complaint as of now, without a word of what anybody said; and who may see it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_, func

from services.desk.stages import Closing, Outcome, Pending, Stage
from shared.events.vocabulary import Channel, Severity, Verdict
from shared.projections.scope import unrestricted


class Standing(BaseModel):
    """Where a complaint stands."""

    complaint_id: str
    number: str = Field(description="What people call it by, XXXX-XXXX.")
    person: str = Field(description="The customer's subject, person:<uuid>.")
    stage: Stage
    since: datetime = Field(description="When it came to this stage.")
    waits_for: str | None = Field(description="The role that has the next step; null if nobody has.")
    pending: list[Pending] = Field(description="What is to be decided beside its stage; until then it is not solved.")
    due_at: datetime = Field(
        description="By when the next step is due: at once after receipt (F01), the time asked of the customer while "
        "it is investigated and decided (F07), the lapse of an offer, the day that a remedy is promised for, three "
        "days for a callback, before the customer's hours of rest (F44)."
    )
    cycle: int
    severity: Severity
    restricted: bool
    vulnerable: bool
    urgent: bool
    category: str | None
    department: str | None = Field(description="The responsible department, once established.")
    owner: str | None = Field(description="Who keeps track of it for the customer until it is solved (F29).")
    solved: bool
    investigator: str | None
    awaited: list[str] = Field(description="Codes of what the investigator asked for and has not got yet.")
    channel: Channel
    received_at: datetime
    registered_at: datetime
    chased: int = Field(description="How often the customer had to ask again.")
    reported_upward: int = Field(description="How often it was brought before somebody above (F20).")
    digest: str | None = Field(description="Of the terms of the remedy under way or carried out.")
    amount: int | None = Field(description="Of the remedy under way or carried out, in the currency's minor unit.")
    currency: str | None
    verdict: Verdict | None
    cause: str | None
    outcome: Outcome | None = Field(description="How this cycle was decided or ended.")
    closing: Closing | None = Field(description="How it was closed.")
    from_system: str | None = Field(description="The old system that it was taken over from in the middle of its life.")
    updated_at: datetime


def visible(table: Table, actor: Any) -> ColumnElement[bool]:
    """Not for whoever declared a conflict of interest; a restricted case only for those who may see it (N16)."""
    free = func.array_position(table.c.conflicted, actor.id).is_(None)
    scope = unrestricted(table, actor)
    return free if scope is None else and_(free, scope)


def unsolved(table: Table, actor: Any) -> ColumnElement[bool]:
    """What is not solved, as far as it is visible."""
    return and_(table.c.solved.is_(False), visible(table, actor))


def mine(table: Table, actor: Any) -> ColumnElement[bool]:
    """What the caller keeps track of until it is solved 首问负责 (F29)."""
    return and_(table.c.owner == actor.id, unsolved(table, actor))
