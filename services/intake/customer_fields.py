"""What a customer's file may hold, as commands take it: each field bounded, none asked for twice."""

import unicodedata
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.intake.customer import PLAIN
from shared.decide import Command
from shared.decide.wording import Line
from shared.events.vocabulary import Account, Code, ExternalReference, Hours, Language, Segment, TimeZone
from shared.privacy.personal import Personal, checked_text

LEAST_DIGITS: Final = 4
"""Of a telephone number: fewer are found by nobody."""


def _with_digits(number: str) -> str:
    digits = [each for each in unicodedata.normalize("NFKC", number) if each.isdecimal()]
    if len(digits) < LEAST_DIGITS:
        raise PydanticCustomError(
            "few_digits", "A telephone number has at least {least} digits. Correct it.", {"least": LEAST_DIGITS}
        )
    return number


def _with_at(address: str) -> str:
    name, at, domain = unicodedata.normalize("NFKC", address).rpartition("@")
    if not (name and at and domain) or any(each.isspace() for each in address):
        raise PydanticCustomError("no_email_address", "An e-mail address reads name@domain. Correct it.")
    return address


def _existing(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        # Which of them depends on how the name is wrong: unknown, a folder of zones, or not even a file's name.
        raise PydanticCustomError(
            "no_such_zone", "There is no such time zone. Write one such as Asia/Shanghai."
        ) from None
    return zone


def _in_order(hours: Hours) -> Hours:
    if hours.begin >= hours.end:
        raise PydanticCustomError("hours_end_first", "The hours end after they begin, on the same day. Correct them.")
    return hours


Phone = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=40),
    AfterValidator(checked_text),
    AfterValidator(_with_digits),
]
"""A telephone number as people write it."""

Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=254),
    AfterValidator(checked_text),
    AfterValidator(_with_at),
]

AccountNumber = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(checked_text)
]
ProductName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(checked_text)
]
Remark = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), AfterValidator(checked_text)
]
"""What is known of a customer's needs: at most 2,000 characters, so that a whole file still fits in one event."""

Zone = Annotated[TimeZone, AfterValidator(_existing)]
CallHours = Annotated[Hours, AfterValidator(_in_order)]


class AccountGiven(BaseModel):
    """An account or product of the customer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Code
    number: AccountNumber
    product: ProductName | None = None


class CustomerCommand(Command, subject="person:{person_id}"):
    """A command on one customer's file."""

    person_id: UUID


class CustomerFields(CustomerCommand):
    """What a file may hold (F61). A field that is not given is not asked for again, nor changed (No.3 Art. 13)."""

    model_config = ConfigDict(populate_by_name=True)

    name: Line | None = None
    phones: Annotated[tuple[Phone, ...], Field(max_length=10)] = ()
    email: Email | None = None
    address: Line | None = None
    identity_document: Line | None = None
    occupation: Line | None = None
    income: Line | None = None
    accounts: Annotated[tuple[AccountGiven, ...], Field(max_length=50)] = ()
    segment: Segment | None = None
    wishes: Remark | None = Field(None, alias="needs")
    """Their needs; a command's own `needs` are the subjects that it reads."""
    preferences: Remark | None = None
    risk_tolerance: Line | None = None
    special_needs: Remark | None = None
    """What the firm must heed: hard of hearing, large print, an interpreter."""
    vulnerable: bool | None = None
    time_zone: Zone | None = None
    call_hours: CallHours | None = None
    language: Language | None = None
    external: ExternalReference | None = None
    """Where the customer system knows them."""

    def details(self) -> dict[str, Any]:
        """The fields that were given, as a fact states them: what is personal under the customer's own key."""
        person = self.subject_id()
        texts = {name: getattr(self, name) for name in _TEXTS} | {"needs": self.wishes}
        return {
            **{name: Personal.of(person, text) for name, text in texts.items() if text is not None},
            **{name: value for name in sorted(PLAIN) if (value := getattr(self, name)) is not None},
            "phones": tuple(Personal.of(person, phone) for phone in dict.fromkeys(self.phones)),
            "accounts": tuple(_account(person, account) for account in dict.fromkeys(self.accounts)),
        }


_TEXTS: Final = (
    "name", "email", "address", "identity_document", "occupation", "income", "preferences", "risk_tolerance",
    "special_needs",
)  # fmt: skip


def _account(person: str, account: AccountGiven) -> Account:
    return Account(
        kind=account.kind,
        number=Personal.of(person, account.number),
        product=None if account.product is None else Personal.of(person, account.product),
    )
