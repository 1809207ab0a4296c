"""The AsyncAPI document says what really stands on the topic."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from closedloop.docs.asyncapi import asyncapi_text
from closedloop.installation import SERVICES
from closedloop.system import rooms_of
from shared.events.base import all_events

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
DOCUMENT: dict[str, Any] = json.loads(asyncapi_text([rooms_of(name) for name in SERVICES]))
MESSAGES = DOCUMENT["components"]["messages"]


def validator(wire: str) -> Draft202012Validator:
    schema = MESSAGES[wire]["payload"] | {"components": DOCUMENT["components"]}
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_what_some_journal_holds_is_as_the_document_says(path: Path) -> None:
    record = json.loads(path.read_bytes())
    if record["schemaversion"] == MESSAGES[record["type"]]["payload"]["properties"]["schemaversion"]["const"]:
        validator(record["type"]).validate(record)


@pytest.mark.parametrize("name", ["subject", "data", "version", "recordedtime"])
def test_a_record_without_something_is_not(name: str) -> None:
    record = json.loads((GOLDEN[0]).read_bytes())
    del record[name]
    with pytest.raises(ValidationError):
        validator(record["type"]).validate(record)


def test_every_fact_is_a_message_of_the_one_topic() -> None:
    facts = {wire for wire in all_events() if not wire.startswith("test.")}
    assert set(MESSAGES) == set(DOCUMENT["channels"]["events"]["messages"]) == facts


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        place = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_a_service_sends_what_it_alone_may_state_and_receives_what_it_decides_by() -> None:
    for name in SERVICES:
        learned = {fact.wire_type for fact in rooms_of(name).service.learns}
        operation = DOCUMENT["operations"].get(f"{name}.learns")
        told = {each["$ref"].rpartition("/")[2] for each in operation["messages"]} if operation else set()
        assert told == learned
    assert {operation["action"] for operation in DOCUMENT["operations"].values()} == {"send", "receive"}


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (value for key, value in part.items() if key == "$ref" and isinstance(value, str))
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from references(each)
