"""In which order the events of a case are told: what a decision had seen stands before it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid5

from shared.decide.command import _NAMESPACE
from shared.events.envelope import Envelope
from shared.language.order import merged

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)


def event(source: str, version: int, *, after: int = 0, seen: str = "") -> Envelope:
    return Envelope(
        id=uuid5(_NAMESPACE, f"{source}{version}"), source=source, subject="complaint:1", type="test.happened",
        schema_version=1, version=version, time=NOON, recorded=NOON + timedelta(seconds=after), actor="li.na",
        role="agent", department="cards", causation="", correlation="", seen=seen, pack="house/1", critical=False,
    )  # fmt: skip


def told(*streams: list[Envelope]) -> list[str]:
    return [f"{each.source}{each.version}" for each in merged({stream[0].source: stream for stream in streams})]


def test_what_was_recorded_first_is_told_first() -> None:
    assert told([event("intake", 1), event("intake", 2, after=9)], [event("callback", 1, after=5)]) == [
        "intake1", "callback1", "intake2",
    ]  # fmt: skip


def test_of_the_same_instant_the_cause_is_told_first() -> None:
    assert told([event("callback", 1, seen="intake=2")], [event("intake", 1), event("intake", 2)]) == [
        "intake1", "intake2", "callback1",
    ]  # fmt: skip


def test_what_was_seen_of_another_subject_holds_nothing_up() -> None:
    assert told([event("callback", 1, seen="staff:li.na/directory=7")]) == ["callback1"]


def test_a_cause_that_is_not_there_holds_nothing_up_for_ever() -> None:
    assert told([event("callback", 1, seen="intake=5")], [event("intake", 1, after=1)]) == ["intake1", "callback1"]
