"""The checks that no removed guard sets off: what they are to find is put before them."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import orjson

from shared.eventlog.protocol import Record
from shared.events.envelope import Envelope
from tests.chaos.checks import in_order, knew, paid, times
from tests.chaos.provider import Provider
from tests.chaos.store import Kept, Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CASE = "complaint:1"


def row(
    revision: int, source: str = "resolution", version: int | None = None, kind: str = "remedy.executed", *,
    seconds: float = 0, seen: str = "", **data: Any,
) -> Kept:  # fmt: skip
    version = revision if version is None else version
    envelope = Envelope(
        id=uuid4(), source=source, subject=CASE, type=kind, schema_version=1, version=version, time=NOON,
        recorded=NOON + timedelta(seconds=seconds), actor="deng.hong", role="executor", department="finance",
        causation="c", correlation="c", seen=seen, pack="house/1", critical=False,
    )  # fmt: skip
    return Kept(CASE, revision, source, version, kind, envelope, data)


def store(*rows: Kept) -> Store:
    return Store("resolution", rows, {})


def provider(*paid_under: tuple[str, str]) -> Provider:
    """One that has paid under these keys for these references of case 1."""
    made = Provider(Random(0))
    made.service.paid = [(key, {"payment": reference, "complaint": "1"}) for key, reference in paid_under]
    return made


STARTED = row(1, kind="remedy.execution-started", payment="pay-1")
DONE = row(2, kind="remedy.step-executed", payment="pay-1")
UNKNOWN = row(2, kind="remedy.payment-unknown", payment="pay-1")


def test_one_payment_that_is_recorded_or_known_to_be_unknown_is_right() -> None:
    assert paid(store(STARTED, DONE), provider(("k", "pay-1"))) == ([], 1)
    assert paid(store(STARTED, UNKNOWN), provider(("k", "pay-1"))) == ([], 1)
    assert paid(store(STARTED, UNKNOWN), provider()) == ([], 1)


def test_a_payment_made_twice_unrecorded_or_only_recorded_is_found() -> None:
    twice, _ = paid(store(STARTED, DONE), provider(("k", "pay-1"), ("other", "pay-1")))
    assert twice == ["pay-1 was paid 2 times"]
    assert paid(store(STARTED), provider(("k", "pay-1")))[0] == ["pay-1 was paid, and nobody recorded it"]
    assert paid(store(STARTED, DONE), provider())[0] == ["pay-1 was recorded as paid, but is not"]
    assert "never started" in paid(store(), provider(("k", "pay-1")))[0][0]


def test_a_time_that_goes_back_is_found() -> None:
    assert times([store(row(1), row(2, seconds=1))]) == ([], 2)
    wrong, _ = times([store(row(1, seconds=3), row(2, seconds=1))])
    assert len(wrong) == 1 and "revision 2" in wrong[0]


def test_a_decision_that_overlooks_a_fact_before_it_is_found() -> None:
    fact = row(1, source="intake", version=1)
    assert knew([store(fact, row(2, version=1, seen="intake=1"))])[0] == []
    assert len(knew([store(fact, row(2, version=1))])[0]) == 1


def test_a_stream_told_out_of_order_is_found_and_a_double_is_not() -> None:
    def told(*versions: int) -> list[str]:
        headers = [(("source", b"intake"), ("version", str(version).encode())) for version in versions]
        return in_order(Record(0, n, CASE, orjson.dumps(n), header) for n, header in enumerate(headers))[0]

    assert told(1, 2, 1, 3) == []
    assert len(told(2, 1, 2)) == 1
