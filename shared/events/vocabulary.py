"""Words that several facts share: instants, money, staff, channels, evidence."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from shared.privacy.personal import Personal


def _to_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError(
            "no_such_instant", "It is before the first or after the last year there is. Correct it."
        ) from None


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A point in time, kept in UTC. A time without a zone is refused: it would mean another hour elsewhere."""

StaffId = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
"""A staff member's pseudonymous id, never a name."""

PersonSubject = Annotated[str, Field(pattern=r"^person:[0-9a-f-]{36}$")]
"""Whose complaint it is: the subject under whose key their words are sealed, never a name."""

DepartmentId = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z][a-z0-9-]*$")]
Code = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")]
"""A code of a list in the rule pack: never free text, since codes travel in clear."""

Reference = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[\x21-\x7e]+$")]
"""A reference of another system (a recording, a letter, a payment): printable ASCII without spaces."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Digest = Sha256
"""The SHA-256 of a remedy's canonical bytes: what was approved is exactly what is executed."""

SYSTEM = "system"
"""The actor of reactions and deadlines. Holds no role that judges, approves or rejects (N23)."""

Channel = Literal["phone", "branch", "letter", "email", "web", "app", "sms", "social", "regulator", "other"]
"""投诉渠道 Where a complaint or a message came through."""

TimeZone = Annotated[str, Field(min_length=2, max_length=60, pattern=r"^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$")]
"""A zone of the IANA database, such as `Asia/Shanghai`: a customer's rest hours are those where they live (F44)."""

LocalTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of day at the customer's place, `09:30`."""

Language = Literal["zh", "en"]
"""In which language the firm speaks to the customer."""

AuthorityKind = Literal["proxy", "heir", "guardian"]
"""委托人/继承人/监护人 Why somebody may complain for another (No.3 Art. 14)."""

ContactKind = Literal["enquiry", "service"]
"""咨询/服务 What a contact is that is no complaint (F17)."""

Segment = Literal["gold", "rising", "maintained", "free"]
"""黄金客户/明日之星/维护型/自由型 (F65)."""

Outcome = Literal["executed", "no_remedy", "final_position"]
"""How resolution ended (domain 4.2, ResolutionConcluded)."""

Verdict = Literal["upheld", "partly", "rejected"]
Severity = Literal["ordinary", "special"]
"""一般类 / 特殊类 (F18, F19)."""

RemedyKind = Literal["compensation", "refund", "goodwill", "waiver", "correction", "apology", "no_remedy"]
"""Compensation, refund and goodwill pay money out; a waiver gives up money that the customer would owe, so that it
counts against limits but nothing is paid; a correction mends a record or a contract."""
AttemptOutcome = Literal["reached", "no_answer", "busy", "wrong_number", "refused", "asked_later"]


class Value(BaseModel):
    """A frozen group of fields inside a fact."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Money(Value):
    """An amount in the currency's minor unit (fen, cents). Never a float: binary fractions lose money."""

    minor: int = Field(ge=0, le=10**13)
    currency: Annotated[str, Field(pattern=re.compile(r"^[A-Z]{3}$").pattern)]

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} can't be added")
        return Money(minor=self.minor + other.minor, currency=self.currency)


class Hours(Value):
    """Between which times of day the customer wants to be called, at their place."""

    begin: LocalTime
    end: LocalTime


class ExternalReference(Value):
    """Where a complaint came from when it was first known to another system."""

    source: Code
    id: Reference


class Evidence(Value):
    """What proves a customer's word: a signature, a recording, an e-signature. Only its fingerprint travels."""

    kind: Literal["signature", "recording", "e_signature", "letter", "email"]
    reference: Reference
    sha256: Sha256


class CalculationStep(Value):
    """One line of how an amount was arrived at; the lines add up to the remedy."""

    label: Personal
    amount: Money


class Instalment(Value):
    """One payment of a remedy that is carried out in several steps; together they are the remedy's amount."""

    amount: Money
    not_before: Instant | None = None


class Account(Value):
    """A product or account that a customer has with the firm."""

    kind: Code
    number: Personal
    product: Personal | None = None


class Feedback(Value):
    """信息反馈的内容 (F52): what the customer said at the callback, by subject."""

    customer: Personal | None = None
    """About themself: what changed in their data."""
    product: Personal | None = None
    service: Personal | None = None
    fee: Personal | None = None
    value_added: Personal | None = None
    opinion: Personal | None = None


class Scores(Value):
    """回访评价维度 (F43): timeliness, professionalism, effectiveness, attitude; 1 (worst) to 5 (best)."""

    timeliness: int = Field(ge=1, le=5)
    professionalism: int = Field(ge=1, le=5)
    effectiveness: int = Field(ge=1, le=5)
    attitude: int = Field(ge=1, le=5)


class LimitEntry(Value):
    """审批权限: up to which amount a role of a department may approve. Department `*` means every department."""

    role: Code
    department: Annotated[str, Field(max_length=60, pattern=r"^(\*|[a-z][a-z0-9-]*)$")]
    limit: Money
