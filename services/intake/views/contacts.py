"""咨询与服务 How far each enquiry and each service request is, who keeps track of it, and what waits."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table

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
from shared.events.vocabulary import SYSTEM, Channel, ContactKind
from shared.projections.scope import STAFF
from shared.projections.view import Add, At, Question, Upsert, View, moment, number, text

MAY = (*STAFF, "regulator_desk")

VIEW = View(
    "contacts",
    version=1,
    columns=(
        text("contact_id"),
        text("number"),
        text("kind"),
        text("status"),
        text("person_id"),
        text("caller"),
        text("owner"),
        text("department"),
        text("channel"),
        text("category"),
        moment("received_at"),
        moment("recorded_at"),
        text("handled_by"),
        number("calls"),
        text("ending"),
        text("complaint_id"),
        text("from_complaint"),
        moment("updated_at"),
    ),
    personal=frozenset({"caller"}),
    indexes=(("received_at",), ("status",), ("owner",), ("department",), ("number",), ("person_id",)),
)


Status = Literal[
    "open", "unsatisfied", "passed_on", "returned", "handled", "reviewed", "dissatisfied", "archived",
]  # fmt: skip


class Enquiry(BaseModel):
    """An enquiry or a service request. What was said and done stands in its service record."""

    contact_id: str
    number: str = Field(description="What people call it by, CXXXX-XXXX.")
    kind: ContactKind
    status: Status = Field(
        description="unsatisfied: with an answer; dissatisfied: when called back; returned: by the review; handled: "
        "waits for its review; reviewed: waits for the callback."
    )
    person_id: str = Field(description="The customer's file, if they have one.")
    caller: str | None = Field(description="Who called, as it was written down; null once the person is erased.")
    owner: str | None = Field(description="Who keeps track of it for the customer until it is solved.")
    department: str | None = Field(description="Where it was passed on to.")
    channel: Channel
    category: str | None
    received_at: datetime
    recorded_at: datetime
    handled_by: str | None = Field(description="Who last gave the service: another reviews it and calls back.")
    calls: int = Field(description="How often the customer was called back, or tried to be.")
    ending: Literal["answered", "service_given", "became_complaint"] | None
    complaint_id: str | None = Field(description="The complaint that it became.")
    from_complaint: str | None = Field(description="The complaint that was registered for it in error.")
    updated_at: datetime


@VIEW.on(ContactRecorded)
def recorded(event: ContactRecorded, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        contact_id=at.subject_id,
        number=event.number,
        kind=event.kind,
        status="open",
        person_id=event.person.partition(":")[2],
        caller=event.caller,
        owner=None if event.by == SYSTEM else event.by,
        channel=event.channel,
        category=event.category,
        received_at=event.received_at,
        recorded_at=at.recorded,
        calls=0,
        from_complaint=None if event.from_complaint is None else str(event.from_complaint),
        updated_at=at.recorded,
    )


@VIEW.on(ContactAnswered)
def answered(event: ContactAnswered, at: At) -> Upsert:
    status = {} if event.satisfied else {"status": "unsatisfied"}
    return Upsert(at.subject_id, updated_at=at.recorded, **status)


@VIEW.on(ContactPassedOn)
def passed_on(event: ContactPassedOn, at: At) -> Upsert:
    return Upsert(at.subject_id, status="passed_on", department=event.department, updated_at=at.recorded)


@VIEW.on(ContactHandled)
def handled(event: ContactHandled, at: At) -> Upsert:
    return Upsert(at.subject_id, status="handled", handled_by=event.by, updated_at=at.recorded)


@VIEW.on(ContactReviewed)
def reviewed(event: ContactReviewed, at: At) -> Upsert:
    return Upsert(at.subject_id, status="reviewed" if event.passed else "returned", updated_at=at.recorded)


@VIEW.on(ContactCalledBack)
def called_back(event: ContactCalledBack, at: At) -> Upsert:
    status = {"status": "dissatisfied"} if event.satisfied is False else {}
    return Upsert(at.subject_id, calls=Add(1), updated_at=at.recorded, **status)


@VIEW.on(ContactReclassified)
def reclassified(event: ContactReclassified, at: At) -> Upsert:
    return Upsert(at.subject_id, kind=event.kind, updated_at=at.recorded)


@VIEW.on(ContactBecameComplaint)
def became_complaint(event: ContactBecameComplaint, at: At) -> Upsert:
    return Upsert(at.subject_id, complaint_id=str(event.complaint), updated_at=at.recorded)


@VIEW.on(ContactArchived)
def archived(event: ContactArchived, at: At) -> Upsert:
    return Upsert(at.subject_id, status="archived", ending=event.ending, updated_at=at.recorded)


def waiting(table: Table, _: Any) -> ColumnElement[bool]:
    """Whatever is not archived waits for somebody."""
    return table.c.status != "archived"


VIEW.ask(
    Question(
        path="/contacts/{contact_id}",
        may=MAY,
        model=Enquiry,
        summary="One enquiry or service request.",
        one=True,
    )
)
VIEW.ask(
    Question(
        path="/contacts",
        may=MAY,
        model=Enquiry,
        summary="All enquiries and service requests, the latest received first.",
        filters=("status", "kind", "owner", "department", "channel", "category", "number", "person_id"),
        ranges=("received_at",),
        order="received_at",
        descending=True,
    )
)
VIEW.ask(
    Question(
        path="/worklists/contacts",
        may=MAY,
        model=Enquiry,
        summary="What is not settled, the longest waiting first.",
        filters=("status", "kind", "owner", "department", "channel"),
        order="received_at",
        where=waiting,
    )
)
