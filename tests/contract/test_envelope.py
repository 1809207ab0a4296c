"""The envelope is canonical JSON and a CloudEvent that others read, and the chain over it shows any change."""

import itertools
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
import rfc8785
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from cloudevents.core.v1.event import CloudEvent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.events.envelope import (
    MAX_BYTES,
    Envelope,
    EnvelopeTooLarge,
    MalformedEnvelope,
    canonical,
    data_of,
    instant,
    parse,
    parse_seen,
    seen_text,
)
from shared.proof.chain import GENESIS, link
from tests.contract.examples import envelope_of, example_of, facts

FACTS = facts()
ENVELOPE = envelope_of(FACTS["complaint.registered"])
SAFE = 2**53 - 1
INT32 = 2**31 - 1
NAMES_OF_THE_STANDARD = {"specversion", "datacontenttype", "id", "source", "subject", "type", "time", "data"}

steady = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
"""A machine that is busy with something else is no finding."""

names = st.from_regex(r"[a-z_][a-z0-9_]{0,20}", fullmatch=True)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
data = st.dictionaries(names, plain, max_size=5)
microseconds = st.integers(631_152_000 * 10**6, 6_942_672_000 * 10**6)
"""Since 1970: from 1990 to 2190."""
times = st.builds(
    lambda since, zone: (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=since)).astimezone(zone),
    microseconds,
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
versions = st.integers(1, INT32)
envelopes = st.builds(
    Envelope,
    id=st.uuids(), source=st.text(), subject=st.text(), type=st.text(), schema_version=versions, version=versions,
    time=times, recorded=times, actor=st.text(), role=st.text(), department=st.text(), causation=st.text(),
    correlation=st.text(), seen=st.text(), pack=st.text(), critical=st.booleans(), on_behalf_of=st.none() | st.text(),
    cycle=st.none() | st.integers(1, 1_000),
)  # fmt: skip
streams = st.from_regex(r"[a-z]+(:[a-z0-9.=-]+/[a-z]+)?", fullmatch=True)


@steady
@given(envelopes, data)
def test_the_bytes_are_those_of_rfc_8785(envelope: Envelope, told: dict[str, Any]) -> None:
    body = envelope.to_bytes(told)
    assert body == rfc8785.dumps(orjson.loads(body))
    assert orjson.loads(body)["data"] == told


@steady
@given(envelopes, data)
def test_what_was_written_is_read_again(envelope: Envelope, told: dict[str, Any]) -> None:
    body = envelope.to_bytes(told)
    read, again = parse(body)
    assert (read, again) == (envelope, told)
    assert read.to_bytes(again) == body


@steady
@given(times)
def test_one_instant_is_written_in_one_way_wherever_it_was_told(moment: datetime) -> None:
    text = instant(moment)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text)
    assert datetime.fromisoformat(text) == moment
    assert instant(datetime.fromisoformat(text)) == text


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**63 - 1])
def test_an_integer_that_not_every_reader_can_hold_is_refused(number: int) -> None:
    with pytest.raises(TypeError, match="Integer exceeds 53-bit range"):
        ENVELOPE.to_bytes({"n": number})


@pytest.mark.parametrize("number", [SAFE, -SAFE])
def test_the_largest_integers_that_every_reader_can_hold_travel(number: int) -> None:
    assert parse(ENVELOPE.to_bytes({"n": number}))[1] == {"n": number}


def test_an_envelope_holds_as_much_as_a_record_may_and_not_a_byte_more() -> None:
    room = MAX_BYTES - len(ENVELOPE.to_bytes({"text": ""}))
    assert len(ENVELOPE.to_bytes({"text": "x" * room})) == MAX_BYTES
    with pytest.raises(EnvelopeTooLarge, match=rf"complaint\.registered: {MAX_BYTES + 1} bytes"):
        ENVELOPE.to_bytes({"text": "x" * (room + 1)})


def test_the_size_counts_bytes_and_not_characters() -> None:
    with pytest.raises(EnvelopeTooLarge):
        ENVELOPE.to_bytes({"text": "诉" * (MAX_BYTES // 3)})


BODY = ENVELOPE.to_bytes({})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        BODY[:-1],
        BODY.replace(b'"1.0"', b'"0.3"'),
        BODY.replace(b'"actor"', b'"actress"'),
        BODY.replace(b'"data":', b'"date":'),
        BODY.replace(str(ENVELOPE.id).encode(), b"not-an-id"),
        BODY.replace(b'"2025-03-03T09:15:00.123456Z"', b'"yesterday"'),
        BODY.replace(b'"2025-03-03T09:15:00.123456Z"', b"7"),
        BODY.replace(b'"li.na"', b'"\xff"'),
    ],
)
def test_what_is_no_envelope_of_ours_is_said_to_be_malformed(body: bytes) -> None:
    assert body != BODY
    with pytest.raises(MalformedEnvelope):
        parse(body)


def read_by_others(body: bytes) -> CloudEvent:
    """As a consumer reads it that knows CloudEvents and nothing of us."""
    headers = {"content-type": b"application/cloudevents+json; charset=utf-8"}
    read = from_kafka_event(KafkaMessage(headers=headers, key=None, value=body))
    assert isinstance(read, CloudEvent)
    return read


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_is_a_cloud_event_and_says_the_same_to_others(name: str) -> None:
    envelope, told = envelope_of(FACTS[name]), data_of(example_of(FACTS[name]))
    body = envelope.to_bytes(told)
    read, ours = read_by_others(body), orjson.loads(body)

    assert (read.get_specversion(), read.get_datacontenttype()) == ("1.0", "application/json")
    assert (read.get_id(), read.get_source(), read.get_type()) == (str(envelope.id), envelope.source, name)
    assert (read.get_subject(), read.get_time()) == (envelope.subject, envelope.time)
    extensions = {key: value for key, value in ours.items() if key not in NAMES_OF_THE_STANDARD}
    assert {key: read.get_extension(key) for key in extensions} == extensions
    assert read.get_attributes().keys() == ours.keys() - {"data"}
    assert read.get_data() == told


@steady
@given(data)
def test_others_read_any_data(told: dict[str, Any]) -> None:
    assert read_by_others(ENVELOPE.to_bytes(told)).get_data() == told


@pytest.mark.parametrize("name", FACTS)
def test_attributes_are_named_and_typed_as_cloud_events_wants_them(name: str) -> None:
    """Names: lower-case letters and digits, at most twenty. Values: text, true or false, or an integer of 32 bits."""
    attributes = orjson.loads(envelope_of(FACTS[name]).to_bytes({}))
    assert attributes.pop("data") == {}
    for attribute, value in attributes.items():
        assert re.fullmatch(r"[a-z0-9]{1,20}", attribute)
        assert isinstance(value, (str, bool, int))
        assert not isinstance(value, int) or abs(value) <= INT32


def test_what_does_not_apply_is_left_out_and_never_null() -> None:
    attributes = orjson.loads(ENVELOPE._replace(on_behalf_of=None, cycle=None).to_bytes({}))
    assert {"onbehalfof", "cycle"} & attributes.keys() == set()
    assert None not in attributes.values()


@steady
@given(st.dictionaries(streams, st.integers(0, INT32), max_size=8))
def test_what_a_decision_knew_is_read_as_it_was_written(seen: dict[str, int]) -> None:
    assert parse_seen(seen_text(seen)) == seen
    assert seen_text(dict(reversed(seen.items()))) == seen_text(seen)


def test_a_decision_that_knew_nothing_says_nothing() -> None:
    assert (seen_text({}), parse_seen("")) == ("", {})


def chained(bodies: list[bytes]) -> list[bytes]:
    return list(itertools.accumulate(bodies, link, initial=GENESIS))[1:]


histories = st.lists(st.binary(max_size=20), min_size=2, max_size=8, unique=True)


@steady
@given(histories, st.data())
def test_a_changed_fact_breaks_its_link_and_every_later_one(bodies: list[bytes], draw: st.DataObject) -> None:
    place = draw.draw(st.integers(0, len(bodies) - 1))
    other = draw.draw(st.binary(max_size=20).filter(lambda body: body != bodies[place]))
    before, after = chained(bodies), chained([*bodies[:place], other, *bodies[place + 1 :]])
    assert before[:place] == after[:place]
    assert all(ours != theirs for ours, theirs in zip(before[place:], after[place:], strict=True))


@steady
@given(histories, st.data())
def test_a_dropped_fact_breaks_every_later_link(bodies: list[bytes], draw: st.DataObject) -> None:
    place = draw.draw(st.integers(0, len(bodies) - 2))
    before, after = chained(bodies), chained([*bodies[:place], *bodies[place + 1 :]])
    assert not set(before[place:]) & set(after[place:])


@steady
@given(histories, st.binary(max_size=20), st.data())
def test_an_inserted_fact_breaks_every_later_link(bodies: list[bytes], new: bytes, draw: st.DataObject) -> None:
    place = draw.draw(st.integers(0, len(bodies) - 1))
    before, after = chained(bodies), chained([*bodies[:place], new, *bodies[place:]])
    # Twice the same fact: the second stands on another link than the first, so only what follows can differ.
    kept = place + (new == bodies[place])
    assert not set(before[kept:]) & set(after[kept:])


@steady
@given(histories, st.data())
def test_two_facts_in_another_order_break_every_link_from_there(bodies: list[bytes], draw: st.DataObject) -> None:
    place = draw.draw(st.integers(0, len(bodies) - 2))
    turned = [*bodies[:place], bodies[place + 1], bodies[place], *bodies[place + 2 :]]
    assert not set(chained(bodies)[place:]) & set(chained(turned)[place:])


def test_the_first_link_is_known_to_everyone() -> None:
    """Another implementation must come to the same: SHA-256 over 32 zero bytes and the envelope."""
    assert link(bytes(32), b"") == link(GENESIS, b"")
    assert link(GENESIS, b"").hex() == "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"


def test_canonical_json_sorts_names_at_every_depth() -> None:
    assert canonical({"b": [{"d": 1, "c": "投"}], "a": None}) == '{"a":null,"b":[{"c":"投","d":1}]}'.encode()
