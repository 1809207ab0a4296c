"""Facts of intake: 投诉受理 registration and 投诉判断 judgement (domain 4.2)."""

from typing import Literal

from pydantic import Field

from shared.events.base import ComplaintEvent
from shared.events.vocabulary import (
    Channel,
    Code,
    DepartmentId,
    ExternalReference,
    Instant,
    PersonSubject,
    Reference,
    Severity,
    StaffId,
)
from shared.privacy.personal import Personal


class FromIntake(ComplaintEvent, source="intake"):
    """A fact that intake alone may state."""


class ComplaintRegistered(FromIntake, wire="complaint.registered", critical=True, term="投诉登记"):
    """A complaint entered the register 《顾客投诉登记表》 (F03). The clock runs from `received_at`."""

    number: str = Field(pattern=r"^[0-9A-Z]{4}-[0-9A-Z]{4}$")
    """What people call it by; unique for ever (a guard)."""
    person: PersonSubject
    complainant: Personal
    contact: Personal | None = None
    proxy: Personal | None = None
    proxy_authority: Reference | None = None
    received_at: Instant
    channel: Channel
    content: Personal
    desired_remedy: Personal | None = None
    product: Personal | None = None
    """In the firm's or the source's own words; the code comes with classification."""
    external: ExternalReference | None = None
    source_fields: Personal | None = None
    """What the other system said besides, as JSON text, so that nothing of it is lost."""
    pack: Code = "house/1"


class ComplaintAcknowledged(FromIntake, wire="complaint.acknowledged", term="受理告知"):
    """The customer was told that the complaint is in hand. Once a cycle."""

    channel: Channel
    proof: Reference


class ComplaintClassified(FromIntake, wire="complaint.classified", critical=True, term="投诉分类"):
    """Ordinary or special, which business, who is complained of (F17 to F19)."""

    category: Code
    severity: Severity
    reasons: tuple[Code, ...] = ()
    """Why special; empty for an ordinary complaint."""
    vulnerable: bool = False
    restricted: bool = False
    """Only the department that handles it, its approvers and compliance may read it (N16)."""
    complained_of: tuple[StaffId, ...] = ()


class ComplaintEstablished(FromIntake, wire="complaint.established", critical=True, term="投诉成立"):
    """Both tests of F04 answered yes; the customer was asked for time (F07)."""

    grounds: Personal
    demand: Personal
    department: DepartmentId
    days_asked: int = Field(ge=1, le=365)


class RejectionProposed(FromIntake, wire="complaint.rejection-proposed", critical=True, term="拟不成立"):
    """The first of two persons finds the complaint not established, with reasons (N9)."""

    grounds: Personal
    demand: Personal
    reasons: Personal
    department: DepartmentId
    """The department complained of; the second person may not belong to it either."""


class RejectionReturned(FromIntake, wire="complaint.rejection-returned", critical=True, term="退回重判"):
    """The second person does not agree: the complaint is to be judged anew."""

    reasons: Personal


class ComplaintNotEstablished(FromIntake, wire="complaint.not-established", critical=True, term="投诉不成立"):
    """Two persons agree that it is not established. The courteous reply and a callback still follow."""

    judged_by: StaffId
    reasons: Personal


class ResponsibleDepartmentAssigned(
    FromIntake, wire="complaint.department-assigned", critical=True, term="确定责任部门"
):
    """Which department answers for it (F06), and who of the staff may not touch it (recusal 回避)."""

    department: DepartmentId
    recused: tuple[StaffId, ...] = ()


class CourtesyReplySent(FromIntake, wire="complaint.courtesy-reply-sent", critical=True, term="婉转答复"):
    """The reasoned, courteous reply left the house (F05). It ends intake's part and triggers the callback."""

    letter: Personal
    channel: Channel
    proof: Reference
    handled_by: tuple[StaffId, ...]
    """Everyone who acted so far: none of them may make the callback (N8)."""
    restricted: bool = False
    severity: Severity = "ordinary"
    outcome: Literal["not_established"] = "not_established"


IntakeEvent = (
    ComplaintRegistered
    | ComplaintAcknowledged
    | ComplaintClassified
    | ComplaintEstablished
    | RejectionProposed
    | RejectionReturned
    | ComplaintNotEstablished
    | ResponsibleDepartmentAssigned
    | CourtesyReplySent
)
