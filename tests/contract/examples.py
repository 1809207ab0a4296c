"""One instance of every fact, made from its fields alone and the same for ever: no chance, no clock."""

import types
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from shared.events import language
from shared.events.accountability import OfAccountability
from shared.events.base import ComplaintEvent, Event, all_events
from shared.events.customers import OfContact, OfCustomer
from shared.events.directory import LimitsActivated, LimitsProposed
from shared.events.envelope import Envelope
from shared.privacy.personal import Personal

ID = UUID("01977420-1c0f-7000-8000-00000000000e")
SUBJECT_ID = "c0a7e57e-0000-5000-8000-00000000000c"
PERSON = "person:0e9502a1-0000-5000-8000-000000000001"
HAPPENED = datetime(2025, 3, 3, 9, 15, 0, 123456, UTC)
RECORDED = datetime(2025, 3, 3, 9, 16, 30, tzinfo=UTC)

_SEALED = Personal.model_validate({"owner": PERSON, "sealed": "AQAB" + "Sealed_example-" * 5})
_TEXTS = (
    "cards",
    "application/pdf",
    "7K3M-0Q9Z",
    "CNY",
    PERSON,
    "0123456789abcdef" * 4,
    "C7K3M-0Q9Z",
    "Asia/Shanghai",
    "09:30",
)
"""Of the patterns that facts have, each is met by one of these."""
_VALUES: dict[Any, tuple[Any, ...]] = {
    str: _TEXTS,
    int: (2, 3, 5),
    bool: (True,),
    UUID: (ID,),
    AwareDatetime: (HAPPENED,),
    Personal: (_SEALED,),
}


def facts() -> dict[str, type[Event]]:
    """Every fact of the language, without those that a test made up."""
    modules = {module.__name__ for module in language.MODULES}
    return {name: cls for name, cls in all_events().items() if cls.__module__ in modules}


def example_of(fact: type[Event]) -> Event:
    """The fact with a value in every field, the optional ones too."""
    fields = _fields_of(fact) | {"at": HAPPENED, "by": "li.na", "on_behalf_of": "yang.fan"}
    if issubclass(fact, ComplaintEvent):
        fields["cycle"] = 2
    return fact.model_validate(fields)


def envelope_of(fact: type[Event]) -> Envelope:
    """An envelope that such a fact could travel in."""
    of_complaint = issubclass(fact, ComplaintEvent)
    return Envelope(
        id=ID, source=fact.source, subject=_subject(fact), type=fact.wire_type, schema_version=fact.wire_version,
        version=3, time=HAPPENED, recorded=RECORDED, actor="li.na", role="agent", department="customer-service",
        causation=str(ID), correlation=str(ID), seen="intake=2,limits:house/directory=1", pack="house/1",
        critical=fact.critical, on_behalf_of="yang.fan", cycle=2 if of_complaint else None,
    )  # fmt: skip


def _subject(fact: type[Event]) -> str:
    if issubclass(fact, ComplaintEvent):
        return f"complaint:{SUBJECT_ID}"
    if issubclass(fact, OfCustomer):
        return PERSON
    if issubclass(fact, OfContact):
        return f"contact:{SUBJECT_ID}"
    if issubclass(fact, OfAccountability):
        return f"accountability:{SUBJECT_ID}"
    return "limits:house" if fact in (LimitsProposed, LimitsActivated) else "staff:li.na"


def _fields_of(model: type[BaseModel]) -> dict[str, Any]:
    carried = model.in_envelope if issubclass(model, Event) else ()
    return {
        name: _value(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation)
        for name, field in model.model_fields.items()
        if name not in carried
    }


def _value(annotation: Any) -> Any:
    """The first value on offer that fits the annotation. Raises LookupError."""
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    for candidate in _candidates(annotation):
        try:
            adapter.validate_python(candidate)
        except ValidationError:
            continue
        return candidate
    raise LookupError(f"no example value fits {annotation}")


def _candidates(annotation: Any) -> Iterable[Any]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _candidates(args[0])
    if origin is Literal:
        return args
    if origin in (Union, types.UnionType):
        return [_value(arg) for arg in args if arg is not type(None)]
    if origin is tuple:
        return [(_value(args[0]),)]
    if annotation in _VALUES:
        return _VALUES[annotation]
    return [_fields_of(annotation)] if issubclass(annotation, BaseModel) else ()
