"""服务记录、备注 What was said and done about an enquiry or a service request, step by step (F52, F59)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pydantic import BaseModel, Field

from services.intake.views.contacts import MAY
from shared.events.base import Event
from shared.events.customers import (
    ContactAnswered,
    ContactArchived,
    ContactBecameComplaint,
    ContactCalledBack,
    ContactHandled,
    ContactPassedOn,
    ContactReclassified,
    ContactRecorded,
    ContactReviewed,
)
from shared.projections.view import At, Question, Upsert, View, flag, moment, text

VIEW = View(
    "contact_records",
    version=1,
    columns=(
        text("contact_id"),
        text("step"),
        moment("at"),
        text("by"),
        text("role"),
        text("on_behalf_of"),
        text("text"),
        flag("agreed"),
        text("kind"),
        text("department"),
        text("outcome"),
        text("complaint_id"),
    ),
    personal=frozenset({"text"}),
    indexes=(("contact_id",),),
)

STEPS: Final[Mapping[type[Event], str]] = {
    ContactRecorded: "recorded",
    ContactAnswered: "answered",
    ContactPassedOn: "passed_on",
    ContactHandled: "handled",
    ContactReviewed: "reviewed",
    ContactCalledBack: "called_back",
    ContactReclassified: "reclassified",
    ContactBecameComplaint: "became_complaint",
    ContactArchived: "archived",
}
_TEXT: Final = ("content", "answer", "remark", "words", "reasons")
_AGREED: Final = ("satisfied", "passed")


class Step(BaseModel):
    """One step, as it was written down."""

    step: str = Field(description=f"One of: {', '.join(STEPS.values())}.")
    at: datetime
    by: str
    role: str | None = Field(description="In which role they acted.")
    on_behalf_of: str | None = Field(description="For whom they acted, if for another.")
    text: str | None = Field(description="Content, answer, remark, words or reasons; null once the person is erased.")
    agreed: bool | None = Field(description="Satisfied, or passed by the review.")
    kind: str | None = Field(description="Enquiry or service, where this step says so.")
    department: str | None
    outcome: str | None = Field(description="How a call ended, or the whole.")
    complaint_id: str | None


@VIEW.on(*STEPS)
def taken(event: Event, at: At) -> Upsert:
    """A row of its own; six digits keep the rows of a contact in the order of its stream."""
    envelope = at.envelope
    complaint = getattr(event, "complaint", None)
    return Upsert(
        f"{at.subject_id}/{at.version:06d}",
        contact_id=at.subject_id,
        step=STEPS[type(event)],
        at=event.at,
        by=event.by,
        role=envelope.role if envelope else None,
        on_behalf_of=envelope.on_behalf_of if envelope else None,
        text=_first(event, _TEXT),
        agreed=_first(event, _AGREED),
        kind=getattr(event, "kind", None),
        department=getattr(event, "department", None),
        outcome=_first(event, ("outcome", "ending")),
        complaint_id=None if complaint is None else str(complaint),
    )


def _first(event: Event, names: tuple[str, ...]) -> object:
    return next((value for name in names if (value := getattr(event, name, None)) is not None), None)


VIEW.ask(
    Question(
        path="/contacts/{contact_id}/records",
        may=MAY,
        model=Step,
        summary="The service record of one enquiry or service request, in order.",
        purpose=True,
    )
)
