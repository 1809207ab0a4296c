"""What must be true when all is quiet again, whatever happened before. Each finding is a sentence."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from closedloop.verify.run import verify
from shared.decide.command import SYSTEM_ACTOR
from shared.eventlog.protocol import Record
from shared.events.envelope import parse_seen
from shared.runtime import Process, Runtime
from tests.chaos.provider import Provider
from tests.chaos.store import Kept, Store, read_store
from tests.chaos.streams import judged
from tests.chaos.town import Sent, Town

_FAILED = "select kind, subject, last_error from due where state = 'failed'"
_MOST = 12
"""Sentences of one kind that are worth reading."""


@dataclass
class Findings:
    """What is wrong, by the check that found it; `looked_at` says how much each of them saw."""

    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    looked_at: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not any(self.wrong.values())

    def of(self, check: str, found: Iterable[str], looked_at: int) -> None:
        self.looked_at[check] = looked_at
        self.wrong[check] += found

    def lines(self) -> list[str]:
        told = []
        for check, number in self.looked_at.items():
            wrong = self.wrong[check]
            told.append(f"  {'ok   ' if not wrong else 'WRONG'} {check}: {number} looked at, {len(wrong)} wrong")
            told += [f"          {each}" for each in wrong[:_MOST]]
        return told


async def everything(
    process: Process, runtimes: Mapping[str, Runtime], town: Town, provider: Provider, *, quiet: bool
) -> Findings:
    """All checks. `quiet`: whether nothing was on its way any more, which itself must be true."""
    findings = Findings()
    stores = {name: await read_store(runtime) for name, runtime in runtimes.items()}
    findings.of("outboxes empty and every reader at the log's end", [] if quiet else ["it never became quiet"], 1)
    findings.of("acknowledged, and there once", *acknowledged(stores, town.sent))
    findings.of("nothing there that nobody asked for", *asked_for(stores, town.sent))
    findings.of("what clients heard fits one order, per case", *await asyncio.to_thread(_in_one_order, stores, town))
    findings.of("every decision knew what stood before it", *knew(stores.values()))
    findings.of("recorded times never go back", *times(stores.values()))
    findings.of("the log tells each stream in order", *in_order(await all_records(process)))
    if "resolution" in stores:
        findings.of("paid once, and recorded", *paid(stores["resolution"], provider))
    findings.of("nothing due has failed", *await failed(runtimes))
    report = await verify(process, runtimes)
    told = [f"{each.kind}: {each.where}: {each.says}" for each in report.findings]
    findings.of(
        "log, stores and views by the independent fold", told, report.events + report.journal_rows + report.rows
    )
    return findings


def _in_one_order(stores: Mapping[str, Store], town: Town) -> tuple[list[str], int]:
    return judged(stores, town.calls)


def acknowledged(stores: Mapping[str, Store], sent: Sequence[Sent]) -> tuple[list[str], int]:
    """Whoever was told 201 finds exactly those events at exactly those versions, and nobody else was told the same."""
    wrong = []
    there = {(s.service, row.subject, row.version): row.type for s in stores.values() for row in s.own}
    claimed: dict[tuple[str, str, int], str] = {}
    done = [each for each in sent if each.status == 201]
    for each in done:
        first = each.version - len(each.events) + 1
        for version, event in enumerate(each.events, first):
            place = (each.service, each.subject, version)
            if there.get(place) != event:
                wrong.append(f"{place}: {event} was acknowledged to {each.key}, there is {there.get(place)}")
            if claimed.setdefault(place, each.key) != each.key:
                wrong.append(f"{place} was acknowledged to {claimed[place]} and to {each.key}")
        if each.key not in stores[each.service].answers:
            wrong.append(f"{each.service}: the answer under {each.key} was forgotten")
    return wrong, len(done)


def asked_for(stores: Mapping[str, Store], sent: Sequence[Sent]) -> tuple[list[str], int]:
    """Every event that a person states stands behind the one answer under a key that was sent."""
    wrong = []
    keys = {(each.service, each.key) for each in sent}
    seen = 0
    for store in stores.values():
        told = {
            (subject, version - n): key
            for key, (subject, version, events) in store.answers.items()
            for n in range(len(events))
        }
        for row in store.own:
            if row.envelope.role == SYSTEM_ACTOR.role or store.service == "directory":
                continue
            seen += 1
            key = told.get((row.subject, row.version))
            if key is None or (store.service, key) not in keys:
                wrong.append(f"{store.service} {row.subject} version {row.version} ({row.type}): asked for by {key}")
    return wrong, seen


def knew(stores: Iterable[Store]) -> tuple[list[str], int]:
    """Whatever stood in the journal of a case before a decision on it is among what that decision says it knew."""
    wrong, looked_at = [], 0
    for store in stores:
        below: dict[str, Counter[str]] = defaultdict(Counter)
        for row in store.rows:
            known = below[row.subject]
            if row.source == store.service:
                looked_at += 1
                seen = {k: v for k, v in parse_seen(row.envelope.seen).items() if "/" not in k}
                if seen != {source: version for source, version in known.items() if source != store.service}:
                    wrong.append(
                        f"{store.service} {row.subject} revision {row.revision} ({row.type}) knew {seen}, but before "
                        f"it stood {dict(known)}"
                    )
            known[row.source] = max(known[row.source], row.version)
    return wrong, looked_at


def times(stores: Iterable[Store]) -> tuple[list[str], int]:
    """However the clocks of processes were set, no effect bears an earlier time than its cause."""
    wrong, looked_at = [], 0
    for store in stores:
        last: dict[str, Kept] = {}
        for row in store.rows:
            before = last.get(row.subject)
            looked_at += 1
            if row.source == store.service and before and row.envelope.recorded < before.envelope.recorded:
                wrong.append(f"{store.service} {row.subject} revision {row.revision} is older than the one before it")
            if before is None or row.envelope.recorded > before.envelope.recorded:
                last[row.subject] = row
    return wrong, looked_at


def in_order(records: Iterable[Record]) -> tuple[list[str], int]:
    """Each stream's versions appear one after the other; what was told already may be told again."""
    wrong, looked_at = [], 0
    told: Counter[tuple[str, str]] = Counter()
    for record in records:
        looked_at += 1
        source, version = (record.header("source") or b"").decode(), int(record.header("version") or b"0")
        stream = (record.key, source)
        if version > told[stream] + 1:
            wrong.append(f"{record.key} {source}: version {version} at {record.offset}, before {told[stream] + 1}")
        told[stream] = max(told[stream], version)
    return wrong, looked_at


def paid(store: Store, provider: Provider) -> tuple[list[str], int]:
    """No reference was paid twice; each that was paid is recorded as paid, or as not known; each recorded was paid."""
    times = provider.paid_for()
    wrong = [f"{payment} was paid {n} times" for payment, n in times.items() if n > 1]
    per_case = Counter((body["complaint"], body["payment"]) for _, body in provider.service.paid)
    started = Counter(_payments(store, "remedy.execution-started"))
    wrong += [f"{case} {payment} was paid, but never started" for case, payment in per_case if not started[payment]]
    executed = Counter(_payments(store, "remedy.step-executed"))
    wrong += [f"{payment} was recorded as paid {n} times" for payment, n in executed.items() if n > 1]
    wrong += [f"{payment} was recorded as paid, but is not" for payment in executed if not times[payment]]
    unknown = set(_payments(store, "remedy.payment-unknown"))
    wrong += [f"{p} was paid, and nobody recorded it" for p in times if p not in executed and p not in unknown]
    return wrong, len(started)


def _payments(store: Store, kind: str) -> Iterable[str]:
    return (str(row.data["payment"]) for row in store.own if row.type == kind)


async def failed(runtimes: Mapping[str, Runtime]) -> tuple[list[str], int]:
    """Deadlines and effects that gave up."""
    wrong, looked_at = [], 0
    for name, runtime in runtimes.items():
        looked_at += await runtime.pool.fetchval("select count(*) from due")
        wrong += [
            f"{name} {row['kind']} {row['subject']}: {row['last_error']}" for row in await runtime.pool.fetch(_FAILED)
        ]
    return wrong, looked_at


async def all_records(process: Process) -> list[Record]:
    """The whole log, in order within each partition."""
    reader = process.log.reader()
    try:
        await reader.assign(dict.fromkeys(range(process.log.partitions), 0))
        wanted = sum((await reader.ends()).values())
        records: list[Record] = []
        while len(records) < wanted:
            records += await reader.fetch(limit=5_000, wait=1)
        return records
    finally:
        await reader.close()
