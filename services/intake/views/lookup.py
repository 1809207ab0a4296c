"""查找 What a customer, a complaint or an enquiry can be found by, as one types: one row for each such thing.

The searched column has the text as `searchable` or `by_words` makes it, the other as it was written. A row says only of
whom or of what it is; where that leads to now is joined to it when it is asked for (`reads/lookup.py`).
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from shared.events.customers import (
    ContactRecorded,
    CustomerCorrected,
    CustomerDetails,
    CustomerRecorded,
    ProxyAuthorised,
    ProxyEnded,
)
from shared.events.intake import ComplaintRegistered, RegistrationCorrected
from shared.privacy.personal import Personal
from shared.projections.view import At, Change, Delete, Upsert, View, text

Kind = Literal[
    "name", "phone", "email", "account", "customer_reference", "proxy", "complaint", "complainant", "contact_given",
    "representative", "complaint_reference", "regulator_reference", "contact", "caller",
]  # fmt: skip
"""`complaint` and `contact` are numbers that people call them by; `contact_given` is how a complainant is reached."""

LONGEST: Final = 200
"""Characters that are searched of one text: what is longer is no name."""
MOST_WORDS: Final = 12
"""Words of a name that are searched from their beginning."""
NAMES: Final = frozenset({"name", "proxy", "complainant", "representative", "caller"})
PHONES: Final = 10
ACCOUNTS: Final = 50
"""How many a file has at most: so many rows may have to go when it is corrected."""

VIEW = View(
    "lookup",
    version=1,
    columns=(
        text("kind"),
        text("value"),
        text("shown"),
        text("person_id"),
        text("complaint_id"),
        text("contact_id"),
    ),
    personal=frozenset({"value", "shown"}),
    searched=("value",),
)


def searchable(text: str) -> str:
    """Full-width and half-width, capitals and small letters alike, and nothing but letters and digits: so that nobody
    needs to know how a number was grouped or a name was spaced.
    """
    return "".join(each for each in _folded(text) if _counts(each))[:LONGEST]


def by_words(name: str) -> str:
    """The searchable name, and after it once more from each of its words on; of Chinese, from each character on.

    An index of pieces knows pieces of three and beginnings of words, and most given names are of one or two characters.
    """
    text, whole = _folded(name), searchable(name)
    starts, place = [], 0
    for before, each in zip(f" {text}", text, strict=False):
        if not _counts(each):
            continue
        if not _counts(before) or unicodedata.east_asian_width(each) == "W":
            starts.append(place)
        place += 1
    return " ".join(dict.fromkeys((whole, *(whole[start:] for start in starts[:MOST_WORDS] if start < len(whole)))))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _counts(character: str) -> bool:
    return character.isalnum() or unicodedata.combining(character) > 0


def digits(number: str) -> str:
    """A telephone number as it is dialled."""
    return "".join(each for each in unicodedata.normalize("NFKC", number) if each.isdecimal())


def _row(key: str, kind: Kind, words: Personal | str, **of: str) -> Upsert:
    if isinstance(words, str):
        return Upsert(key, kind=kind, value=searchable(words), shown=words, **of)
    if words.is_erased:
        return Upsert(key, kind=kind, value=words, shown=words, **of)
    return Upsert(key, kind=kind, value=Personal.of(words.owner, _sought(kind, words.clear)), shown=words, **of)


def _sought(kind: Kind, words: str) -> str:
    if kind == "phone":
        return digits(words)
    return by_words(words) if kind in NAMES else searchable(words)


@VIEW.on(CustomerRecorded)
def recorded(event: CustomerRecorded, at: At) -> list[Change]:
    return list(_of_file(event, at.subject_id))


@VIEW.on(CustomerCorrected)
def corrected(event: CustomerCorrected, at: At) -> list[Change]:
    """A list that is given or cleared is another one: what is beyond its end is gone."""
    person = at.subject_id
    gone: list[Change] = [Delete(f"{person}/{field}") for field in ("name", "email") if field in event.cleared]
    if event.phones or "phones" in event.cleared:
        gone += _beyond(f"{person}/phone", event.phones, PHONES)
    if event.accounts or "accounts" in event.cleared:
        gone += _beyond(f"{person}/account", event.accounts, ACCOUNTS)
    return [*gone, *_of_file(event, person)]


def _of_file(event: CustomerDetails, person: str) -> Iterator[Change]:
    if event.name is not None:
        yield _row(f"{person}/name", "name", event.name, person_id=person)
    if event.email is not None:
        yield _row(f"{person}/email", "email", event.email, person_id=person)
    for place, phone in enumerate(event.phones):
        yield _row(f"{person}/phone/{place}", "phone", phone, person_id=person)
    for place, account in enumerate(event.accounts):
        yield _row(f"{person}/account/{place}", "account", account.number, person_id=person)
    if event.external is not None:
        yield _row(f"{person}/reference", "customer_reference", event.external.id, person_id=person)


def _beyond(key: str, kept: Sequence[object], most: int) -> list[Change]:
    return [Delete(f"{key}/{place}") for place in range(len(kept), most)]


@VIEW.on(ProxyAuthorised)
def proxy_authorised(event: ProxyAuthorised, at: At) -> Upsert:
    return _row(f"{at.subject_id}/proxy/{event.proxy}", "proxy", event.name, person_id=at.subject_id)


@VIEW.on(ProxyEnded)
def proxy_ended(event: ProxyEnded, at: At) -> Delete:
    return Delete(f"{at.subject_id}/proxy/{event.proxy}")


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> list[Change]:
    named: list[tuple[str, Kind, Personal | str | None]] = [
        ("number", "complaint", event.number),
        ("complainant", "complainant", event.complainant),
        ("contact", "contact_given", event.contact),
        ("proxy", "proxy", event.proxy),
        ("external", "complaint_reference", event.external.id if event.external else None),
        ("regulator", "regulator_reference", event.regulator_reference),
    ]
    named += [(f"representative/{n}", "representative", each) for n, each in enumerate(event.representatives)]
    return [
        _row(f"{at.subject_id}/{place}", kind, words, complaint_id=at.subject_id)
        for place, kind, words in named
        if words is not None
    ]


_CORRECTED: Final[Mapping[str, Kind]] = {"complainant": "complainant", "contact": "contact_given", "proxy": "proxy"}


@VIEW.on(RegistrationCorrected)
def registration_corrected(event: RegistrationCorrected, at: At) -> Upsert | None:
    kind = _CORRECTED.get(event.field)
    if kind is None or event.text is None:
        return None
    return _row(f"{at.subject_id}/{event.field}", kind, event.text, complaint_id=at.subject_id)


@VIEW.on(ContactRecorded)
def contact_recorded(event: ContactRecorded, at: At) -> list[Change]:
    contact = at.subject_id
    return [
        _row(f"{contact}/number", "contact", event.number, contact_id=contact),
        _row(f"{contact}/caller", "caller", event.caller, contact_id=contact),
    ]
