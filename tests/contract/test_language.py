"""The published language keeps its own rules: what every fact is called, and what may stand in one."""

import inspect
import re
from datetime import datetime
from types import ModuleType
from typing import Annotated, Any, Literal, get_args, get_origin
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from shared.events import base, language, upcast
from shared.events.base import Event, UnknownType, event_class
from shared.events.envelope import fact
from shared.events.upcast import lift
from shared.events.vocabulary import Instant
from shared.privacy.personal import Personal
from tests.contract.examples import envelope_of, facts
from tests.contract.shapes import Part, parts_of

FACTS = facts()
PARTS = [
    pytest.param(part, id=f"{name}:{part.path}")
    for name, cls in FACTS.items()
    for part in parts_of(cls, but=cls.in_envelope)
]
ALLOWED = {str, int, bool, UUID, AwareDatetime, Personal, tuple}
"""No float (binary fractions lose money), no dict (free keys are neither bounded nor known), no Any."""
CLEAR_TEXTS = ("Wang Fang", "王芳", "she said no", "line\nbreak", "\u200b", "x" * 5_000)
SAFE_INTEGER = 2**53 - 1


def classes_in(module: ModuleType) -> list[type[Event]]:
    found = [each for _, each in inspect.getmembers(module, inspect.isclass) if each.__module__ == module.__name__]
    return [each for each in found if issubclass(each, Event)]


@pytest.mark.parametrize("name", FACTS)
def test_a_wire_type_is_lower_case_words_with_dots_and_hyphens(name: str) -> None:
    assert re.fullmatch(r"[a-z]+(\.[a-z]+(-[a-z]+)*)+", name)
    assert FACTS[name].wire_version >= 1


@pytest.mark.parametrize("module", language.MODULES, ids=lambda module: module.__name__)
def test_every_class_of_the_language_is_a_fact_with_a_wire_type_of_its_own_or_a_shape(module: ModuleType) -> None:
    for cls in classes_in(module):
        is_fact = "wire_type" in vars(cls)
        assert is_fact != bool(cls.__subclasses__()), cls
        assert not is_fact or event_class(cls.wire_type) is cls, f"{cls.wire_type} is taken twice"


@pytest.mark.parametrize("module", language.MODULES, ids=lambda module: module.__name__)
def test_a_module_s_union_holds_all_facts_in_it(module: ModuleType) -> None:
    name = module.__name__.rpartition(".")[2]
    union = getattr(module, f"{name.capitalize()}Event")
    assert set(get_args(union)) == {cls for cls in FACTS.values() if cls.__module__ == module.__name__}


@pytest.mark.parametrize("cls", FACTS.values(), ids=FACTS)
def test_a_fact_says_what_it_means_and_what_people_call_it(cls: type[Event]) -> None:
    assert cls.__doc__ and "__doc__" in vars(cls)
    assert cls.term


def test_no_two_facts_share_a_wire_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_registry", dict(base._registry))

    class First(Event, wire="test.one", source="test"):
        """A fact."""

    with pytest.raises(TypeError, match="already the wire type of"):

        class Second(Event, wire="test.one", source="test"):
            """Another."""

    assert event_class("test.one") is First


def test_a_fact_needs_a_service_that_states_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_registry", dict(base._registry))
    with pytest.raises(TypeError, match="no source"):

        class Stray(Event, wire="test.stray"):
            """Nobody's fact."""


@pytest.mark.parametrize("part", PARTS)
def test_a_field_is_of_a_kind_that_is_the_same_everywhere(part: Part) -> None:
    assert part.kind in ALLOWED or get_origin(part.kind) is Literal


@pytest.mark.parametrize("part", [each for each in PARTS if each.values[0].kind is str])  # type: ignore[union-attr]
def test_a_text_in_clear_is_a_bounded_code_and_nothing_that_a_person_would_write(part: Part) -> None:
    assert takes_no_clear_text(part)


@pytest.mark.parametrize("part", [each for each in PARTS if each.values[0].kind is int])  # type: ignore[union-attr]
def test_a_number_has_bounds_that_every_reader_can_hold(part: Part) -> None:
    assert 0 <= part.bound("ge") <= part.bound("le") <= SAFE_INTEGER


def takes_no_clear_text(part: Part) -> bool:
    accepts: TypeAdapter[str] = TypeAdapter(part.annotation)
    for text in CLEAR_TEXTS:
        try:
            accepts.validate_python(text)
        except ValidationError:
            continue
        return False
    return True


class Loose(BaseModel):
    anything: Any
    amount: float
    fields: dict[str, str]
    name: str
    names: tuple[Annotated[str, "no bound"], ...] | None


def test_what_must_not_stand_in_a_fact_would_be_seen() -> None:
    parts = {part.path: part for part in parts_of(Loose)}
    assert {path for path, part in parts.items() if part.kind not in ALLOWED} == {"anything", "amount", "fields"}
    assert not takes_no_clear_text(parts["name"])
    assert not takes_no_clear_text(parts["names[]"])


@pytest.fixture
def risen(monkeypatch: pytest.MonkeyPatch) -> type[Event]:
    """A fact in its third version, with its two steps up. It is forgotten after the test."""
    monkeypatch.setattr(base, "_registry", dict(base._registry))
    monkeypatch.setattr(upcast, "_steps", dict(upcast._steps))

    class Moved(Event, wire="test.moved", version=3, source="test"):
        """In version 1 it had `place`, in 2 `city`, now `city` and `country`."""

        city: str
        country: str = "??"

    @upcast.upcast("test.moved", 1)
    def place_became_city(data: dict[str, Any]) -> dict[str, Any]:
        return {"city": data["place"]}

    @upcast.upcast("test.moved", 2)
    def country_was_china(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "country": "CN"}

    return Moved


def test_an_old_version_is_lifted_step_by_step(risen: type[Event]) -> None:
    first = lift(risen, 1, {"place": "Xi'an"})
    assert first == lift(risen, 2, {"city": "Xi'an"}) == lift(risen, 3, {"city": "Xi'an", "country": "CN"})


def test_a_lifted_fact_is_today_s(risen: type[Event]) -> None:
    envelope = envelope_of(risen)
    told = fact(envelope._replace(schema_version=1), {"place": "Xi'an"})
    assert told.model_dump(include={"city", "country"}) == {"city": "Xi'an", "country": "CN"}
    assert (type(told), told.at, told.by) == (risen, envelope.time, envelope.actor)


def test_a_version_of_the_future_is_unknown(risen: type[Event]) -> None:
    with pytest.raises(UnknownType, match=r"v4 .*up to v3"):
        fact(envelope_of(risen)._replace(schema_version=4), {"city": "Xi'an", "country": "CN"})


def test_a_version_without_a_step_up_is_unknown(risen: type[Event]) -> None:
    with pytest.raises(UnknownType, match="v0 has no way up"):
        lift(risen, 0, {})


def test_there_is_one_step_up_from_a_version(risen: type[Event]) -> None:
    with pytest.raises(TypeError, match="has a step already"):
        upcast.upcast(risen.wire_type, 1)(lambda data: data)


def test_a_type_that_nobody_registered_is_unknown() -> None:
    with pytest.raises(UnknownType, match=r"test\.never"):
        event_class("test.never")


def test_fields_that_this_code_does_not_know_are_ignored(risen: type[Event]) -> None:
    told = fact(envelope_of(risen), {"city": "Xi'an", "country": "CN", "street": "added later", "deep": {"er": 1}})
    assert set(told.model_dump()) == {"at", "by", "on_behalf_of", "city", "country"}


@pytest.mark.parametrize("cls", FACTS.values(), ids=FACTS)
def test_every_fact_and_every_group_in_it_reads_newer_additive_versions(cls: type[Event]) -> None:
    assert {model.model_config.get("extra") for model in models_in(cls)} == {"ignore"}
    assert {model.model_config.get("frozen") for model in models_in(cls)} == {True}


def models_in(model: type[BaseModel]) -> set[type[BaseModel]]:
    """The model and those in its fields; not Personal, whose form is closed."""
    found = {model}
    waiting: list[Any] = [field.annotation for field in model.model_fields.values()]
    while waiting:
        each = waiting.pop()
        waiting += get_args(each)
        if isinstance(each, type) and issubclass(each, BaseModel) and each is not Personal:
            found |= models_in(each)
    return found


def test_a_time_without_a_zone_is_no_instant() -> None:
    instant: TypeAdapter[datetime] = TypeAdapter(Instant)
    with pytest.raises(ValidationError):
        instant.validate_python("2025-03-03T09:15:00")
