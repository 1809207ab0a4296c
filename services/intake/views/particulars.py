"""What the complaint says and what was written on judging it: the long texts, kept out of the lists."""

from datetime import datetime

from pydantic import BaseModel, Field

from shared.events.callback import ComplaintReopened
from shared.events.intake import (
    ComplaintClassified,
    ComplaintEstablished,
    ComplaintNotEstablished,
    ComplaintRegistered,
    CourtesyReplySent,
    RejectionProposed,
    RejectionReturned,
    ResponsibleDepartmentAssigned,
)
from shared.projections.scope import STAFF, unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text, texts

_PERSONAL = (
    "content",
    "desired_remedy",
    "proxy",
    "grounds",
    "demand",
    "rejection_reasons",
    "return_reasons",
    "confirmation_reasons",
    "letter",
    "reopening_explanation",
)

VIEW = View(
    "particulars",
    version=1,
    columns=(
        text("complaint_id"),
        *(text(name) for name in _PERSONAL),
        text("proxy_authority"),
        texts("special_reasons"),
        texts("complained_of"),
        number("judged_in_cycle"),
        text("judged_by"),
        text("confirmed_by"),
        number("days_asked"),
        flag("restricted"),
        text("department"),
        moment("updated_at"),
    ),
    personal=frozenset(_PERSONAL),
)


class Particulars(BaseModel):
    """The texts of one complaint. Personal ones are null where there are none, or once the person is erased."""

    complaint_id: str
    content: str | None = Field(description="What the customer complains of, in their words.")
    desired_remedy: str | None = Field(description="What the customer asks for.")
    proxy: str | None = Field(description="Who complains for the complainant.")
    proxy_authority: str | None = Field(description="Reference of the proxy's authority.")
    special_reasons: list[str] | None = Field(description="Codes of why it is special.")
    complained_of: list[str] | None = Field(description="Staff complained of, by id.")
    judged_in_cycle: int | None = Field(description="The cycle of the judgement that follows.")
    judged_by: str | None
    grounds: str | None = Field(description="First test of F04: are the grounds sufficient?")
    demand: str | None = Field(description="Second test of F04: is the demand reasonable?")
    days_asked: int | None = Field(description="For how many days the customer was asked, if established.")
    rejection_reasons: str | None = Field(description="Why the judge finds it not established.")
    return_reasons: str | None = Field(description="Why the last proposed rejection was sent back.")
    confirmed_by: str | None = Field(description="The second person, who agreed that it is not established.")
    confirmation_reasons: str | None
    letter: str | None = Field(description="The last courtesy reply.")
    reopening_explanation: str | None = Field(description="Why it was last reopened.")
    restricted: bool
    department: str | None = Field(description="The responsible department, once established.")
    updated_at: datetime


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        content=event.content,
        desired_remedy=event.desired_remedy,
        proxy=event.proxy,
        proxy_authority=event.proxy_authority,
        restricted=False,
        updated_at=at.recorded,
    )


@VIEW.on(ComplaintClassified)
def classified(event: ComplaintClassified, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        special_reasons=list(event.reasons),
        complained_of=list(event.complained_of),
        restricted=event.restricted,
        updated_at=at.recorded,
    )


@VIEW.on(ComplaintEstablished)
def established(event: ComplaintEstablished, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        judged_in_cycle=event.cycle,
        judged_by=event.by,
        grounds=event.grounds,
        demand=event.demand,
        days_asked=event.days_asked,
        rejection_reasons=None,
        confirmed_by=None,
        confirmation_reasons=None,
        department=event.department,
        updated_at=at.recorded,
    )


@VIEW.on(RejectionProposed)
def rejection_proposed(event: RejectionProposed, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        judged_in_cycle=event.cycle,
        judged_by=event.by,
        grounds=event.grounds,
        demand=event.demand,
        days_asked=None,
        rejection_reasons=event.reasons,
        confirmed_by=None,
        confirmation_reasons=None,
        updated_at=at.recorded,
    )


@VIEW.on(RejectionReturned)
def rejection_returned(event: RejectionReturned, at: At) -> Upsert:
    return Upsert(at.subject_id, return_reasons=event.reasons, updated_at=at.recorded)


@VIEW.on(ComplaintNotEstablished)
def not_established(event: ComplaintNotEstablished, at: At) -> Upsert:
    return Upsert(at.subject_id, confirmed_by=event.by, confirmation_reasons=event.reasons, updated_at=at.recorded)


@VIEW.on(ResponsibleDepartmentAssigned)
def assigned(event: ResponsibleDepartmentAssigned, at: At) -> Upsert:
    return Upsert(at.subject_id, department=event.department, updated_at=at.recorded)


@VIEW.on(CourtesyReplySent)
def replied(event: CourtesyReplySent, at: At) -> Upsert:
    return Upsert(at.subject_id, letter=event.letter, updated_at=at.recorded)


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    """What was written on judging it stays to be read; `judged_in_cycle` says that it is of an earlier cycle."""
    change = Upsert(at.subject_id, reopening_explanation=event.explanation, updated_at=at.recorded)
    if event.stage == "judgement":
        change.values |= {"department": None}
    return change


VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/particulars",
        may=STAFF,
        model=Particulars,
        summary="What one complaint says, and what was written on judging it.",
        one=True,
        where=unrestricted,
    )
)
