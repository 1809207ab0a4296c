"""The AsyncAPI 3 document of the one topic: who says what, who learns what, and the shape of every fact."""

import json
from collections.abc import Sequence
from typing import Any

from closedloop.docs.markdown import in_one_line
from shared.config import Settings
from shared.eventlog.protocol import PARTITIONS
from shared.events.base import Event, all_events
from shared.privacy.personal import Personal
from shared.rooms import Rooms

_TEXT = {"type": "string"}
_INSTANT = {"type": "string", "format": "date-time"}
_UUID = {"type": "string", "format": "uuid"}
_COUNT = {"type": "integer", "minimum": 1}
_ENVELOPE: dict[str, Any] = {
    "specversion": {"const": "1.0"},
    "datacontenttype": {"const": "application/json"},
    "id": _UUID,
    "subject": {"type": "string", "description": "`<category>:<id>`, also the record's key."},
    "version": _COUNT | {"description": "Dense within what one source says of one subject."},
    "time": _INSTANT | {"description": "When it happened in the world."},
    "recordedtime": _INSTANT | {"description": "When it was written down; never before its cause."},
    "actor": _TEXT,
    "onbehalfof": _TEXT,
    "role": _TEXT,
    "department": _TEXT,
    "causation": _TEXT,
    "correlation": _TEXT,
    "seen": {"type": "string", "description": "Versions of the other streams that the decision knew."},
    "pack": _TEXT,
    "cycle": _COUNT,
    "critical": {"type": "boolean", "description": "Whoever does not know the type must stop at it."},
}
_OPTIONAL = ("onbehalfof", "cycle")
_HEADERS = {
    "type": "object",
    "properties": dict.fromkeys(("content-type", "type", "source", "version", "chain", "traceparent"), _TEXT),
    "description": "Values are UTF-8, but `chain`, the 32 bytes of the stream's hash chain up to this record.",
}


def asyncapi_text(services: Sequence[Rooms]) -> str:
    """AsyncAPI 3.0 as JSON, its keys sorted."""
    return json.dumps(_document(services), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _document(services: Sequence[Rooms]) -> dict[str, Any]:
    facts = all_events()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Closedloop events",
            "version": "1",
            "description": "Facts as CloudEvents 1.0, structured JSON, canonical bytes; kept for ever.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            "events": {
                "address": Settings.model_fields["topic"].default,
                "description": f"{PARTITIONS} partitions by subject: per complaint, an effect stands behind its cause.",
                "messages": {wire: {"$ref": f"#/components/messages/{wire}"} for wire in facts},
            }
        },
        "operations": {key: each for rooms in services for key, each in _operations(rooms, facts).items()},
        "components": {
            "messages": {wire: _message(fact) for wire, fact in facts.items()},
            "schemas": {"Personal": Personal.model_json_schema()},
        },
    }


def _operations(rooms: Rooms, facts: dict[str, type[Event]]) -> dict[str, Any]:
    states = [wire for wire, fact in facts.items() if fact.source == rooms.name]
    learns = sorted(fact.wire_type for fact in rooms.service.learns)
    shows = sorted({fact.wire_type for view in rooms.views for fact in view.steps})
    told = {
        f"{rooms.name}.states": _operation("send", states, f"What {rooms.name} alone may state."),
        f"{rooms.name}.learns": _operation("receive", learns, f"What {rooms.name} decides by."),
        f"{rooms.name}.shows": _operation("receive", shows, f"What the views of {rooms.name} are folded from."),
    }
    return {key: each for key, each in told.items() if each["messages"]}


def _operation(action: str, wires: Sequence[str], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/events"},
        "messages": [{"$ref": f"#/channels/events/messages/{wire}"} for wire in wires],
    }


def _message(fact: type[Event]) -> dict[str, Any]:
    return {
        "name": fact.wire_type,
        "title": f"{fact.__name__} {fact.term}",
        "summary": in_one_line(fact.__doc__),
        "contentType": "application/cloudevents+json",
        "headers": _HEADERS,
        "payload": payload_schema(fact),
    }


def payload_schema(fact: type[Event]) -> dict[str, Any]:
    """JSON Schema of a fact's record: the envelope with its data."""
    told = {
        "type": {"const": fact.wire_type},
        "source": {"const": fact.source},
        "schemaversion": {"const": fact.wire_version},
        "data": _data_schema(fact),
    }
    properties = _ENVELOPE | told
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties.keys() - set(_OPTIONAL)),
    }


def _data_schema(fact: type[Event]) -> dict[str, Any]:
    """What the envelope does not carry already. Old records may lack what was added since, so defaults are optional."""
    schema = fact.model_json_schema(mode="validation")
    for name in fact.in_envelope:
        schema["properties"].pop(name)
    schema["required"] = [name for name in schema.get("required", ()) if name not in fact.in_envelope]
    inlined: dict[str, Any] = _inlined(schema, schema.pop("$defs", {}))
    return inlined


def _inlined(part: Any, definitions: dict[str, Any]) -> Any:
    """With every definition in its place, since a payload stands alone; Personal is the one that all share."""
    if isinstance(part, list):
        return [_inlined(each, definitions) for each in part]
    if not isinstance(part, dict):
        return part
    reference = part.get("$ref", "").rpartition("/")[2]
    if reference == "Personal":
        return {"$ref": "#/components/schemas/Personal"}
    if reference:
        return _inlined(definitions[reference], definitions)
    return {name: _inlined(each, definitions) for name, each in part.items()}
