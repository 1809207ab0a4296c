"""The events of one complaint in order, each in a sentence of the caller's language and field by field."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import select

from services.desk.views.timeline import VIEW
from shared.events.accountability import SCOPE
from shared.events.base import Event
from shared.events.envelope import Envelope, fact, parse
from shared.events.vocabulary import Language
from shared.language import Voice, sentence
from shared.language.order import merged
from shared.privacy.personal import Personal
from shared.projections.read import Asked
from shared.projections.table import answering

_TIMELINE = answering(VIEW)


class Told(BaseModel):
    """One event. Texts of the customer and about them are null where they are sealed to the caller."""

    happened_at: datetime = Field(description="When it happened in the world.")
    recorded_at: datetime = Field(description="When it was written down.")
    service: str
    version: int
    type: str = Field(description="The fact's wire name, as in the glossary.")
    actor: str
    role: str
    department: str
    on_behalf_of: str | None
    cycle: int | None
    says: str = Field(description="The event in one sentence of the language asked for.")
    fields: dict[str, Any] = Field(description="What it states, field by field.")


async def events_of(asked: Asked, complaint_id: str) -> list[tuple[Envelope, Event]]:
    """Everything that was said of a complaint, causes before effects; opened if the caller said what for."""
    statement = select(_TIMELINE.c.body).where(_TIMELINE.c.complaint_id == complaint_id).order_by(_TIMELINE.c.key)
    parsed = [parse(row["body"].encode()) for row in await asked.rows(statement)]
    said = {envelope.id: (envelope, fact(envelope, data)) for envelope, data in parsed}
    streams: dict[str, list[Envelope]] = {}
    for envelope, _ in parsed:
        streams.setdefault(envelope.source, []).append(envelope)
    ordered = [said[envelope.id] for envelope in merged(streams)]
    return await _opened(asked, ordered) if asked.purpose else ordered


async def _opened(asked: Asked, said: Sequence[tuple[Envelope, Event]]) -> list[tuple[Envelope, Event]]:
    # Who answers for a complaint in person is for the readers of that record alone, not for those of the case (N16).
    items = [(str(envelope.id), event) for envelope, event in said]
    opened = await asked.keyring.open(items, only=lambda owner: owner != SCOPE)
    return [(envelope, event) for (envelope, _), event in zip(said, opened, strict=True)]


def told(envelope: Envelope, event: Event, language: Language, zone: tzinfo) -> Told:
    """The event as it is shown."""
    clear = {name: value.clear for name, value in event if isinstance(value, Personal) and value.is_open}
    return Told(
        happened_at=envelope.time,
        recorded_at=envelope.recorded,
        service=envelope.source,
        version=envelope.version,
        type=envelope.type,
        actor=envelope.actor,
        role=envelope.role,
        department=envelope.department,
        on_behalf_of=envelope.on_behalf_of,
        cycle=envelope.cycle,
        says=sentence(envelope, event, clear, Voice(language, zone)),
        fields={name: _plain(value) for name, value in event if name not in event.in_envelope},
    )


def _plain(value: Any) -> Any:
    """As JSON has it, with what is sealed to the caller left out."""
    match value:
        case Personal():
            return value.clear if value.is_open else None
        case BaseModel():
            return {name: _plain(each) for name, each in value}
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def zone_of(name: str) -> tzinfo:
    """The zone whose clock the sentences go by. Raises ValueError for one that does not exist."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError) as unknown:
        raise PydanticCustomError(
            "no_such_zone", "There is no such time zone. Write one such as Asia/Shanghai."
        ) from unknown
