"""A service's journal against the log: own events stand there with the same bytes, what was learned was said."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import asyncpg

from closedloop.verify.partition import Partition, Told
from closedloop.verify.report import Report
from shared.db import Connection
from shared.proof.chain import GENESIS, link

_ROWS = """
select subject, revision, source, version, type, body, chain from journal where subject = any($1)
order by subject, revision
"""
_WAITING = "select subject, revision from outbox"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Below which offsets the log's events must stand in a snapshot that was taken later than they were read."""

    own: int
    """All events of the service itself."""
    learned: int
    """The facts of these types."""
    types: frozenset[str]


async def check_store(
    connection: Connection,
    service: str,
    partition: Partition,
    bounds: Bounds,
    subjects: Iterable[str],
    report: Report,
) -> None:
    """Compare the journal of one service with one partition, inside the caller's snapshot of its database."""
    mine = sorted({*subjects, *partition.by_subject})
    waiting = {(row["subject"], row["revision"]) for row in await connection.fetch(_WAITING)}
    by_subject: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in await connection.fetch(_ROWS, mine):
        by_subject[row["subject"]].append(row)
    report.journal_rows += sum(map(len, by_subject.values()))
    for subject in mine:
        rows = by_subject.get(subject, [])
        _check_order(service, subject, rows, report)
        _check_rows(service, partition, rows, waiting, report)
        _check_missing(service, subject, partition.by_subject.get(subject, []), rows, bounds, report)


def _check_order(service: str, subject: str, rows: list[asyncpg.Record], report: Report) -> None:
    revisions = [row["revision"] for row in rows]
    if revisions != list(range(1, len(rows) + 1)):
        report.found("journal_gap", f"{service} {subject}", f"revisions {revisions} are not dense")
    chain = GENESIS
    own = [row for row in rows if row["source"] == service]
    for version, row in enumerate(own, 1):
        chain = link(chain, row["body"])
        if row["version"] != version:
            report.found("journal_gap", f"{service} {subject}", f"own version {version} is missing")
            return
        if chain != row["chain"]:
            report.found(
                "journal_chain", _place(service, row), "the event was changed in the store, or is out of place"
            )
            return


def _check_rows(
    service: str,
    partition: Partition,
    rows: list[asyncpg.Record],
    waiting: set[tuple[str, int]],
    report: Report,
) -> None:
    for row in rows:
        told = partition.streams.get((row["subject"], row["source"]), [])
        if row["version"] <= len(told):
            if told[row["version"] - 1].record.value != row["body"]:
                report.found("store_differs", _place(service, row), "the store and the log hold different bytes")
        elif row["source"] != service:
            report.found("learned_unsaid", _place(service, row), "the log knows no such event")
        elif (row["subject"], row["revision"]) not in waiting:
            report.found(
                "not_in_log", _place(service, row), "the event never reached the log, and nothing will send it"
            )


def _check_missing(
    service: str, subject: str, told: list[Told], rows: list[asyncpg.Record], bounds: Bounds, report: Report
) -> None:
    have = {(row["source"], row["version"]) for row in rows}
    for each in told:
        envelope, offset = each.envelope, each.record.offset
        own = envelope.source == service and offset < bounds.own
        learned = envelope.source != service and envelope.type in bounds.types and offset < bounds.learned
        if (own or learned) and (envelope.source, envelope.version) not in have:
            where = f"{service} {subject} {envelope.source} version {envelope.version} ({envelope.type})"
            report.found("not_in_store", where, "the log has this event, the store has lost it")


def _place(service: str, row: asyncpg.Record) -> str:
    return f"{service} journal {row['subject']} revision {row['revision']} ({row['source']} version {row['version']})"
