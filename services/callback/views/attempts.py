"""《回访记录表》 Every try to reach a customer, as it was recorded."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Table

from services.callback.views import SCOPE, scope_row, visible
from shared.events.callback import CallbackAttempted
from shared.events.vocabulary import AttemptOutcome, Channel
from shared.projections.scope import STAFF
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    name="attempts",
    version=2,
    columns=(
        text("complaint_id"),
        number("cycle"),
        text("caller"),
        text("on_behalf_of"),
        moment("called_at"),
        moment("entered_at"),
        text("outcome"),
        text("channel"),
        text("recording"),
        text("no_recording_reason"),
        texts("actions"),
        flag("customer_requested"),
        moment("call_again_at"),
        text("notes"),
        text("department"),
        flag("restricted"),
        texts("conflicted"),
    ),
    personal=frozenset({"notes"}),
    indexes=(("complaint_id", "called_at"), ("called_at",), ("caller", "called_at")),
)


class Attempt(BaseModel):
    """One line of the record of callbacks (F44 to F46)."""

    complaint_id: UUID
    cycle: int
    caller: str
    on_behalf_of: str | None
    """For whom the caller acted as deputy."""
    called_at: datetime
    entered_at: datetime
    """When it was written down."""
    outcome: AttemptOutcome
    channel: Channel
    recording: str | None
    no_recording_reason: str | None
    actions: list[str]
    """Which of the standard actions were done (F42)."""
    customer_requested: bool
    call_again_at: datetime | None


class AttemptWithNotes(Attempt):
    """With what the caller noted."""

    notes: str | None
    """Empty once the person is erased."""


VIEW.on(*SCOPE)(scope_row)


@VIEW.on(CallbackAttempted)
def attempted(event: CallbackAttempted, at: At) -> Upsert:
    return Upsert(
        str(at.id),
        complaint_id=at.subject_id,
        cycle=event.cycle,
        caller=event.by,
        on_behalf_of=at.envelope.on_behalf_of if at.envelope else None,
        called_at=event.at,
        entered_at=at.recorded,
        outcome=event.outcome,
        channel=event.channel,
        recording=event.recording,
        no_recording_reason=event.no_recording_reason,
        actions=list(event.actions),
        customer_requested=event.customer_requested,
        call_again_at=event.call_again_at,
        **({"notes": event.notes} if event.notes is not None else {}),
    )


def only_calls(table: Table, actor: Any) -> ColumnElement[bool]:
    """The calls of complaints that one may see."""
    return visible(table, actor, table.c.called_at.is_not(None))


VIEW.ask(
    Question(
        path="/callback-attempts",
        may=STAFF,
        model=Attempt,
        summary="《回访记录表》 Every try to reach a customer, the latest first",
        filters=("caller", "outcome", "channel"),
        ranges=("called_at",),
        order="called_at",
        descending=True,
        where=only_calls,
    )
)
VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/callback-attempts",
        may=STAFF,
        model=AttemptWithNotes,
        summary="Every try to reach the customer of one complaint, with the callers' notes",
        order="called_at",
        where=only_calls,
        purpose=True,
    )
)
