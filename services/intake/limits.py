"""Rules with numbers: the complaint's number, what makes a complaint special by itself, and which are alike."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, TypedDict
from uuid import UUID

from services.intake.contact_rules import GUARDS as CONTACT_GUARDS
from services.intake.customer_rules import GUARDS as CUSTOMER_GUARDS
from services.intake.state import REOPENED_AGAIN, Intake
from shared.decide import Command, Taken
from shared.decide.service import Guard
from shared.events.envelope import instant
from shared.events.intake import (
    Classified,
    ComplaintClassified,
    ComplaintReclassified,
    ComplaintReferred,
    ComplaintRegistered,
    ComplaintWithdrawn,
    RegisteredInError,
    RegistrationCorrected,
)
from shared.events.vocabulary import Channel, Money
from shared.packs.house import (
    CLAIM_SPECIAL_FROM,
    DUPLICATE_WITHIN,
    JOINT_MAJOR_FROM,
    MAX_CYCLES_ORDINARY,
    SIMILAR_FROM,
    SIMILAR_WITHIN,
)

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U, which are misread or misheard on the telephone."""

_LETTERS = 8
_BITS_A_LETTER = 5
_MOST_ALIKE = 20
"""Of one customer's complaints in one category; older ones leave the row."""

JOINT = "joint-complaint"


class Alike(TypedDict):
    """A complaint of this customer in this category, and when it was classified so."""

    complaint: str
    at: str


def number_of(complaint_id: UUID, attempt: int) -> str:
    """The number of a complaint, `XXXX-XXXX`: 40 bits of its id's SHA-256, other ones at each attempt.

    Not counted up, so that it tells nobody how many complaints there are, and needs no lock that all would wait for.
    """
    digest = sha256(f"{complaint_id}/{attempt}".encode()).digest()
    bits = int.from_bytes(digest[: _LETTERS * _BITS_A_LETTER // 8], "big")
    letters = "".join(
        _CROCKFORD[bits >> shift & 31] for shift in reversed(range(0, _LETTERS * _BITS_A_LETTER, _BITS_A_LETTER))
    )
    return f"{letters[:4]}-{letters[4:]}"


def triggers(state: Intake, *, vulnerable: bool = False, similar: int = 0) -> tuple[str, ...]:
    """Why this complaint is special by itself, as codes, whoever classifies it (domain 1.4, gap 4).

    What was there when it was downgraded stays waived until the next cycle (N22). `similar`: how many of its category
    there are of late, this one included.
    """
    entry = state.entry
    found = {
        "claimed-amount": entry is not None and claims_much(entry.claimed),
        "vulnerable-customer": vulnerable,
        "regulator": entry is not None and (entry.by_regulator or of_regulator(entry.channel)),
        JOINT: entry is not None and entry.joint >= JOINT_MAJOR_FROM,
        "similar-complaints": similar >= SIMILAR_FROM,
        REOPENED_AGAIN: state.cycle > MAX_CYCLES_ORDINARY,
    }
    return tuple(code for code, holds in found.items() if holds and code not in state.waived)


def claims_much(claimed: Money | None) -> bool:
    return claimed is not None and claimed.minor >= CLAIM_SPECIAL_FROM.get(claimed.currency, claimed.minor + 1)


def of_regulator(channel: Channel) -> bool:
    return channel == "regulator"


def matter_row(person: str, category: str) -> str:
    """The guard row of one customer's complaints in one category."""
    return f"matter:{person}:{category}"


def contact_row(contact: UUID) -> str:
    """The guard row of the one complaint that a contact became."""
    return f"complaint_of_contact:{contact}"


def similar_row(category: str, number: str) -> str:
    """The guard row that counts a category's complaints by day: one for each last letter of a complaint's number, so
    that those who classify at the same moment hardly ever wait for each other."""
    return f"similar:{category}:{number[-1]}"


def similar_rows(category: str) -> tuple[str, ...]:
    """All of them."""
    return tuple(similar_row(category, letter) for letter in _CROCKFORD)


def others_alike(value: Sequence[Alike] | None, complaint: UUID, at: datetime) -> tuple[UUID, ...]:
    """The customer's other complaints of the same matter within DUPLICATE_WITHIN."""
    ids = (UUID(each["complaint"]) for each in _within(value or (), at))
    return tuple(each for each in ids if each != complaint)


def similar_of_late(values: Iterable[Mapping[str, int] | None], at: datetime) -> int:
    """How many were classified so within SIMILAR_WITHIN, by whole days in UTC."""
    return sum(count for value in values for count in _of_late(value or {}, at).values())


def _number_row(state: Any, event: ComplaintRegistered) -> str:
    return f"complaint_number:{event.number}"


def _taken_once(value: Any, event: ComplaintRegistered) -> bool:
    """A complaint registers once only, so a row that is there belongs to another. Raises Taken."""
    if value is not None:
        raise Taken(event.number)
    return True


def _of_contact(state: Any, event: ComplaintRegistered) -> str | None:
    return contact_row(event.from_contact) if event.from_contact is not None else None


def _its_complaint(value: str | None, event: ComplaintRegistered, subject: str) -> str:
    """The first complaint that was registered from it."""
    return value or _complaint(subject)


def _read_on_registering(state: Any, command: Command, states: Mapping[str, Any]) -> tuple[str, ...]:
    contact = getattr(command, "from_contact", None)
    return () if contact is None else (contact_row(contact),)


_Entering = ComplaintClassified | ComplaintReclassified | RegistrationCorrected
_Leaving = ComplaintReclassified | RegistrationCorrected | ComplaintReferred | RegisteredInError | ComplaintWithdrawn


def _entered(state: Intake, event: _Entering) -> str | None:
    match event:
        case ComplaintClassified() | ComplaintReclassified():
            return matter_row(state.person, event.category)
        case RegistrationCorrected(person=str(person)) if state.classification is not None:
            return matter_row(person, state.classification.category)
        case _:
            return None


def _left(state: Intake, event: _Leaving) -> str | None:
    """A complaint that is over, or is of another matter or customer now, is nobody's duplicate any more."""
    match event, state.classification:
        case _, None:
            return None
        case RegistrationCorrected(person=None), _:
            return None
        case ComplaintReclassified(category=category), before if category == before.category:
            return None
        case _, before:
            return matter_row(state.person, before.category)


def _with_this(value: list[Alike] | None, event: _Entering, subject: str) -> list[Alike]:
    """One customer's complaints in one category, the last classified last."""
    complaint = _complaint(subject)
    kept = [each for each in _within(value or (), event.at) if each["complaint"] != complaint]
    return [*kept, Alike(complaint=complaint, at=instant(event.at))][-_MOST_ALIKE:]


def _without_this(value: list[Alike] | None, event: _Leaving, subject: str) -> list[Alike]:
    """The same without this one."""
    return [each for each in _within(value or (), event.at) if each["complaint"] != _complaint(subject)]


def _within(entries: Sequence[Alike], at: datetime) -> Iterator[Alike]:
    return (each for each in entries if datetime.fromisoformat(each["at"]) > at - DUPLICATE_WITHIN)


def _complaint(subject: str) -> str:
    return subject.partition(":")[2]


def _counted(state: Intake, event: Classified) -> str | None:
    """Once for each category it enters; leaving one takes nothing back, so that a count errs to the stricter side.

    Not of an old system: a thousand of its open cases, imported in a day, would make every complaint special for days.
    """
    same = state.classification is not None and state.classification.category == event.category
    if same or state.entry is None or state.taken_over:
        return None
    return similar_row(event.category, state.entry.number)


def _one_more(value: Mapping[str, int] | None, event: Classified) -> dict[str, int]:
    """How many a day, of the last days only."""
    days = _of_late(value or {}, event.at)
    today = event.at.date().isoformat()
    return {**days, today: days.get(today, 0) + 1}


def _of_late(days: Mapping[str, int], at: datetime) -> dict[str, int]:
    first = at.date() - SIMILAR_WITHIN + timedelta(days=1)
    return {day: count for day, count in days.items() if date.fromisoformat(day) >= first}


def _category(state: Any, command: Command) -> str | None:
    """The category that a registered complaint is to have."""
    return getattr(command, "category", None) if isinstance(state, Intake) and state.registered else None


def _read_on_classifying(state: Any, command: Command, states: Mapping[str, Any]) -> tuple[str, ...]:
    category = _category(state, command)
    return () if category is None else (matter_row(state.person, category),)


def _seen_on_classifying(state: Any, command: Command, states: Mapping[str, Any]) -> tuple[str, ...]:
    category = _category(state, command)
    return () if category is None else similar_rows(category)


GUARDS: tuple[Guard, ...] = (
    Guard(name="complaint_number", on=(ComplaintRegistered,), key=_number_row, fold=_taken_once),
    Guard(
        name="complaint_of_contact",
        on=(ComplaintRegistered,),
        key=_of_contact,
        fold=_its_complaint,
        read_by=_read_on_registering,
        of_subject=True,
    ),
    Guard(
        name="matter",
        on=(ComplaintClassified, ComplaintReclassified, RegistrationCorrected),
        key=_entered,
        fold=_with_this,
        read_by=_read_on_classifying,
        of_subject=True,
    ),
    Guard(
        name="matter_left",
        on=(ComplaintReclassified, RegistrationCorrected, ComplaintReferred, RegisteredInError, ComplaintWithdrawn),
        key=_left,
        fold=_without_this,
        of_subject=True,
    ),
    Guard(
        name="similar",
        on=(ComplaintClassified, ComplaintReclassified),
        key=_counted,
        fold=_one_more,
        looks_at=_seen_on_classifying,
    ),
    *CUSTOMER_GUARDS,
    *CONTACT_GUARDS,
)
"""Two who decide at once compare and set these rows, so that neither overlooks the other."""
