"""Values in words: instants by somebody's clock, money, codes, scores, and several of them in a row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any, Final

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, get_currency_name

from shared.events.vocabulary import Evidence, ExternalReference, Feedback, Hours, Language, Money, Scores, Value
from shared.language.catalogue import catalogue
from shared.language.template import Said, filled
from shared.privacy.personal import Personal

_WHOLE: Final = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
)  # fmt: skip
_DECIMALS: Final = {
    **dict.fromkeys(_WHOLE, 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""Digits of the minor unit (ISO 4217) where they are not two. Babel's own are those of everyday use (none for LBP):
by them an amount in minor units would read a hundred times too large.
"""

_SAME: Final = {
    "Dimension.name": "score",
    "actions": "action",
    "alleged_cause": "cause",
    "answer": "result",
    "authority_kind": "kind",
    "channels": "channel",
    "cleared": "field",
    "closing": "outcome",
    "judged": "verdict",
    "last_outcome": "outcome",
    "missing": "action",
    "needed_role": "role",
    "purposes": "purpose",
    "reported_to": "role",
    "roles": "role",
    "to": "role",
    "to_role": "role",
    "waits_for": "role",
}
"""Fields that hold the codes of another one."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How something is said: in which language, and by which clock."""

    language: Language = "en"
    zone: tzinfo = UTC


def word(code: str, language: Language, context: str | None = None) -> str:
    """The word of a code; of one without a word, the code itself with blanks."""
    return catalogue(language, "words").find(code, context) or code.replace("_", " ")


def word_of(code: str, language: Language, model: str, field: str) -> str:
    """The word of a code that a field of an answer holds: `Remedy.status` of an option is told otherwise than the
    `status` of a complaint, where one code means two things."""
    own = catalogue(language, "words").texts.get((context_of(f"{model}.{field}"), code))
    return own or word(code, language, context_of(field))


def form(name: str, language: Language, /, **parts: str) -> str:
    """How the language does something: sets quotation marks, parts the items of a list, puts unit to number."""
    return filled(word(name, language, "form"), lambda part: Said(parts[part]), language)


def context_of(name: str) -> str:
    """In which context the words of a field are found: its name, or that of the field whose codes it holds."""
    return _SAME.get(name, name)


def named(code: str, language: Language, name: str) -> str:
    """The word of a code that a field of this name may hold, if words are kept for it; else the code as it is."""
    return catalogue(language, "words").texts.get((context_of(name), code), code)


def listed(items: Iterable[str], language: Language) -> str:
    """Several in a row, with the comma that the language puts between them."""
    return form("between_items", language).join(items)


def quoted(text: str, language: Language) -> str:
    """What somebody said, in one line and in quotation marks."""
    return form("quoted", language, text=" ".join(text.split()))


def instant(value: datetime, voice: Voice) -> str:
    """To the minute, by the clock of the voice's zone, which is named: `2025-03-03 20:00 UTC+8`."""
    local = value.astimezone(voice.zone)
    shown = format_datetime(local, form("instant", voice.language), tzinfo=voice.zone, locale=voice.language)
    return f"{shown} {_offset(local.utcoffset() or timedelta())}"


def _offset(offset: timedelta) -> str:
    if not offset:
        return "UTC"
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"UTC{'-' if offset < timedelta() else '+'}{hours}{f':{minutes:02}' if minutes else ''}"


def day(value: date, language: Language) -> str:
    """A date."""
    return format_date(value, form("day", language), locale=language)


def money(value: Money, language: Language) -> str:
    """An amount with all decimals that its currency has."""
    decimals = _DECIMALS.get(value.currency, 2)
    pattern = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    digits = format_decimal(Decimal(value.minor).scaleb(-decimals), pattern, locale=language)
    return form("money", language, digits=digits, currency=_currency(value.currency, language))


def _currency(code: str, language: Language) -> str:
    """As it stands beside digits."""
    return catalogue(language, "words").texts.get(("currency", code)) or currency_name(code, language)


def currency_name(code: str, language: Language) -> str:
    """As it stands by itself."""
    return get_currency_name(code, locale=language) if language == "zh" else code


def spelt(value: Any, voice: Voice, name: str, *, coded: bool = False) -> str:
    """A field's value. `name` is the field's; `coded` says that its texts are codes of a closed list.

    What is sealed, or a group of fields of which some may be, is never spelt out here: several of them are counted.
    """
    language = voice.language
    match value:
        case str():
            return word(value, language, context_of(name)) if coded else named(value, language, name)
        case bool():
            return named("yes" if value else "no", language, name)
        case datetime():
            return instant(value, voice)
        case date():
            return day(value, language)
        case Money():
            return money(value, language)
        case Value():
            return _group(value, language)
        case tuple() | list() if any(isinstance(item, Value | Personal) for item in value):
            return str(len(value))
        case tuple() | list():
            return listed(map(partial(spelt, voice=voice, name=name, coded=coded), value), language)
        case _:
            return str(value)


def _group(value: Value, language: Language) -> str:
    match value:
        case Scores():
            scores = ((word(name, language, "score"), str(score)) for name, score in value)
            return listed((form("score", language, name=name, score=score) for name, score in scores), language)
        case Evidence():
            return form("reference", language, kind=word(value.kind, language, "kind"), id=value.reference)
        case ExternalReference():
            return f"{value.source} {value.id}"
        case Hours():
            return form("hours", language, begin=value.begin, end=value.end)
        case Feedback():
            given = (name for name, text in value if text is not None)
            return listed((word(name, language, "feedback") for name in given), language)
        case _:
            return word(type(value).__name__, language)
