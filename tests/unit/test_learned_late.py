"""What is learned late is folded where it belongs in its stream, and before whatever was stated knowing it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from shared.events.envelope import Envelope, seen_text
from shared.store.memory import Told, in_order

AT = datetime(2026, 3, 2, tzinfo=UTC)


def told(source: str, version: int, **seen: int) -> Told:
    envelope = Envelope(
        id=UUID(int=version), source=source, subject="complaint:a", type="test.told", schema_version=1, version=version,
        time=AT, recorded=AT, actor="li.na", role="agent", department="cards", causation="c", correlation="c",
        seen=seen_text(seen), pack="house/1", critical=False,
    )  # fmt: skip
    return envelope, {}, b""


def order(*facts: Told) -> list[str]:
    return [f"{envelope.source}{envelope.version}" for envelope, _, _ in in_order(facts)]


def test_what_came_in_order_stays_as_it_is() -> None:
    facts = told("intake", 1), told("own", 1, intake=1), told("intake", 3), told("callback", 2, intake=3, own=1)
    assert order(*facts) == ["intake1", "own1", "intake3", "callback2"]


def test_a_late_fact_goes_before_those_that_came_after_it_in_its_stream() -> None:
    facts = told("intake", 1), told("own", 1, intake=1), told("intake", 4), told("own", 2, intake=4), told("intake", 2)
    assert order(*facts, told("intake", 3)) == ["intake1", "own1", "intake2", "intake3", "intake4", "own2"]


def test_a_late_fact_goes_before_what_others_stated_knowing_it() -> None:
    facts = told("callback", 1, intake=2), told("own", 1, callback=1), told("intake", 2)
    assert order(*facts) == ["intake2", "callback1", "own1"]


def test_a_late_fact_that_nobody_knew_of_stays_where_it_was_learned() -> None:
    facts = told("own", 1), told("callback", 3), told("intake", 1, own=1)
    assert order(*facts) == ["own1", "callback3", "intake1"]


def test_seen_of_another_subject_is_no_stream_of_this_one() -> None:
    seen: Mapping[str, int] = {"staff:a/intake": 9}
    assert order(told("own", 1, **seen), told("intake", 1)) == ["own1", "intake1"]
