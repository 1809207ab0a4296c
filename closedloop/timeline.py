"""Every event of a complaint in order, in plain words: merged from what each service did."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from closedloop.sentences import sentence
from shared.events.envelope import Envelope, fact, parse, parse_seen
from shared.runtime import Runtime

_OWN = "select body from journal where subject = $1 and source = $2 order by revision"
_BY_NUMBER = "select key from views.register_v1 where number = $1 or key = $1"


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
    key: str | None = await intake.pool.fetchval(_BY_NUMBER, name.strip())
    return key


async def timeline(runtimes: Iterable[Runtime], complaint_id: str) -> list[Entry]:
    """The events of all services, causes before effects."""
    subject = f"complaint:{complaint_id}"
    streams: dict[str, list[Envelope]] = {}
    said: dict[str, Entry] = {}
    for runtime in runtimes:
        rows = await runtime.pool.fetch(_OWN, subject, runtime.name)
        for row in rows:
            envelope, data = parse(row["body"])
            streams.setdefault(runtime.name, []).append(envelope)
            said[str(envelope.id)] = _entry(envelope, sentence(envelope, fact(envelope, data)))
    return [said[str(envelope.id)] for envelope in merged(streams)]


def merged(streams: dict[str, list[Envelope]]) -> list[Envelope]:
    """One order of several streams of a subject: what a decision had seen stands before it; else by recorded time.

    Recorded times alone would nearly do, since an effect never bears an earlier one than its cause; but two may be
    equal, and then only `seen` tells which was first.
    """
    waiting = {name: list(stream) for name, stream in streams.items()}
    done = dict.fromkeys(streams, 0)
    ordered: list[Envelope] = []
    while any(waiting.values()):
        heads = [stream[0] for stream in waiting.values() if stream]
        ready = [head for head in heads if _seen_stands(head, done)] or heads
        first = min(ready, key=lambda envelope: (envelope.recorded, envelope.source))
        waiting[first.source].pop(0)
        done[first.source] = first.version
        ordered.append(first)
    return ordered


def _seen_stands(envelope: Envelope, done: dict[str, int]) -> bool:
    seen = parse_seen(envelope.seen)
    return all(done.get(source, version) >= version for source, version in seen.items() if "/" not in source)


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
