"""Facts of intake about customers and about contacts that are no complaints (F17, F59 to F61, F65)."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.events.base import Event
from shared.events.vocabulary import (
    Account,
    AttemptOutcome,
    AuthorityKind,
    Channel,
    Code,
    ContactKind,
    DepartmentId,
    ExternalReference,
    Hours,
    Instant,
    Language,
    PersonSubject,
    Reference,
    Segment,
    StaffId,
    TimeZone,
)
from shared.privacy.personal import Personal

CustomerField = Literal[
    "name", "phones", "email", "address", "identity_document", "occupation", "income", "accounts", "segment", "needs",
    "preferences", "risk_tolerance", "special_needs", "vulnerable", "time_zone", "call_hours", "language",
]  # fmt: skip


class OfCustomer(Event, source="intake"):
    """A fact about a customer (subject `person:<uuid>`), which intake alone may state."""


class CustomerDetails(OfCustomer):
    """客户信息三类 (F61): basic, need and feedback data. None of it is ever asked again."""

    name: Personal | None = None
    phones: tuple[Personal, ...] = Field((), max_length=10)
    email: Personal | None = None
    address: Personal | None = None
    identity_document: Personal | None = None
    occupation: Personal | None = None
    income: Personal | None = None
    accounts: tuple[Account, ...] = Field((), max_length=50)
    segment: Segment | None = None
    needs: Personal | None = None
    preferences: Personal | None = None
    risk_tolerance: Personal | None = None
    special_needs: Personal | None = None
    """What the firm must heed: hard of hearing, large print, an interpreter."""
    vulnerable: bool | None = None
    time_zone: TimeZone | None = None
    call_hours: Hours | None = None
    language: Language | None = None
    external: ExternalReference | None = None
    """Where the firm's customer system knows them."""


class CustomerRecorded(CustomerDetails, wire="customer.recorded", critical=True, term="客户建档"):
    """A customer's file begins."""


class CustomerCorrected(CustomerDetails, wire="customer.corrected", critical=True, term="客户资料更正"):
    """Some fields are other ones from now on: those that are given, and those named in `cleared`."""

    cleared: tuple[CustomerField, ...] = ()
    reasons: Personal


class CustomersJoined(OfCustomer, wire="customer.joined", critical=True, term="客户资料合并"):
    """Another file (`other`) is of this very customer: this one stands for both from now on."""

    other: PersonSubject
    reasons: Personal


class CustomerJoinedInto(OfCustomer, wire="customer.joined-into", critical=True, term="并入客户"):
    """This file was joined into another one; complaints under it stay and count there too."""

    into: PersonSubject


class CustomersParted(OfCustomer, wire="customer.parted", critical=True, term="客户资料拆分"):
    """The joining was a mistake: they are two customers."""

    other: PersonSubject
    reasons: Personal


class CustomerPartedFrom(OfCustomer, wire="customer.parted-from", critical=True, term="恢复独立客户"):
    """This file stands for itself again."""

    from_person: PersonSubject


class ProxyAuthorised(OfCustomer, wire="customer.proxy-authorised", critical=True, term="委托授权"):
    """Somebody may complain for this customer: by power of attorney, as heir or as guardian (No.3 Art. 14)."""

    proxy: Code
    kind: AuthorityKind
    name: Personal
    contact: Personal | None = None
    authority: Reference
    """The document that empowers them."""
    until: Instant | None = None


class ProxyEnded(OfCustomer, wire="customer.proxy-ended", critical=True, term="委托终止"):
    """They act for the customer no more."""

    proxy: Code
    reasons: Personal


class OfContact(Event, source="intake"):
    """A fact about an enquiry or a service request (subject `contact:<uuid>`), which intake alone may state."""


ContactNumber = Annotated[str, Field(pattern=r"^C[0-9A-Z]{4}-[0-9A-Z]{4}$")]
"""What people call it by; a complaint's number has no C before it."""


class ContactRecorded(OfContact, wire="contact.recorded", critical=True, term="来电登记"):
    """A customer asked or wanted something, and it is no complaint (F17, F28)."""

    number: ContactNumber
    kind: ContactKind
    person: PersonSubject
    caller: Personal
    channel: Channel
    content: Personal
    category: Code | None = None
    received_at: Instant
    from_complaint: UUID | None = None
    """The complaint that was registered in error for it."""


class ContactAnswered(OfContact, wire="contact.answered", critical=True, term="咨询答复"):
    """The enquiry was answered, and the customer was asked whether that is enough (F59)."""

    answer: Personal
    satisfied: bool


class ContactPassedOn(OfContact, wire="contact.passed-on", critical=True, term="转后台处理"):
    """The back office or a department goes on with it; the first agent keeps track (F29)."""

    department: DepartmentId
    remark: Personal


class ContactHandled(OfContact, wire="contact.handled", critical=True, term="服务办结"):
    """The service was given, with its record and remark 服务记录、备注 (F59)."""

    remark: Personal


class ContactReviewed(OfContact, wire="contact.reviewed", critical=True, term="客服中心审核"):
    """The customer service centre looked at what was done (F59); not the one who did it."""

    passed: bool
    remark: Personal


class ContactCalledBack(OfContact, wire="contact.called-back", critical=True, term="服务回访"):
    """The customer was called back about the service (F59)."""

    outcome: AttemptOutcome
    satisfied: bool | None = None
    words: Personal | None = None


class ContactReclassified(OfContact, wire="contact.reclassified", critical=True, term="来电改类"):
    """An enquiry is a service request after all, or the other way round. It keeps its history."""

    kind: ContactKind
    reasons: Personal


class ContactBecameComplaint(OfContact, wire="contact.became-complaint", critical=True, term="转为投诉"):
    """The customer complains: the complaint goes on under its own number, and each names the other."""

    complaint: UUID
    registered_by: StaffId


class ContactArchived(OfContact, wire="contact.archived", term="来电归档"):
    """Nothing is left to do (F33, F59)."""

    ending: Literal["answered", "service_given", "became_complaint"]


CustomersEvent = (
    CustomerRecorded
    | CustomerCorrected
    | CustomersJoined
    | CustomerJoinedInto
    | CustomersParted
    | CustomerPartedFrom
    | ProxyAuthorised
    | ProxyEnded
    | ContactRecorded
    | ContactAnswered
    | ContactPassedOn
    | ContactHandled
    | ContactReviewed
    | ContactCalledBack
    | ContactReclassified
    | ContactBecameComplaint
    | ContactArchived
)
CustomerFact = (
    CustomerRecorded
    | CustomerCorrected
    | CustomersJoined
    | CustomerJoinedInto
    | CustomersParted
    | CustomerPartedFrom
    | ProxyAuthorised
    | ProxyEnded
)
ContactFact = (
    ContactRecorded
    | ContactAnswered
    | ContactPassedOn
    | ContactHandled
    | ContactReviewed
    | ContactCalledBack
    | ContactReclassified
    | ContactBecameComplaint
    | ContactArchived
)
