"""Which language somebody wants to be spoken to in."""

from collections.abc import Mapping

from shared.events.vocabulary import Language
from shared.language.catalogue import LANGUAGES

_RANGES = 10
"""So many language ranges of a header are looked at: no browser sends more, and who does need not keep us busy."""


def asked_for(accept_language: str) -> Language:
    """The one of our languages that an `Accept-Language` header (RFC 9110) prefers; English if it asks for neither."""
    wanted = [_read(text) for text in accept_language.lower().split(",", _RANGES)[:_RANGES]]
    for weight, tag in sorted(wanted, key=lambda each: -each[0]):
        for language in LANGUAGES:
            if weight > 0 and tag.partition("-")[0] == language:
                return language
    return "en"


def spoken_at(environment: Mapping[str, str]) -> Language:
    """The language of a terminal, by the variables that POSIX looks at, in its order."""
    said = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    return "zh" if said.lower().startswith("zh") else "en"


def _read(text: str) -> tuple[float, str]:
    """Weight and tag of one range; a weight that is no number counts as none."""
    tag, _, parameter = text.partition(";")
    name, _, weight = parameter.partition("=")
    if name.strip() != "q":
        return 1.0, tag.strip()
    try:
        return float(weight), tag.strip()
    except ValueError:
        return 0.0, tag.strip()
