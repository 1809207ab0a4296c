"""The steps of healing that can be looked at one by one, without a database."""

from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from closedloop.backup.heal_log import in_order
from closedloop.backup.heal_positions import first_unread, is_there
from closedloop.backup.heal_scan import CantHeal, Place, Told
from shared.eventlog.protocol import Record
from shared.proof.chain import GENESIS, link

SUBJECT = "complaint:1"
FACT = "complaint.classified"


def place(version: int, source: str = "intake", wire: str = FACT, event: UUID | None = None) -> Place:
    return Place(SUBJECT, source, version, wire, event)


def record(offset: int, version: int, body: bytes, chain: bytes) -> Record:
    headers = (("source", b"intake"), ("version", str(version).encode()), ("type", FACT.encode()), ("chain", chain))
    return Record(0, offset, SUBJECT, body, (*headers, ("id", str(uuid4()).encode())))


def test_whoever_has_learned_everything_stands_at_the_end() -> None:
    places = [place(1), place(2), place(1, "callback")]

    assert first_unread(places, {(SUBJECT, "intake"): 2}, (), "callback", {FACT}) == 3


def test_a_fact_that_was_neither_learned_nor_parked_is_read_again_and_all_after_it() -> None:
    places = [place(1), place(2), place(3)]

    assert first_unread(places, {(SUBJECT, "intake"): 1}, (), "callback", {FACT}) == 1
    assert first_unread(places, {(SUBJECT, "intake"): 1}, {(SUBJECT, "intake", 2)}, "callback", {FACT}) == 2
    assert first_unread(places, {}, (), "callback", {"another"}) == 3


def test_a_position_stands_only_where_the_event_before_it_is_the_one_that_was_read() -> None:
    read, other = uuid4(), uuid4()
    told = Told(0, [place(1, event=read)])

    assert is_there(told, 1, read) and is_there(told, 0, None)
    assert not is_there(told, 1, other)
    assert not is_there(told, 2, other)


def test_a_log_that_tells_one_version_in_two_ways_is_refused() -> None:
    told = Told(0)
    told.take(record(0, 1, b"{}", link(GENESIS, b"{}")))
    told.take(record(1, 1, b"{}", link(GENESIS, b"{}")))
    assert told.head((SUBJECT, "intake")) == 1

    with pytest.raises(CantHeal, match="twice, with other bytes"):
        told.take(record(2, 1, b"[]", link(GENESIS, b"[]")))


def test_a_log_whose_chain_is_broken_is_refused() -> None:
    with pytest.raises(CantHeal, match="does not continue its chain"):
        Told(0).take(record(0, 1, b"{}", b"another"))


def test_whose_data_is_in_an_event_is_seen_however_deep_it_lies() -> None:
    body = b'{"data":{"a":{"owner":"person:1","sealed":"x"},"b":[{"c":{"owner":"person:2","sealed":"y"}}]}}'
    told = Told(0)

    told.take(record(0, 1, body, link(GENESIS, body)))

    assert told.owners == {"person:1", "person:2"}


def test_an_effect_is_put_back_behind_its_cause_whatever_their_clocks_said() -> None:
    cause, effect, later = (
        envelope("intake", 3, "2026-03-02T09:00:01.000000Z"),
        envelope("callback", 1, "2026-03-02T09:00:00.000000Z", "intake=3"),
        envelope("callback", 2, "2026-03-02T09:00:02.000000Z", "intake=3"),
    )
    told = Told(0, [], {(SUBJECT, "intake"): [b"1", b"2"]})

    ordered = in_order(told, {(SUBJECT, "callback"): [effect, later], (SUBJECT, "intake"): [cause]})

    assert ordered == [cause, effect, later]


def envelope(source: str, version: int, recorded: str, seen: str = "") -> asyncpg.Record:
    body: dict[str, Any] = {
        "specversion": "1.0", "id": str(uuid4()), "source": source, "subject": SUBJECT, "type": FACT,
        "schemaversion": 1, "version": version, "time": recorded, "recordedtime": recorded, "actor": "a", "role": "r",
        "department": "d", "causation": "c", "correlation": "c", "seen": seen, "pack": "house/1", "critical": False,
        "data": {},
    }  # fmt: skip
    return cast("asyncpg.Record", {"body": orjson.dumps(body), "source": source, "version": version})
