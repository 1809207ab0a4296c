"""Whole lives of complaints, as a simulation played them: what `grow` makes many out of.

`python -m tests.load.grow_lives --complaints 60 --seed 20` plays them anew and writes `grow_lives.jsonl.gz`, one life
a line. The file is kept, so that a log of any size grows from the same lives on any machine, in a second. Personal
data stands in it in clear: the people of a simulation do not exist.
"""

import argparse
import asyncio
import gzip
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from closedloop import commands as work
from closedloop.installation import installation
from closedloop.system import rooms_of
from shared.config import Settings
from shared.eventlog.protocol import EventLog, Record
from shared.events.base import Event
from shared.events.envelope import Envelope, fact, parse
from shared.privacy.keyring import Keyring
from shared.privacy.personal import Personal, personal_fields, with_personal
from shared.runtime import open_process, open_runtime

FILE = Path(__file__).parent / "grow_lives.jsonl.gz"
_JOURNAL = "select subject, source, version, revision from journal where subject like 'complaint:%'"
_NOT_YET = "A" * 64
"""Stands where a text was sealed, until it is sealed anew."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of a life, its personal data open and not sealed. `revision`: its place in intake's journal, if any."""

    envelope: Envelope
    event: Event
    revision: int | None


Life = tuple[Told, ...]


def lives() -> list[Life]:
    """The kept lives, each in the order of the log."""
    return [
        tuple(_told(each) for each in orjson.loads(line)) for line in gzip.decompress(FILE.read_bytes()).splitlines()
    ]


def _told(line: dict[str, Any]) -> Told:
    envelope, data = parse(orjson.dumps(line["body"]))
    event = fact(envelope, data)
    clear = {path: Personal.of(one.owner, line["clear"][path]) for path, one in personal_fields(event)}
    return Told(envelope, with_personal(event, clear), line["revision"])


async def played(complaints: int, seed: int, data: Path) -> list[bytes]:
    """Play complaints in an empty data folder; each one's life as a line."""
    settings = Settings(data=data, port=0)
    await work.simulate(settings, complaints, seed, lambda _: None)
    return await told_in(settings)


async def told_in(settings: Settings) -> list[bytes]:
    """The lives that were played in a data folder."""
    async with (
        installation(settings) as dsn_of,
        open_process(settings, dsn_of) as process,
        open_runtime(rooms_of("intake"), process) as intake,
    ):
        kept = {tuple(row)[:3]: row["revision"] for row in await intake.pool.fetch(_JOURNAL)}
        by_subject: dict[str, list[Record]] = defaultdict(list)
        for record in await _all(process.log):
            if record.key.startswith("complaint:"):
                by_subject[record.key].append(record)
        return [
            orjson.dumps([await _line(record, process.keyring, kept) for record in records])
            for _, records in sorted(by_subject.items())
        ]


async def _all(log: EventLog) -> list[Record]:
    reader = log.reader()
    await reader.assign(dict.fromkeys(range(log.partitions), 0))
    wanted = sum((await reader.ends()).values())
    records: list[Record] = []
    while len(records) < wanted:
        records += await reader.fetch(limit=1_000, wait=1)
    await reader.close()
    return records


async def _line(record: Record, keyring: Keyring, kept: dict[tuple[Any, ...], int]) -> dict[str, Any]:
    envelope, data = parse(record.value)
    opened = (await keyring.open([(str(envelope.id), fact(envelope, data))]))[0]
    clear = {path: one.clear for path, one in personal_fields(opened)}
    body = orjson.loads(record.value)
    body["data"] = without_seals(body["data"])
    return {
        "body": body,
        "clear": clear,
        "revision": kept.get((envelope.subject, envelope.source, envelope.version)),
    }


def without_seals(data: Any) -> Any:
    """The same data with a blank in the place of every ciphertext."""
    if isinstance(data, dict):
        if data.keys() == {"owner", "sealed"}:
            return {"owner": data["owner"], "sealed": _NOT_YET}
        return {name: without_seals(value) for name, value in data.items()}
    return [without_seals(each) for each in data] if isinstance(data, list) else data


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--complaints", type=int, default=60)
    asked.add_argument("--seed", type=int, default=20)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="closedloop-lives-") as data:
        lines = asyncio.run(played(given.complaints, given.seed, Path(data)))
    FILE.write_bytes(gzip.compress(b"\n".join(lines), mtime=0))


if __name__ == "__main__":
    main()
