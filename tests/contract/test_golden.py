"""What was once written reads for ever, and says the same: one golden file for every fact's version."""

from pathlib import Path

import orjson
import pytest

from shared.events.base import event_class
from shared.events.envelope import canonical, fact, parse
from shared.privacy.personal import personal_fields
from tests.contract.examples import example_of, facts
from tests.contract.make_golden import GOLDEN, golden_bytes, golden_file, write_missing

FACTS = facts()
FILES = sorted(GOLDEN.glob("*.json"))


@pytest.mark.parametrize("name", FACTS)
def test_every_version_of_a_fact_has_its_golden_file(name: str) -> None:
    """A file is missing: make it with `python -m tests.contract.make_golden`, and never change it again."""
    versions = range(1, FACTS[name].wire_version + 1)
    assert [version for version in versions if not golden_file(name, version).is_file()] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_golden_file_s_type_is_still_in_the_language(path: Path) -> None:
    envelope, _ = parse(path.read_bytes())
    assert path == golden_file(envelope.type, envelope.schema_version)
    assert envelope.type in FACTS
    assert 1 <= envelope.schema_version <= FACTS[envelope.type].wire_version
    assert envelope.source == FACTS[envelope.type].source


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_golden_file_is_written_again_to_the_very_same_bytes(path: Path) -> None:
    envelope, data = parse(path.read_bytes())
    assert envelope.to_bytes(data) == path.read_bytes()
    assert canonical(orjson.loads(path.read_bytes())) == path.read_bytes()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_golden_file_is_a_fact_of_today_that_keeps_all_it_said(path: Path) -> None:
    """Of the current version the fact says exactly what the file says: optional fields of later are left out."""
    envelope, data = parse(path.read_bytes())
    told = fact(envelope, data)
    assert type(told) is event_class(envelope.type)
    assert (told.at, told.by, getattr(told, "cycle", None)) == (envelope.time, envelope.actor, envelope.cycle)
    assert told.hands == ("li.na", "yang.fan")
    if envelope.schema_version == told.wire_version:
        said = told.model_dump(mode="json", exclude=set(told.in_envelope), exclude_unset=True)
        assert envelope.to_bytes(said) == path.read_bytes()


@pytest.mark.parametrize("name", FACTS)
def test_an_example_has_a_value_in_every_field_and_all_that_is_personal_sealed(name: str) -> None:
    example = example_of(FACTS[name])
    assert example == example_of(FACTS[name])
    assert all(getattr(example, field) not in (None, ()) for field in type(example).model_fields)
    assert all(one.is_sealed for _, one in personal_fields(example))


def test_missing_files_are_written_once_and_never_changed(tmp_path: Path) -> None:
    first = next(iter(FACTS.values()))
    kept = tmp_path / golden_file(first.wire_type, first.wire_version).name
    kept.write_bytes(b"what some journal holds")
    assert len(write_missing(tmp_path)) == len(FACTS) - 1
    assert kept.read_bytes() == b"what some journal holds"
    kept.unlink()
    assert write_missing(tmp_path) == [kept]
    assert kept.read_bytes() == golden_bytes(first)
    assert write_missing(tmp_path) == []
