"""The envelope: a fact as CloudEvents 1.0 structured JSON, in canonical bytes that are made once.

The bytes are what is hashed, stored, sent and kept; nothing ever serialises them anew. On this subset (sorted ASCII
keys, no floats, integers within 2**53) they equal RFC 8785.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from shared.events.base import Event, event_class
from shared.events.upcast import lift

MAX_BYTES = 256 * 1024
"""Bounded at append, so that no record is ever too large for the log to carry."""

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_SPEC = "1.0"
_FROM_ISO = datetime.fromisoformat


class EnvelopeTooLarge(ValueError):
    """The fact does not fit in an envelope."""


class MalformedEnvelope(ValueError):
    """Bytes that are not an envelope of ours."""


Seen = Mapping[str, int]
"""What a decision knew: stream (`intake`, or `limits:house/directory` for another subject) to its version."""


def instant(value: datetime) -> str:
    """RFC 3339 in UTC with microseconds: how the envelope's own times travel."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def canonical(value: Any) -> bytes:
    """Canonical JSON of plain data. Refuses integers over 53 bits; no fact has a float (a contract test sees to it)."""
    return orjson.dumps(value, option=_CANONICAL)


def seen_text(seen: Seen) -> str:
    return ",".join(f"{stream}={seen[stream]}" for stream in sorted(seen))


def parse_seen(text: str) -> dict[str, int]:
    pairs = (item.rpartition("=") for item in text.split(",") if item)
    return {stream: int(version) for stream, _, version in pairs}


class Envelope(NamedTuple):
    """Everything about a fact that is not the fact: who, when, for whom, because of what, knowing what."""

    id: UUID
    source: str
    subject: str
    type: str
    schema_version: int
    version: int
    time: datetime
    recorded: datetime
    actor: str
    role: str
    department: str
    causation: str
    correlation: str
    seen: str
    pack: str
    critical: bool
    on_behalf_of: str | None = None
    cycle: int | None = None

    def to_bytes(self, data: dict[str, Any]) -> bytes:
        """The canonical bytes. Raises EnvelopeTooLarge."""
        attributes: dict[str, Any] = {
            "specversion": _SPEC,
            "datacontenttype": "application/json",
            "id": str(self.id),
            "source": self.source,
            "subject": self.subject,
            "type": self.type,
            "schemaversion": self.schema_version,
            "version": self.version,
            "time": instant(self.time),
            "recordedtime": instant(self.recorded),
            "actor": self.actor,
            "role": self.role,
            "department": self.department,
            "causation": self.causation,
            "correlation": self.correlation,
            "seen": self.seen,
            "pack": self.pack,
            "critical": self.critical,
            "data": data,
        }
        if self.on_behalf_of is not None:
            attributes["onbehalfof"] = self.on_behalf_of
        if self.cycle is not None:
            attributes["cycle"] = self.cycle
        body = canonical(attributes)
        if len(body) > MAX_BYTES:
            raise EnvelopeTooLarge(f"{self.type}: {len(body)} bytes, at most {MAX_BYTES}")
        return body


def data_of(event: Event) -> dict[str, Any]:
    """The fact's own data: what the envelope does not carry already. Raises if a personal field is not sealed."""
    return event.model_dump(mode="json", exclude=set(event.in_envelope))


def parse(body: bytes) -> tuple[Envelope, dict[str, Any]]:
    """The envelope of such bytes, and the raw data. Raises MalformedEnvelope."""
    try:
        raw = orjson.loads(body)
        if raw["specversion"] != _SPEC:
            raise MalformedEnvelope(f"specversion {raw['specversion']!r}")
        envelope = Envelope(
            UUID(raw["id"]), raw["source"], raw["subject"], raw["type"], raw["schemaversion"], raw["version"],
            _FROM_ISO(raw["time"]), _FROM_ISO(raw["recordedtime"]), raw["actor"], raw["role"], raw["department"],
            raw["causation"], raw["correlation"], raw["seen"], raw["pack"], raw["critical"], raw.get("onbehalfof"),
            raw.get("cycle"),
        )  # fmt: skip
        return envelope, raw["data"]
    except MalformedEnvelope:
        raise
    except (KeyError, TypeError, ValueError) as broken:
        raise MalformedEnvelope(f"not an envelope: {broken!r}") from broken


def fact(envelope: Envelope, data: dict[str, Any]) -> Event:
    """The fact itself, lifted to today's version.

    Raises UnknownType, or pydantic's ValidationError for data that does not fit its type.
    """
    cls = event_class(envelope.type)
    lifted = lift(cls, envelope.schema_version, data)
    carried: dict[str, Any] = {"at": envelope.time, "by": envelope.actor, "on_behalf_of": envelope.on_behalf_of}
    if "cycle" in cls.in_envelope:
        carried["cycle"] = envelope.cycle
    return cls.model_validate(lifted | carried)
