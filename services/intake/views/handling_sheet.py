"""投诉处理单 The handling sheet of a special complaint: all that intake knows of it, to be printed and passed on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, get_args

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_

from shared.events.callback import ComplaintReopened
from shared.events.intake import (
    Classified,
    ComplaintDowngraded,
    ComplaintEscalatedToSpecial,
    ComplaintEstablished,
    ComplaintHandedOver,
    ComplaintNotEstablished,
    ComplaintRegistered,
    ComplaintReportedUpward,
    ComplaintTakenOver,
    ComplianceSignedOff,
    CourtesyReplySent,
    CustomerChased,
    IntakeEvent,
    JudgementOverturned,
    RegistrationCorrected,
    RejectionProposed,
    RejectionReturned,
    ResponsibleDepartmentAssigned,
)
from shared.events.investigation import ConflictDeclared
from shared.events.vocabulary import SYSTEM, Channel
from shared.privacy.personal import Personal
from shared.projections.scope import STAFF, conflict_declared, unrestricted
from shared.projections.view import (
    Add,
    Append,
    At,
    Question,
    Upsert,
    View,
    flag,
    minor_units,
    moment,
    number,
    text,
    texts,
)

_PERSONAL = (
    "complainant", "contact", "content", "desired_remedy", "product", "why_special", "why_ordinary", "why_reported",
    "grounds", "demand", "rejection_reasons", "letter", "why_reopened",
)  # fmt: skip

VIEW = View(
    "handling_sheet",
    version=2,
    columns=(
        text("complaint_id"),
        text("number"),
        text("person"),
        *(text(name) for name in _PERSONAL),
        text("channel"),
        moment("received_at"),
        minor_units("claimed"),
        text("claimed_currency"),
        number("joint"),
        text("regulator_reference"),
        flag("special"),
        flag("sheet"),
        texts("reasons"),
        text("category"),
        flag("urgent"),
        flag("vulnerable"),
        texts("complained_of"),
        number("chased"),
        number("reported_upward"),
        text("reported_to"),
        flag("emergency"),
        text("verdict"),
        text("judged_by"),
        text("confirmed_by"),
        text("overturned_by"),
        texts("signed_off_by"),
        text("owner"),
        texts("handled_by"),
        number("cycle"),
        text("department"),
        flag("restricted"),
        texts("conflicted"),
        moment("updated_at"),
    ),
    personal=frozenset(_PERSONAL),
    indexes=(("special", "received_at"),),
)


class OnTheList(BaseModel):
    """A special complaint among others, without the words of anybody."""

    complaint_id: str
    number: str
    received_at: datetime
    reasons: list[str] | None = Field(description="Codes of why it is special.")
    category: str | None
    urgent: bool
    reported_upward: int = Field(description="How often it was reported to a role above.")
    emergency: bool = Field(description="Reported upward as an emergency.")
    verdict: Literal["established", "rejection_proposed", "not_established"] | None
    owner: str | None
    department: str | None
    restricted: bool
    cycle: int


class Sheet(OnTheList):
    """The whole sheet (F19, F27). Personal texts are null where there are none, or once the person is erased."""

    person: str
    complainant: str | None
    contact: str | None
    channel: Channel
    content: str | None
    desired_remedy: str | None
    product: str | None
    claimed: int | None = Field(description="In the currency's minor unit.")
    claimed_currency: str | None
    joint: int
    regulator_reference: str | None
    why_special: str | None = Field(description="The explanation given when it was made special.")
    why_ordinary: str | None = Field(description="Why it once was made ordinary again.")
    vulnerable: bool
    complained_of: list[str] | None = Field(description="Staff complained of, by id.")
    chased: int = Field(description="How often the customer had to ask again.")
    reported_to: str | None = Field(description="The role above to which it was reported last.")
    why_reported: str | None
    judged_by: str | None
    grounds: str | None
    demand: str | None
    rejection_reasons: str | None
    confirmed_by: str | None
    overturned_by: str | None
    letter: str | None
    signed_off_by: list[str] | None = Field(description="Who of compliance signed something on it.")
    handled_by: list[str] | None = Field(description="Everyone who acted on it at intake, in any cycle.")
    why_reopened: str | None
    updated_at: datetime


@VIEW.on(*get_args(IntakeEvent))
def stated(event: IntakeEvent, at: At) -> list[Upsert]:
    """Whatever is stated, whoever stated it has handled the case."""
    values = _values(event) | {"complaint_id": at.subject_id, "updated_at": at.recorded}
    if event.by != SYSTEM:
        values["handled_by"] = Append(event.by)
    reasons = event.reasons if isinstance(event, ComplaintEscalatedToSpecial) else ()
    return [Upsert(at.subject_id, **values), *(Upsert(at.subject_id, reasons=Append(reason)) for reason in reasons)]


def _values(event: IntakeEvent) -> dict[str, Any]:
    match event:
        case ComplaintRegistered():
            return _registered(event)
        case RegistrationCorrected():
            return _corrected(event)
        case ComplaintTakenOver():
            return {"department": event.department}
        case Classified():
            return _classified(event)
        case _:
            return _followed(event) or _judged(event)


def _followed(event: IntakeEvent) -> dict[str, Any]:
    match event:
        case ComplaintEscalatedToSpecial():
            return {"special": True, "sheet": True, "why_special": event.explanation}
        case ComplaintDowngraded():
            return {"special": False, "why_ordinary": event.reasons, "reasons": []}
        case ComplianceSignedOff():
            return {"signed_off_by": Append(event.by)}
        case ComplaintReportedUpward():
            urgent = {"emergency": True} if event.emergency else {}
            return {"reported_upward": Add(1), "reported_to": event.to, "why_reported": event.reasons, **urgent}
        case CustomerChased():
            return {"chased": Add(1)}
        case ComplaintHandedOver():
            return {"owner": event.to}
        case _:
            return {}


def _judged(event: IntakeEvent) -> dict[str, Any]:
    match event:
        case ComplaintEstablished():
            return {**_judgement(event, "established"), "department": event.department}
        case RejectionProposed():
            return {**_judgement(event, "rejection_proposed"), "rejection_reasons": event.reasons}
        case RejectionReturned():
            return {"verdict": None}
        case ComplaintNotEstablished():
            return {"verdict": "not_established", "confirmed_by": event.by}
        case JudgementOverturned():
            both = {"judged_by": event.judged_by, "confirmed_by": event.confirmed_by, "overturned_by": event.by}
            said = {"verdict": "established", "grounds": event.grounds, "demand": event.demand}
            return {**said, **both, "department": event.department}
        case ResponsibleDepartmentAssigned():
            return {"department": event.department}
        case CourtesyReplySent():
            return {"letter": event.letter}
        case _:
            return {}


def _registered(event: ComplaintRegistered) -> dict[str, Any]:
    words = ("complainant", "contact", "content", "desired_remedy", "product")
    return {
        **{name: getattr(event, name) for name in words},
        "number": event.number,
        "person": event.person,
        "channel": event.channel,
        "received_at": event.received_at,
        "claimed": event.claimed.minor if event.claimed else None,
        "claimed_currency": event.claimed.currency if event.claimed else None,
        "joint": event.joint,
        "regulator_reference": event.regulator_reference,
        "special": False,
        "sheet": False,
        "urgent": False,
        "vulnerable": False,
        "chased": 0,
        "reported_upward": 0,
        "emergency": False,
        "owner": None if event.by == SYSTEM else event.by,
        "cycle": event.cycle,
        "restricted": False,
    }


def _corrected(event: RegistrationCorrected) -> dict[str, Any]:
    match event.field:
        case "complainant" | "contact" | "content" | "desired_remedy" | "product":
            return {event.field: event.text}
        case "channel" | "received_at" | "person":
            return {event.field: getattr(event, event.field)}
        case "claimed":
            claimed = event.claimed
            return {
                "claimed": claimed.minor if claimed else None,
                "claimed_currency": claimed.currency if claimed else None,
            }
        case _:
            return {}


def _classified(event: Classified) -> dict[str, Any]:
    explanation: Personal | None = getattr(event, "explanation", None)
    return {
        "special": event.severity == "special",
        "reasons": list(event.reasons),
        "category": event.category,
        "urgent": event.urgent,
        "vulnerable": event.vulnerable,
        "complained_of": list(event.complained_of),
        "restricted": event.restricted,
        **({"sheet": True} if event.severity == "special" else {}),
        **({"why_special": explanation} if explanation is not None and event.severity == "special" else {}),
    }


def _judgement(event: ComplaintEstablished | RejectionProposed, verdict: str) -> Mapping[str, Any]:
    return {
        "verdict": verdict,
        "judged_by": event.by,
        "grounds": event.grounds,
        "demand": event.demand,
        "rejection_reasons": None,
        "confirmed_by": None,
        "overturned_by": None,
    }


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    values: dict[str, Any] = {"cycle": event.cycle, "why_reopened": event.explanation}
    if event.special:
        values |= {"special": True, "sheet": True}
    if event.stage == "judgement":
        values |= {"department": None, "verdict": None}
    return Upsert(at.subject_id, **values, updated_at=at.recorded)


def of_special(table: Table, actor: Any) -> ColumnElement[bool]:
    """The complaints that are special now."""
    scope = unrestricted(table, actor)
    special = table.c.special.is_(True)
    return special if scope is None else and_(special, scope)


def with_a_sheet(table: Table, actor: Any) -> ColumnElement[bool]:
    """Those that ever were special: the sheet of one made ordinary says why it was."""
    scope = unrestricted(table, actor)
    sheet = table.c.sheet.is_(True)
    return sheet if scope is None else and_(sheet, scope)


VIEW.on(ConflictDeclared)(conflict_declared)

VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/handling-sheet",
        may=STAFF,
        model=Sheet,
        summary="The handling sheet of one special complaint.",
        one=True,
        where=with_a_sheet,
        purpose=True,
    )
)
VIEW.ask(
    Question(
        path="/worklists/special",
        may=STAFF,
        model=OnTheList,
        summary="The special complaints, the oldest first.",
        filters=("category", "department", "urgent", "emergency", "owner", "verdict"),
        several=("reasons",),
        order="received_at",
        where=of_special,
    )
)
