"""Every refusal in a sentence: what is the matter, then what to do. And what is wrong with a field.

A sentence stands in the catalogue `refusals` under its code, in the context of a service where the same code means
something else there. Its places are filled in from the refusal's details, which our own code made: nothing that a
caller sent is ever quoted back. A detail that is missing is left unsaid.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from shared.events.vocabulary import Language, Money
from shared.language.catalogue import catalogue
from shared.language.template import NOTHING, Said, filled
from shared.language.words import Voice, currency_name, instant, listed, money, spelt

FIELD: Final = "field"
"""The context of what may be wrong with a field; the codes are pydantic's error types."""

AMOUNTS: Final = frozenset({"limit", "total", "amount"})
"""Details that are amounts in minor units of the detail `currency`."""

CURRENCIES: Final = frozenset({"currency", "currencies"})
"""Details that are codes of currencies (ISO 4217)."""

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)?$")
_QUOTED: Final = re.compile(r"'([^']+)'")
_NO_DETAILS: Final[Mapping[str, Any]] = {}


def refusal(
    code: str, language: Language, details: Mapping[str, Any] = _NO_DETAILS, service: str | None = None
) -> str | None:
    """The sentence of a code as this service means it; None for a code without one."""
    return _filled(catalogue(language, "refusals").find(code, service), language, details)


def fault(kind: str, language: Language, context: Mapping[str, Any] = _NO_DETAILS) -> str | None:
    """What is wrong with a field, by pydantic's error type and its context; None for a type without a sentence."""
    # Pydantic tells what is allowed as one text in English: 'phone', 'web' or 'other'.
    allowed = _QUOTED.findall(str(context.get("expected", "")))
    return _filled(catalogue(language, "refusals").texts.get((FIELD, kind)), language, {**context, "expected": allowed})


def _filled(template: str | None, language: Language, details: Mapping[str, Any]) -> str | None:
    return None if template is None else filled(template, lambda name: _said(name, details, language), language)


def _said(name: str, details: Mapping[str, Any], language: Language) -> Said:
    value = details.get(name)
    if value is None or value in ("", [], ()):
        return NOTHING
    if name in AMOUNTS and isinstance(value, int) and isinstance(currency := details.get("currency"), str):
        return Said(money(Money.model_construct(minor=value, currency=currency), language))
    if name in CURRENCIES:
        codes = [value] if isinstance(value, str) else value
        return Said(listed((currency_name(str(code), language) for code in codes), language))
    if isinstance(value, str) and _INSTANT.match(value):
        at = datetime.fromisoformat(value)
        return Said(instant(at, Voice(language, at.tzinfo or UTC)))
    return Said(spelt(value, Voice(language), name))
