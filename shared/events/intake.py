"""Facts of intake: 投诉受理 registration and 投诉判断 judgement (domain 4.2)."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events.base import ComplaintEvent
from shared.events.vocabulary import (
    AuthorityKind,
    Channel,
    Code,
    DepartmentId,
    Evidence,
    ExternalReference,
    Hours,
    Instant,
    Language,
    Money,
    PersonSubject,
    Reference,
    Severity,
    StaffId,
    TimeZone,
)
from shared.privacy.personal import Personal


class FromIntake(ComplaintEvent, source="intake"):
    """A fact that intake alone may state."""


class ComplaintRegistered(FromIntake, wire="complaint.registered", critical=True, term="投诉登记"):
    """A complaint entered the register 《顾客投诉登记表》 (F03). The clock runs from `received_at`."""

    number: str = Field(pattern=r"^[0-9A-Z]{4}-[0-9A-Z]{4}$")
    """What people call it by; unique for ever (a guard)."""
    person: PersonSubject
    complainant: Personal | None = None
    """None where the customer's file says it: nobody is asked again for what the firm knows (No.3 Art. 13)."""
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
    happened_at: Instant | None = None
    """When the matter complained of happened, as the customer says."""
    claimed: Money | None = None
    """What the customer asks for, in money."""
    authority_kind: AuthorityKind | None = None
    """Why the proxy may complain for the complainant (No.3 Art. 14)."""
    regulator_reference: Reference | None = None
    regulator_received_at: Instant | None = None
    """When the regulator had it, for one that a regulator handed over; `received_at` is when it reached the firm."""
    joint: int = Field(1, ge=1, le=100_000)
    """How many complain together of the same matter."""
    representatives: tuple[Personal, ...] = Field((), max_length=5)
    """Who speaks for a group: at most five (No.3 Art. 12)."""
    time_zone: TimeZone = "Asia/Shanghai"
    call_hours: Hours | None = None
    language: Language = "zh"
    from_contact: UUID | None = None
    """The enquiry or service request that it began as (F17)."""


class ComplaintTakenOver(FromIntake, wire="complaint.taken-over", critical=True, term="历史投诉接管"):
    """An open case of an old system goes on here in the middle of its life, marked as such for ever."""

    system: Code
    stage: Literal["acknowledged", "established", "resolved"]
    """How far it was there: to be judged, to be investigated, or to be called back."""
    department: DepartmentId | None = None
    earlier: Personal
    """What had happened there, told for the file."""
    earlier_actors: tuple[StaffId, ...] = Field((), max_length=50)
    """Who had handled it there, as far as they are on the staff here: four eyes count them too."""
    began_at: Instant


class RegistrationCorrected(FromIntake, wire="complaint.registration-corrected", critical=True, term="登记更正"):
    """A field of the register was wrong. The old value stays in the event that stated it (`replaces`)."""

    field: Literal[
        "complainant", "contact", "content", "desired_remedy", "product", "proxy", "channel", "received_at",
        "happened_at", "claimed", "time_zone", "call_hours", "language", "person",
    ]  # fmt: skip
    replaces: int = Field(ge=1, le=1_000_000)
    """The version in intake's stream of the event in which the old value stands."""
    reasons: Personal
    text: Personal | None = None
    """The new value of a field that holds a customer's words or data."""
    channel: Channel | None = None
    received_at: Instant | None = None
    happened_at: Instant | None = None
    claimed: Money | None = None
    time_zone: TimeZone | None = None
    call_hours: Hours | None = None
    language: Language | None = None
    person: PersonSubject | None = None
    """Whose complaint it really is: it was entered under another customer."""


class VoidingProposed(FromIntake, wire="complaint.voiding-proposed", critical=True, term="拟作废登记"):
    """The first of two persons says that this was registered in error."""

    reasons: Personal
    contact: UUID | None = None
    """The enquiry or service request that it really is."""
    duplicate_of: UUID | None = None


class VoidingDeclined(FromIntake, wire="complaint.voiding-declined", critical=True, term="不同意作废"):
    """The second person does not agree: it goes on."""

    reasons: Personal


class RegisteredInError(FromIntake, wire="complaint.registered-in-error", critical=True, term="登记作废"):
    """Two persons agree that it should not have been registered. Terminal; its number stays findable."""

    proposed_by: StaffId
    reasons: Personal
    contact: UUID | None = None
    duplicate_of: UUID | None = None


class NoteAdded(FromIntake, wire="complaint.note-added", term="备注"):
    """A remark on the case by somebody who works on it."""

    note: Code
    text: Personal


class NoteCorrected(FromIntake, wire="complaint.note-corrected", term="备注更正"):
    """A correction adds, never replaces: the first text stays where it is."""

    note: Code
    text: Personal
    reasons: Personal


class CustomerChased(FromIntake, wire="complaint.customer-chased", term="客户催办"):
    """The customer asked again. How often they had to is shown and counted."""

    channel: Channel
    said: Personal | None = None


class ProgressTold(FromIntake, wire="complaint.progress-told", term="告知进度"):
    """The customer was told how it stands (F24)."""

    channel: Channel
    told: Personal
    proof: Reference


class ComplaintHandedOver(FromIntake, wire="complaint.handed-over", term="首问责任移交"):
    """Somebody else keeps track of it for the customer until it is solved (首问负责, F29)."""

    previous: StaffId | None = None
    to: StaffId
    reason: Code


class ComplaintAcknowledged(FromIntake, wire="complaint.acknowledged", term="受理告知"):
    """The customer was told that the complaint is in hand. Once a cycle."""

    channel: Channel
    proof: Reference


class Classified(FromIntake):
    """Ordinary or special, which business, who is complained of (F17 to F19)."""

    category: Code
    severity: Severity
    reasons: tuple[Code, ...] = ()
    """Why special; empty for an ordinary complaint."""
    vulnerable: bool = False
    restricted: bool = False
    """Only the department that handles it, its approvers and compliance may read it (N16)."""
    complained_of: tuple[StaffId, ...] = ()
    urgent: bool = False
    """A lost card, fraud under way: handled at once (F32)."""
    alleged_cause: Code | None = None
    """What the customer holds to be the cause, as a code; the cause found comes from the investigation."""


class ComplaintClassified(Classified, wire="complaint.classified", critical=True, term="投诉分类"):
    """Classified for the first time."""


class ComplaintReclassified(Classified, wire="complaint.reclassified", critical=True, term="重新分类"):
    """Classified anew. Rewinds no clock; special never becomes ordinary by it (N22)."""

    explanation: Personal


class DuplicateSuspected(FromIntake, wire="complaint.duplicate-suspected", term="疑似重复投诉"):
    """The same customer complains of the same matter in another complaint of these days."""

    other: UUID


class DuplicateDismissed(FromIntake, wire="complaint.duplicate-dismissed", term="排除重复投诉"):
    """Somebody looked: it is another matter."""

    other: UUID
    reasons: Personal


class ComplaintEscalatedToSpecial(
    FromIntake, wire="complaint.escalated-to-special", critical=True, term="升级为特殊类"
):
    """From ordinary to special, at any open state; it keeps its history (F19, loop 4)."""

    reasons: tuple[Code, ...] = Field(min_length=1, max_length=20)
    explanation: Personal | None = None


class ComplianceSignedOff(FromIntake, wire="complaint.compliance-signed-off", critical=True, term="合规签署"):
    """Compliance allows what nobody may do without it. By itself it changes nothing: another carries it out (N18)."""

    matter: Literal["downgrade", "received_at"]
    received_at: Instant | None = None
    """The very instant that may be entered."""
    reasons: Personal


class ComplaintDowngraded(FromIntake, wire="complaint.downgraded", critical=True, term="降为一般类"):
    """From special to ordinary, signed off by compliance in this cycle; never quietly (N22)."""

    signed_off_by: StaffId
    reasons: Personal


class ComplaintReportedUpward(FromIntake, wire="complaint.reported-upward", critical=True, term="上报"):
    """Brought before somebody above, who cannot refuse to hear it (F20, F27)."""

    to: Code
    """The role above."""
    reasons: Personal
    emergency: bool = False


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


class JudgementOverturned(FromIntake, wire="complaint.judgement-overturned", critical=True, term="改判成立"):
    """A department lead, none of the two, finds it established after all, before the courteous reply left."""

    judged_by: StaffId
    confirmed_by: StaffId
    grounds: Personal
    demand: Personal
    reasons: Personal
    department: DepartmentId
    days_asked: int = Field(ge=1, le=365)


class ComplaintReferred(FromIntake, wire="complaint.referred", critical=True, term="转介"):
    """Out of scope, or another firm's: the customer was told in writing whom to turn to. Terminal."""

    reason: Literal["out_of_scope", "other_firm"]
    to: Personal
    """Whom the customer was sent to."""
    reasons: Personal
    letter: Personal
    channel: Channel
    proof: Reference


class WithdrawalRequested(FromIntake, wire="complaint.withdrawal-requested", critical=True, term="申请撤诉"):
    """The customer's own wish to withdraw, with evidence. In effect from the request on; final when resolution grants
    it (No.3 Art. 15)."""

    evidence: Evidence
    channel: Channel
    words: Personal


class ComplaintWithdrawn(FromIntake, wire="complaint.withdrawn", critical=True, term="撤诉"):
    """Resolution granted it: nothing of this cycle goes on. Terminal unless disputed."""

    request: UUID
    requested_by: StaffId
    """Who recorded the request: another must confirm it with the customer."""
    confirm_by: Instant
    department: DepartmentId | None = None


class WithdrawalDenied(FromIntake, wire="complaint.withdrawal-denied", critical=True, term="撤诉不受理"):
    """Resolution refused it: money was on its way, or all was over."""

    request: UUID
    reason: Code


class WithdrawalConfirmed(FromIntake, wire="complaint.withdrawal-confirmed", critical=True, term="撤诉确认"):
    """The customer told somebody else that the withdrawal is their own wish."""

    channel: Channel
    recording: Reference
    words: Personal


class WithdrawalDisputed(FromIntake, wire="complaint.withdrawal-disputed", critical=True, term="撤诉异议"):
    """The customer does not stand by it, or never said it: the complaint is reopened (loop 5)."""

    channel: Channel
    recording: Reference
    words: Personal
    stage: Literal["judgement", "investigation"]
    """Where it goes on: at the investigation if it had been established."""
    requested_by: StaffId


class ConfirmationDeadlinePassed(FromIntake, wire="complaint.confirmation-deadline-passed", term="撤诉确认逾期"):
    """Nobody confirmed the withdrawal with the customer within three days. A fact; never removed (N12)."""

    due_at: Instant


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
    ComplaintRegistered | ComplaintTakenOver | RegistrationCorrected | VoidingProposed | VoidingDeclined |
    RegisteredInError | NoteAdded | NoteCorrected | CustomerChased | ProgressTold | ComplaintHandedOver |
    ComplaintAcknowledged | ComplaintClassified | ComplaintReclassified | DuplicateSuspected | DuplicateDismissed |
    ComplaintEscalatedToSpecial | ComplianceSignedOff | ComplaintDowngraded | ComplaintReportedUpward |
    ComplaintEstablished | RejectionProposed | RejectionReturned | ComplaintNotEstablished | JudgementOverturned |
    ComplaintReferred | ResponsibleDepartmentAssigned | CourtesyReplySent | WithdrawalRequested | ComplaintWithdrawn |
    WithdrawalDenied | WithdrawalConfirmed | WithdrawalDisputed | ConfirmationDeadlinePassed
)  # fmt: skip
