"""One partition of the log, read whole: each stream dense, each chain whole; doubles must be the very same bytes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from closedloop.verify.report import Report
from shared.eventlog.protocol import EventLog, Record
from shared.events.base import Event, UnknownType
from shared.events.envelope import Envelope, MalformedEnvelope, fact, parse
from shared.proof.chain import GENESIS, link


@dataclass(slots=True)
class Told:
    """One event as the log tells it, the first time it does."""

    record: Record
    envelope: Envelope
    event: Event | None
    chain: bytes


@dataclass(slots=True)
class Partition:
    """What a partition holds: every event once, in the order in which a reader may take it in."""

    number: int
    told: list[Told] = field(default_factory=list)
    streams: dict[tuple[str, str], list[Told]] = field(default_factory=lambda: defaultdict(list))
    by_subject: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))


async def read_partition(log: EventLog, number: int, report: Report) -> Partition:
    """Read it from its first record to its present end."""
    reader = log.reader()
    partition = Partition(number)
    early: dict[tuple[str, str], dict[int, Told]] = defaultdict(dict)
    try:
        await reader.assign({number: 0})
        end = (await reader.ends())[number]
        position = 0
        while position < end:
            records = await reader.fetch(limit=2_000, wait=1.0)
            for record in records:
                _take(partition, early, record, report)
            position = records[-1].offset + 1 if records else position
    finally:
        await reader.close()
    for (subject, source), missing in early.items():
        if missing:
            have = len(partition.streams[subject, source])
            report.found("gap", f"{subject} {source}", f"version {have + 1} is missing, {min(missing)} is there")
    report.streams += len(partition.streams)
    return partition


def _take(partition: Partition, early: dict[tuple[str, str], dict[int, Told]], record: Record, report: Report) -> None:
    report.events += 1
    told = _told(record, report)
    if told is None:
        return
    stream = (told.envelope.subject, told.envelope.source)
    have = partition.streams[stream]
    version = told.envelope.version
    if version <= len(have):
        if have[version - 1].record.value != record.value:
            report.found("changed", _place(told), "the log tells this version a second time with other bytes")
        return
    early[stream].setdefault(version, told)
    # A version that came before the one it follows waits for it, as readers let it wait.
    while (following := early[stream].pop(len(have) + 1, None)) is not None:
        _check_chain(have, following, report)
        have.append(following)
        partition.told.append(following)
        partition.by_subject[stream[0]].append(following)


def _told(record: Record, report: Report) -> Told | None:
    place = f"partition {record.partition} offset {record.offset}"
    try:
        envelope, data = parse(record.value)
    except MalformedEnvelope:
        report.found("malformed", place, "this record is not an envelope")
        return None
    if envelope.subject != record.key or record.header("version") != str(envelope.version).encode():
        report.found("headers", place, "the record's key or headers do not agree with its envelope")
    try:
        return Told(record, envelope, fact(envelope, data), record.header("chain") or b"")
    except (UnknownType, ValueError) as unreadable:
        if not isinstance(unreadable, UnknownType) or envelope.critical:
            report.found("unreadable", place, f"{envelope.type} can't be read: {type(unreadable).__name__}")
        return Told(record, envelope, None, record.header("chain") or b"")


def _check_chain(have: Sequence[Told], told: Told, report: Report) -> None:
    previous = have[-1].chain if have else GENESIS
    if link(previous, told.record.value) != told.chain:
        report.found("chain", _place(told), "the event does not continue its stream's chain: changed, or out of place")


def _place(told: Told) -> str:
    envelope = told.envelope
    return (
        f"{envelope.subject} {envelope.source} version {envelope.version} ({envelope.type}, event {envelope.id}, "
        f"partition {told.record.partition} offset {told.record.offset})"
    )
