"""Putting into the log what a store holds and the log has lost: the same bytes, an effect never before its cause."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from heapq import merge

import asyncpg

from closedloop.backup.heal_scan import CantHeal, Told
from shared.eventlog.protocol import EventLog, Outgoing, Record
from shared.eventlog.relay import outgoing
from shared.events.envelope import Envelope, parse, parse_seen
from shared.projections.incoming import Stream

_SEND = 500
Missing = Mapping[Stream, Sequence[asyncpg.Record]]
_Event = tuple[Envelope, asyncpg.Record]


def in_order(told: Told, missing: Missing) -> list[asyncpg.Record]:
    """One order of all: of a subject, what a decision had seen stands before it; else by recorded time."""
    by_subject: dict[str, dict[str, list[_Event]]] = defaultdict(dict)
    for (subject, source), rows in missing.items():
        by_subject[subject][source] = [(parse(row["body"])[0], row) for row in rows]
    told_in_order = (_of_subject(told, subject, streams) for subject, streams in sorted(by_subject.items()))
    return [row for _, row in merge(*told_in_order, key=lambda event: event[0].recorded)]


def _of_subject(told: Told, subject: str, streams: Mapping[str, Sequence[_Event]]) -> list[_Event]:
    waiting = {source: list(events) for source, events in streams.items()}
    done = {source: told.head((subject, source)) for source in streams}
    ordered: list[_Event] = []
    while any(waiting.values()):
        first = [events[0] for events in waiting.values() if events]
        ready = [event for event in first if _has_seen(event[0], done)] or first
        chosen = min(ready, key=lambda event: (event[0].recorded, event[0].source))
        waiting[chosen[0].source].pop(0)
        done[chosen[0].source] = chosen[0].version
        ordered.append(chosen)
    return ordered


def _has_seen(envelope: Envelope, done: Mapping[str, int]) -> bool:
    """Whether all that it had seen of the streams that are being put back stands before it."""
    return all(done.get(source, version) >= version for source, version in parse_seen(envelope.seen).items())


async def put_back(log: EventLog, told: Told, rows: Sequence[asyncpg.Record]) -> int:
    """Send these to their partition and note where they stand; gives how many. Raises LogUnavailable, CantHeal."""
    for start in range(0, len(rows), _SEND):
        batch = [outgoing(row) for row in rows[start : start + _SEND]]
        first = (await log.send({told.number: batch}))[told.number]
        if not isinstance(first, int):
            raise first
        if first != len(told.places):
            raise CantHeal("Somebody else writes to this log. Stop all processes, then run this command again.")
        for nth, sent in enumerate(batch):
            told.take(_as_read(told.number, first + nth, sent))
    return len(rows)


def _as_read(partition: int, offset: int, sent: Outgoing) -> Record:
    return Record(partition, offset, sent.key, sent.value, sent.headers)
