"""Every event in one plain sentence, for people who read a case as a story.

Its sentence stands in the catalogue `events` under its wire type and names fields of the event. What a person wrote
or is called shows as sealed, also when the event happens to be open: a timeline is printed, mailed and kept, so clear
text gets in only on purpose.
"""

from collections.abc import Mapping
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from shared.events.base import Event
from shared.events.envelope import Envelope
from shared.events.vocabulary import SYSTEM, Language, Money
from shared.language.catalogue import catalogue
from shared.language.template import Said, filled
from shared.language.words import Voice, form, money, quoted, spelt
from shared.privacy.personal import Personal

_NOTHING_OPENED: Final[Mapping[str, str]] = {}
_IN_ENGLISH: Final = Voice()


def sentence(
    envelope: Envelope, event: Event, opened: Mapping[str, str] = _NOTHING_OPENED, voice: Voice = _IN_ENGLISH
) -> str:
    """The event in one sentence. `opened`: clear texts to show, by field; all other personal data stays sealed.

    Raises KeyError for a type without a sentence.
    """

    def say(name: str) -> Said:
        return Said(_who(envelope, voice.language)) if name == "by" else _said(event, name, opened, voice)

    return filled(catalogue(voice.language, "events").texts[None, event.wire_type], say, voice.language)


def sealed(language: Language) -> str:
    """What stands in place of personal data."""
    return form("sealed", language)


def _hidden(value: Personal, language: Language) -> str:
    return form("erased", language) if value.is_erased else sealed(language)


def _who(envelope: Envelope, language: Language) -> str:
    who = form("system", language) if envelope.actor == SYSTEM else envelope.actor
    if envelope.on_behalf_of is None:
        return who
    return form("on_behalf_of", language, who=who, whom=envelope.on_behalf_of)


def _said(event: Event, name: str, opened: Mapping[str, str], voice: Voice) -> Said:
    value = getattr(event, name)
    if isinstance(value, Personal):
        return Said(quoted(opened[name], voice.language) if name in opened else _hidden(value, voice.language))
    if isinstance(value, Money):
        return Said(money(value, voice.language), there=value.minor > 0)
    field = type(event).model_fields[name]
    words = "" if value is None else spelt(value, voice, name, coded=is_coded(field.annotation))
    return Said(words, _is_there(value, field))


def _is_there(value: Any, field: FieldInfo) -> bool:
    """Whether there is anything to say of a value."""
    if type(value) is int:
        return bool(value != field.default)  # one complainant, as usual, is no news
    if value is False:
        return NoneType in get_args(field.annotation)  # where nobody may have asked, no is an answer
    return bool(value)


def is_coded(annotation: Any) -> bool:
    """Whether what stands there comes from a closed list, so that there is a word for each."""
    return get_origin(annotation) is Literal or any(map(is_coded, get_args(annotation)))
