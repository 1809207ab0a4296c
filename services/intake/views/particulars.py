"""What the complaint says and what was written on judging it: the long texts, kept out of the lists."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, computed_field

from shared.events.callback import ComplaintReopened
from shared.events.intake import (
    Classified,
    ComplaintClassified,
    ComplaintEstablished,
    ComplaintNotEstablished,
    ComplaintReclassified,
    ComplaintReferred,
    ComplaintRegistered,
    ComplaintTakenOver,
    CourtesyReplySent,
    JudgementOverturned,
    RegisteredInError,
    RegistrationCorrected,
    RejectionProposed,
    RejectionReturned,
    ResponsibleDepartmentAssigned,
    VoidingDeclined,
    VoidingProposed,
    WithdrawalConfirmed,
    WithdrawalDisputed,
    WithdrawalRequested,
)
from shared.events.investigation import ConflictDeclared
from shared.events.vocabulary import Channel
from shared.projections.scope import STAFF, conflict_declared, unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, minor_units, moment, number, text, texts

_REPRESENTATIVES = tuple(f"representative_{place}" for place in range(1, 6))
"""At most five speak for a group (No.3 Art. 12)."""

_REGISTERED = ("complainant", "contact", "content", "desired_remedy", "product", "proxy")
"""What stands in the register in words, and may be corrected there."""

_PERSONAL = (
    *_REGISTERED,
    *_REPRESENTATIVES,
    "source_fields",
    "earlier",
    "correction_reasons",
    "explanation",
    "grounds",
    "demand",
    "rejection_reasons",
    "return_reasons",
    "confirmation_reasons",
    "overturning_reasons",
    "letter",
    "referred_to",
    "referral_reasons",
    "withdrawal_words",
    "confirmed_words",
    "voiding_reasons",
    "voiding_answer",
    "reopening_explanation",
)

VIEW = View(
    "particulars",
    version=3,
    columns=(
        text("complaint_id"),
        *(text(name) for name in _PERSONAL),
        text("number"),
        text("channel"),
        text("external_source"),
        text("external_id"),
        moment("received_at"),
        moment("happened_at"),
        minor_units("claimed"),
        text("claimed_currency"),
        text("proxy_authority"),
        text("authority_kind"),
        number("joint"),
        text("regulator_reference"),
        moment("regulator_received_at"),
        text("time_zone"),
        text("call_from"),
        text("call_until"),
        text("language"),
        texts("special_reasons"),
        texts("complained_of"),
        text("alleged_cause"),
        number("judged_in_cycle"),
        text("judged_by"),
        text("confirmed_by"),
        text("overturned_by"),
        number("days_asked"),
        flag("restricted"),
        texts("conflicted"),
        text("department"),
        moment("updated_at"),
    ),
    personal=frozenset(_PERSONAL),
)


class Particulars(BaseModel):
    """The texts of one complaint. Personal ones are null where there are none, or once the person is erased."""

    complaint_id: str
    number: str
    complainant: str | None = Field(description="Null too if the customer's file alone says it.")
    contact: str | None
    content: str | None = Field(description="What the customer complains of, in their words.")
    desired_remedy: str | None = Field(description="What the customer asks for.")
    product: str | None
    claimed: int | None = Field(description="What the customer asks for, in the currency's minor unit.")
    claimed_currency: str | None
    channel: Channel
    received_at: datetime
    happened_at: datetime | None
    proxy: str | None = Field(description="Who complains for the complainant.")
    proxy_authority: str | None = Field(description="Reference of the proxy's authority.")
    authority_kind: str | None = Field(description="By power of attorney (proxy), as heir or as guardian.")
    joint: int = Field(description="How many complain together.")
    representative_1: str | None = Field(exclude=True)
    representative_2: str | None = Field(exclude=True)
    representative_3: str | None = Field(exclude=True)
    representative_4: str | None = Field(exclude=True)
    representative_5: str | None = Field(exclude=True)
    regulator_reference: str | None
    regulator_received_at: datetime | None = Field(description="When the regulator had it.")
    time_zone: str = Field(description="Where the customer is, for the hours in which they may be called.")
    call_from: str | None = Field(description="The customer wants to be called between this time of day")
    call_until: str | None = Field(description="and this one, at their place.")
    language: str
    external_source: str | None
    external_id: str | None
    source_fields: str | None = Field(description="What another system said besides, as JSON.")
    earlier: str | None = Field(description="What had happened in the old system that it was taken over from.")
    correction_reasons: str | None = Field(description="Why the register was last corrected.")
    special_reasons: list[str] | None = Field(description="Codes of why it was classified as special.")
    complained_of: list[str] | None = Field(description="Staff complained of, by id.")
    alleged_cause: str | None = Field(description="What the customer holds to be the cause.")
    explanation: str | None = Field(description="Why it was last classified anew.")
    judged_in_cycle: int | None = Field(description="The cycle of the judgement that follows.")
    judged_by: str | None
    grounds: str | None = Field(description="First test of F04: are the grounds sufficient?")
    demand: str | None = Field(description="Second test of F04: is the demand reasonable?")
    days_asked: int | None = Field(description="For how many days the customer was asked, if established.")
    rejection_reasons: str | None = Field(description="Why the judge finds it not established.")
    return_reasons: str | None = Field(description="Why the last proposed rejection was sent back.")
    confirmed_by: str | None = Field(description="The second person, who agreed that it is not established.")
    confirmation_reasons: str | None
    overturned_by: str | None = Field(description="The department lead who found it established after all.")
    overturning_reasons: str | None
    letter: str | None = Field(description="The last courtesy reply, or the letter that referred the customer.")
    referred_to: str | None
    referral_reasons: str | None
    withdrawal_words: str | None = Field(description="What the customer said when they last asked to withdraw it.")
    confirmed_words: str | None = Field(description="What they said of that to somebody else.")
    voiding_reasons: str | None = Field(description="Why somebody proposed to void it.")
    voiding_answer: str | None = Field(description="What the second person said to that.")
    reopening_explanation: str | None = Field(description="Why it was last reopened.")
    restricted: bool
    department: str | None = Field(description="The responsible department, once established.")
    updated_at: datetime

    @computed_field(description="Who speaks for a group.")  # type: ignore[prop-decorator]
    @property
    def representatives(self) -> list[str]:
        named = (getattr(self, name) for name in _REPRESENTATIVES)
        return [name for name in named if name is not None]


def _row(at: At, **values: Any) -> Upsert:
    return Upsert(at.subject_id, **values, updated_at=at.recorded)


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert:
    return _row(
        at,
        complaint_id=at.subject_id,
        **{name: getattr(event, name) for name in _REGISTERED},
        **dict(zip(_REPRESENTATIVES, event.representatives, strict=False)),
        number=event.number,
        channel=event.channel,
        received_at=event.received_at,
        happened_at=event.happened_at,
        claimed=event.claimed.minor if event.claimed else None,
        claimed_currency=event.claimed.currency if event.claimed else None,
        proxy_authority=event.proxy_authority,
        authority_kind=event.authority_kind,
        joint=event.joint,
        regulator_reference=event.regulator_reference,
        regulator_received_at=event.regulator_received_at,
        time_zone=event.time_zone,
        call_from=event.call_hours.begin if event.call_hours else None,
        call_until=event.call_hours.end if event.call_hours else None,
        language=event.language,
        external_source=event.external.source if event.external else None,
        external_id=event.external.id if event.external else None,
        source_fields=event.source_fields,
        restricted=False,
    )


@VIEW.on(ComplaintTakenOver)
def taken_over(event: ComplaintTakenOver, at: At) -> Upsert:
    return _row(at, earlier=event.earlier, department=event.department)


@VIEW.on(RegistrationCorrected)
def corrected(event: RegistrationCorrected, at: At) -> Upsert:
    values: dict[str, Any] = {}
    match event.field:
        case "channel" | "received_at" | "happened_at" | "time_zone" | "language":
            values = {event.field: getattr(event, event.field)}
        case "claimed":
            claimed = event.claimed
            values = {
                "claimed": claimed.minor if claimed else None,
                "claimed_currency": claimed.currency if claimed else None,
            }
        case "call_hours":
            hours = event.call_hours
            values = {"call_from": hours.begin if hours else None, "call_until": hours.end if hours else None}
        case "person":
            pass
        case _:
            values = {event.field: event.text}
    return _row(at, **values, correction_reasons=event.reasons)


@VIEW.on(ComplaintClassified, ComplaintReclassified)
def classified(event: Classified, at: At) -> Upsert:
    change = _row(
        at,
        special_reasons=list(event.reasons),
        complained_of=list(event.complained_of),
        alleged_cause=event.alleged_cause,
        restricted=event.restricted,
    )
    if isinstance(event, ComplaintReclassified):
        change.values |= {"explanation": event.explanation}
    return change


@VIEW.on(ComplaintEstablished)
def established(event: ComplaintEstablished, at: At) -> Upsert:
    return _judged(event, at, days_asked=event.days_asked, rejection_reasons=None, department=event.department)


@VIEW.on(RejectionProposed)
def rejection_proposed(event: RejectionProposed, at: At) -> Upsert:
    return _judged(event, at, days_asked=None, rejection_reasons=event.reasons)


def _judged(event: ComplaintEstablished | RejectionProposed, at: At, **values: Any) -> Upsert:
    """A judgement of its own: nothing of an earlier one stands beside it."""
    return _row(
        at,
        judged_in_cycle=event.cycle,
        judged_by=event.by,
        grounds=event.grounds,
        demand=event.demand,
        confirmed_by=None,
        confirmation_reasons=None,
        overturned_by=None,
        overturning_reasons=None,
        **values,
    )


@VIEW.on(RejectionReturned)
def rejection_returned(event: RejectionReturned, at: At) -> Upsert:
    return _row(at, return_reasons=event.reasons)


@VIEW.on(ComplaintNotEstablished)
def not_established(event: ComplaintNotEstablished, at: At) -> Upsert:
    return _row(at, confirmed_by=event.by, confirmation_reasons=event.reasons)


@VIEW.on(JudgementOverturned)
def overturned(event: JudgementOverturned, at: At) -> Upsert:
    """What the two had written stays to be read beside why it does not hold."""
    return _row(
        at,
        overturned_by=event.by,
        overturning_reasons=event.reasons,
        grounds=event.grounds,
        demand=event.demand,
        days_asked=event.days_asked,
        department=event.department,
    )


@VIEW.on(ResponsibleDepartmentAssigned)
def assigned(event: ResponsibleDepartmentAssigned, at: At) -> Upsert:
    return _row(at, department=event.department)


@VIEW.on(CourtesyReplySent)
def replied(event: CourtesyReplySent, at: At) -> Upsert:
    return _row(at, letter=event.letter)


@VIEW.on(ComplaintReferred)
def referred(event: ComplaintReferred, at: At) -> Upsert:
    return _row(at, letter=event.letter, referred_to=event.to, referral_reasons=event.reasons)


@VIEW.on(WithdrawalRequested)
def withdrawal_requested(event: WithdrawalRequested, at: At) -> Upsert:
    return _row(at, withdrawal_words=event.words, confirmed_words=None)


@VIEW.on(WithdrawalConfirmed, WithdrawalDisputed)
def withdrawal_answered(event: WithdrawalConfirmed | WithdrawalDisputed, at: At) -> Upsert:
    return _row(at, confirmed_words=event.words)


@VIEW.on(VoidingProposed)
def voiding_proposed(event: VoidingProposed, at: At) -> Upsert:
    return _row(at, voiding_reasons=event.reasons, voiding_answer=None)


@VIEW.on(VoidingDeclined, RegisteredInError)
def voiding_answered(event: VoidingDeclined | RegisteredInError, at: At) -> Upsert:
    return _row(at, voiding_answer=event.reasons)


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    """What was written on judging it stays to be read; `judged_in_cycle` says that it is of an earlier cycle."""
    change = _row(at, reopening_explanation=event.explanation)
    if event.stage == "judgement":
        change.values |= {"department": None}
    return change


VIEW.on(ConflictDeclared)(conflict_declared)

VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/particulars",
        may=STAFF,
        model=Particulars,
        summary="What one complaint says, and what was written on judging it.",
        one=True,
        where=unrestricted,
        purpose=True,
    )
)
