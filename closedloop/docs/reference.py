"""The settings, the words, and each service's OpenAPI."""

import json
from typing import Any

from pydantic.fields import FieldInfo

from closedloop.docs.markdown import code, in_one_line, page, plain, table
from shared.config import Settings
from shared.events import language
from shared.events.base import Event, all_events
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
    facts = all_events().values()
    parts = [_words(module.__name__.rpartition(".")[2], facts) for module in language.MODULES]
    return page("Glossary", "Every fact that the services tell each other: name, term, name on the wire.", *parts)


def _words(source: str, facts: Any) -> str:
    rows = [_word(fact) for fact in facts if fact.source == source]
    return f"## {plain(source)}\n\n{table(('English', '中文', 'Wire name', 'Version', 'Meaning'), rows)}"


def _word(fact: type[Event]) -> tuple[str, ...]:
    meaning = in_one_line(fact.__doc__)
    return code(fact.__name__), plain(fact.term), code(fact.wire_type), str(fact.wire_version), meaning


def openapi_text(rooms: Rooms) -> str:
    """A service's OpenAPI 3.1, its keys sorted."""
    schema = app_for(rooms, Settings.model_construct()).openapi()
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
