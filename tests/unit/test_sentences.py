"""Every event of the language has a sentence, and none says what a person wrote."""

import string
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import pytest
from pydantic import BaseModel

from closedloop.sentences import SEALED, SENTENCES, sentence
from shared.events import language
from shared.events.base import Event, all_events
from shared.events.envelope import Envelope
from shared.events.vocabulary import Money
from shared.privacy.personal import Personal

assert language.MODULES
EVENTS = all_events()
SECRET = "Wang Xiaoming, 13 Jade Street"
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
EXAMPLES: dict[type, Any] = {
    str: "code-1",
    int: 3,
    bool: True,
    UUID: UUID(int=7),
    Personal: Personal.of("person:1", SECRET),
    Money: Money(minor=1_234_56, currency="CNY"),
    datetime: NOON,
}


def whole(model: type[BaseModel], **changed: Any) -> Any:
    """An instance with every field filled in, without asking whether they fit together."""
    values = {name: _example(field.annotation) for name, field in model.model_fields.items()}
    return model.model_construct(**{**values, **changed})


def _example(annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _example(arguments[0])
    if origin is Literal:
        return arguments[0]
    if origin in (Union, UnionType):
        return _example(next(each for each in arguments if each is not NoneType))
    if origin is tuple:
        return (_example(arguments[0]),)
    known = next((value for known, value in EXAMPLES.items() if known is annotation), None)
    if known is not None:
        return known
    return whole(annotation) if issubclass(annotation, BaseModel) else NOON


def bare(model: type[Event]) -> Any:
    """An instance with nothing in the fields that may be empty."""
    empty = {
        name: () if get_origin(field.annotation) is tuple else None
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) is tuple or NoneType in get_args(field.annotation)
    }
    return whole(model, **empty)


def envelope_of(event: Event, *, actor: str = "agent-1", on_behalf_of: str | None = None) -> Envelope:
    return Envelope(
        id=UUID(int=1), source=event.source, subject="complaint:1", type=event.wire_type, schema_version=1, version=1,
        time=NOON, recorded=NOON, actor=actor, role="agent", department="cards", causation="", correlation="", seen="",
        pack="house/1", critical=True, on_behalf_of=on_behalf_of,
    )  # fmt: skip


def said(event: Event, **opened: str) -> str:
    return sentence(envelope_of(event), event, opened)


def test_every_event_of_the_language_has_a_sentence_and_nothing_else_has() -> None:
    assert set(SENTENCES) == set(EVENTS)


@pytest.mark.parametrize("wire_type", SENTENCES)
def test_a_sentence_names_only_fields_of_its_event(wire_type: str) -> None:
    named = {name for _, name, _, _ in string.Formatter().parse(SENTENCES[wire_type]) if name}
    assert named <= set(EVENTS[wire_type].model_fields)


@pytest.mark.parametrize("wire_type", EVENTS)
def test_an_event_is_one_sentence_without_any_clear_text(wire_type: str) -> None:
    for event in (whole(EVENTS[wire_type]), bare(EVENTS[wire_type])):
        says = said(event)
        assert SECRET not in says and "Jade" not in says
        assert says.endswith(".") and not says.endswith("..")
        assert says[0].isalnum()
        for slip in ("None", "{", "}", "%", "|", "  ", " ,", " .", "()", "\n"):
            assert slip not in says, says


@pytest.mark.parametrize("wire_type", EVENTS)
def test_a_clear_text_shows_only_in_the_field_it_was_opened_for(wire_type: str) -> None:
    event = whole(EVENTS[wire_type])
    personal = [name for name in type(event).model_fields if isinstance(getattr(event, name), Personal)]
    shown = [name for name in personal if f"{{{name}" in SENTENCES[wire_type]]
    assert said(event).count(SEALED) == len(shown)
    for name in shown:
        says = said(event, **{name: "opened\non purpose"})
        assert says.count('"opened on purpose"') == 1
        assert says.count(SEALED) == len(shown) - 1
        assert SECRET not in says


def registered(**changed: Any) -> Event:
    event = whole(EVENTS["complaint.registered"], number="7F3K-9Q2M", channel="phone", external=None, **changed)
    assert isinstance(event, Event)
    return event


def test_it_reads_as_people_speak() -> None:
    assert said(registered(received_at=NOON)) == (
        "agent-1 registered complaint 7F3K-9Q2M, received by phone on 2025-03-03 12:00 UTC: [sealed]."
    )


def test_times_are_said_in_one_zone() -> None:
    beijing = datetime.fromisoformat("2025-03-03T20:00:00+08:00")
    assert said(registered(received_at=beijing)) == said(registered(received_at=NOON))


def test_who_acts_for_another_is_said_with_both_names_and_the_system_is_no_name() -> None:
    left = whole(EVENTS["staff.left"])
    assert sentence(envelope_of(left, on_behalf_of="lead-2"), left).startswith("agent-1, on behalf of lead-2, recorded")
    assert sentence(envelope_of(left, actor="system"), left).startswith("The system recorded")


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (1_234_567, "CNY", "12,345.67 CNY"),
        (5, "EUR", "0.05 EUR"),
        (1234, "JPY", "1,234 JPY"),
        (1234, "KWD", "1.234 KWD"),
    ],
)
def test_money_is_said_in_the_currencys_own_decimals(minor: int, currency: str, expected: str) -> None:
    event = whole(EVENTS["remedy.submitted"], amount=Money(minor=minor, currency=currency), kind="refund", option="a")
    assert said(event) == f"agent-1 submitted option a, refund of {expected}, for approval."


def test_without_money_no_amount_is_said() -> None:
    event = whole(EVENTS["remedy.submitted"], amount=Money(minor=0, currency="CNY"), kind="no_remedy", option="a")
    assert said(event) == "agent-1 submitted option a, no remedy, for approval."


def test_a_loss_of_nothing_is_said_as_such() -> None:
    event = whole(EVENTS["investigation.findings-submitted"], loss=Money(minor=0, currency="CNY"), verdict="partly")
    assert "loss 0.00 CNY" in said(event)
