"""Every event of a complaint in order, in plain words: merged from what each service did."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.events.envelope import Envelope, fact, parse
from shared.language import Voice, sentence
from shared.language.order import merged
from shared.runtime import Runtime

_OWN = "select body from journal where subject = $1 and source = $2 order by revision"
_IN_ENGLISH = Voice()


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: when it was recorded, by whom, and what it says."""

    recorded: datetime
    happened: datetime
    service: str
    version: int
    type: str
    actor: str
    role: str
    cycle: int | None
    says: str


async def find_complaint(intake: Runtime, name: str) -> str | None:
    """The id of a complaint by its id or its number; None if there is none."""
    register = next(view for view in intake.rooms.views if view.name == "register")
    by_number = f"select key from views.{register.full_name} where number = $1 or key = $1"  # noqa: S608 -- our own name
    key: str | None = await intake.pool.fetchval(by_number, name.strip())
    return key


async def timeline(runtimes: Iterable[Runtime], complaint_id: str, voice: Voice = _IN_ENGLISH) -> list[Entry]:
    """The events of all services, causes before effects."""
    subject = f"complaint:{complaint_id}"
    streams: dict[str, list[Envelope]] = {}
    said: dict[str, Entry] = {}
    for runtime in runtimes:
        rows = await runtime.pool.fetch(_OWN, subject, runtime.name)
        for row in rows:
            envelope, data = parse(row["body"])
            streams.setdefault(runtime.name, []).append(envelope)
            said[str(envelope.id)] = _entry(envelope, sentence(envelope, fact(envelope, data), voice=voice))
    return [said[str(envelope.id)] for envelope in merged(streams)]


def _entry(envelope: Envelope, says: str) -> Entry:
    return Entry(
        recorded=envelope.recorded,
        happened=envelope.time,
        service=envelope.source,
        version=envelope.version,
        type=envelope.type,
        actor=envelope.actor,
        role=envelope.role,
        cycle=envelope.cycle,
        says=says,
    )
