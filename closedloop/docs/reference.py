"""The settings, the words, and each service's OpenAPI."""

import json

from pydantic.fields import FieldInfo

from closedloop.docs.markdown import code, in_one_line, page, plain, table
from shared.config import Settings
from shared.events import language
from shared.events.base import Event, all_events
from shared.language.catalogue import catalogue
from shared.rooms import Rooms
from shared.web.app import app_for


def settings_page() -> str:
    """Every environment variable of a process."""
    prefix = Settings.model_config["env_prefix"].upper()
    rows = [
        (code(f"{prefix}{name.upper()}"), _default(field), in_one_line(field.description))
        for name, field in Settings.model_fields.items()
    ]
    said = "Environment variables: whatever differs between a laptop and a cluster. Nothing else does."
    return page("Settings", said, table(("Variable", "Default", "Meaning"), rows))


def _default(field: FieldInfo) -> str:
    return "empty" if field.default is None else code(str(field.default))


def glossary_page() -> str:
    """Every fact of the language, by service."""
    parts = [_words(module.__name__) for module in language.MODULES]
    return page(
        "Glossary", "Every fact that the services tell each other: name, term, name on the wire.", *parts, _codes()
    )


def _words(module: str) -> str:
    rows = [_word(fact) for fact in all_events().values() if fact.__module__ == module]
    heads = ("English", "中文", "Wire name", "Version", "Meaning")
    return f"## {plain(module.rpartition('.')[2])}\n\n{table(heads, rows)}"


def _codes() -> str:
    """The words of closed lists: roles, channels, outcomes and the like."""
    english, chinese = (catalogue(each, "words").texts for each in ("en", "zh"))
    rows = [
        (plain(english[key]), plain(chinese.get(key, "")), code(key[1]), plain(key[0] or ""))
        for key in sorted(english, key=lambda key: (key[0] or "", key[1]))
        if key[0] != "form"
    ]
    return f"## Codes\n\n{table(('English', '中文', 'On the wire', 'Where'), rows)}"


def _word(fact: type[Event]) -> tuple[str, ...]:
    meaning = in_one_line(fact.__doc__)
    return code(fact.__name__), plain(fact.term), code(fact.wire_type), str(fact.wire_version), meaning


def openapi_text(rooms: Rooms) -> str:
    """A service's OpenAPI 3.1, its keys sorted."""
    schema = app_for(rooms, Settings.model_construct()).openapi()
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
