"""The load: everything that commands in flight must know, in one statement for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson

from shared.decide.known import StoredFile
from shared.store.connections import Pool

_LOAD = """
with wanted(subject, after) as (select * from unnest($1::text[], $2::int[]))
select 'journal' as kind, j.subject as key, j.revision as number, j.source as a, j.version as version,
       j.body as body, j.chain as chain, null::text as b
  from wanted w join journal j on j.subject = w.subject and j.revision > w.after
union all
select 'answer', key, 0, null, 0, fingerprint, null, answer::text from idempotency where key = any($3)
union all
select 'guard', key, revision, null, 0, null, null, value::text from guards where key = any($4)
union all
select distinct 'held', subject, 0, null, 0, null::bytea, null::bytea, null from parked
  where subscriber = 'decide' and subject = any($1)
union all
select 'fresh', partition::text, 0, null, 0, null, null, null from offsets
  where subscriber = 'decide' and partition = any($5) and read_to_end_at > clock_timestamp() - interval '60 seconds'
union all
select 'file', sha256, 0, subject, 0, null, null, json_build_object('media_type', media_type, 'size', size)::text
  from files where sha256 = any($6)
union all
select 'now', '', 0, null, 0, null, null, (extract(epoch from clock_timestamp()))::text
order by 1, 2, 3
"""

MAX_SKEW = 2.0
"""Seconds by which a process's clock may differ from its database's; beyond it, nothing is appended."""


class ClockSkew(Exception):
    """This machine's clock differs from the database's: what it recorded would bear a wrong time."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the journal."""

    subject: str
    revision: int
    source: str
    version: int
    body: bytes
    chain: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one command needs: subjects with the revision it knows already, its idempotency row, guards, freshness,
    and the files that it names.
    """

    subjects: tuple[tuple[str, int], ...]
    answer: str | None = None
    guards: tuple[str, ...] = ()
    partitions: tuple[int, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(slots=True)
class Found:
    """What the load brought for one command."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    answer: tuple[bytes, Any] | None = None
    guards: dict[str, tuple[int, Any]] = field(default_factory=dict)
    held: bool = False
    """Something of one of its subjects could not be read: of the case, or of what the decision rests on."""
    fresh: bool = True
    files: dict[str, StoredFile] = field(default_factory=dict)
    """Those of the files named that this service keeps, by their SHA-256."""


async def load(pool: Pool, wanted: Sequence[Wanted]) -> list[Found]:
    """One statement for all. Raises ClockSkew."""
    after: dict[str, int] = {}
    for want in wanted:
        for subject, revision in want.subjects:
            after[subject] = min(revision, after.get(subject, revision))
    asked = datetime.now(UTC).timestamp()
    records = await pool.fetch(
        _LOAD,
        list(after),
        list(after.values()),
        [want.answer for want in wanted if want.answer],
        [key for want in wanted for key in want.guards],
        [partition for want in wanted for partition in want.partitions],
        [sha256 for want in wanted for sha256 in want.files],
    )
    return _share_out(records, wanted, asked)


def _share_out(records: Sequence[asyncpg.Record], wanted: Sequence[Wanted], asked: float) -> list[Found]:
    rows: dict[str, list[Row]] = {}
    answers: dict[str, tuple[bytes, Any]] = {}
    guards: dict[str, tuple[int, Any]] = {}
    held: set[str] = set()
    fresh: set[int] = set()
    files: dict[str, StoredFile] = {}
    for record in records:
        key = record["key"]
        match record["kind"]:
            case "journal":
                rows.setdefault(key, []).append(
                    Row(key, record["number"], record["a"], record["version"], record["body"], record["chain"])
                )
            case "answer":
                answers[key] = (record["body"], orjson.loads(record["b"]))
            case "guard":
                guards[key] = (record["number"], orjson.loads(record["b"]) if record["b"] else None)
            case "held":
                held.add(key)
            case "fresh":
                fresh.add(int(key))
            case "file":
                files[key] = StoredFile(sha256=key, subject=record["a"], **orjson.loads(record["b"]))
            case _:
                _check_skew(skew_of(float(record["b"]), asked, datetime.now(UTC).timestamp()))
    return [
        Found(
            rows={
                subject: [row for row in rows.get(subject, ()) if row.revision > revision]
                for subject, revision in want.subjects
            },
            answer=answers.get(want.answer) if want.answer else None,
            guards={key: guards.get(key, (0, None)) for key in want.guards},
            held=any(subject in held for subject, _ in want.subjects),
            fresh=all(partition in fresh for partition in want.partitions),
            files={sha256: files[sha256] for sha256 in want.files if sha256 in files},
        )
        for want in wanted
    ]


def skew_of(database: float, asked: float, answered: float) -> float:
    """By how many seconds the database's clock lies outside the time between question and answer on ours.

    A busy machine may take seconds to ask, or to come round to reading the answer: that is no clock's fault.
    """
    return max(asked - database, database - answered, 0.0)


def _check_skew(skew: float) -> None:
    if skew > MAX_SKEW:
        raise ClockSkew(f"This machine's clock is {skew:.1f} s from the database's. Set it, then try again.")
