"""What a service's database holds of what was decided, read after the run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shared.events.envelope import Envelope, parse
from shared.runtime import Runtime

_JOURNAL = "select subject, revision, source, version, type, body from journal order by subject, revision"
_ANSWERS = "select key, answer from idempotency"


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of a service's journal."""

    subject: str
    revision: int
    source: str
    version: int
    type: str
    envelope: Envelope
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Store:
    """One service's journal and remembered answers, after the run."""

    service: str
    rows: Sequence[Kept]
    answers: Mapping[str, tuple[str, int, tuple[str, ...]]]

    @property
    def own(self) -> Iterable[Kept]:
        return (row for row in self.rows if row.source == self.service)


async def read_store(runtime: Runtime) -> Store:
    rows = [_kept(record) for record in await runtime.pool.fetch(_JOURNAL)]
    answers = {}
    for record in await runtime.pool.fetch(_ANSWERS):
        said = orjson.loads(record["answer"])
        answers[record["key"]] = (said["subject"], said["version"], tuple(said["events"]))
    return Store(runtime.name, rows, answers)


def _kept(record: Any) -> Kept:
    envelope, data = parse(record["body"])
    head = (record["subject"], record["revision"], record["source"], record["version"], record["type"])
    return Kept(*head, envelope, data)
