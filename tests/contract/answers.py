"""Every model that answers over HTTP, and the closed lists that its fields hold."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from shared.rooms import open_rooms
from shared.web.accesses import AccessPage

SERVICES = ("intake", "investigation", "resolution", "callback", "directory", "desk")


class Held(NamedTuple):
    """The codes that one field of an answer may hold."""

    model: str
    field: str
    codes: frozenset[str]


def closed_lists(annotation: Any) -> set[str]:
    """The codes of every closed list within an annotation."""
    if get_origin(annotation) is Literal:
        return {str(each) for each in get_args(annotation)}
    return {value for each in get_args(annotation) for value in closed_lists(each)}


def held() -> list[Held]:
    """Of all answers of all services: questions of views, reads, acts over many cases, and the access log."""
    return [each for model in sorted(_answers(), key=lambda model: model.__name__) for each in _of(model)]


def _of(model: type[BaseModel]) -> Iterator[Held]:
    fields: dict[str, Any] = {name: field.annotation for name, field in model.model_fields.items()}
    fields |= {name: field.return_type for name, field in model.model_computed_fields.items()}
    for name, annotation in fields.items():
        if codes := closed_lists(annotation):
            yield Held(model.__name__, name, frozenset(codes))


def _answers() -> set[type[BaseModel]]:
    found: set[type[BaseModel]] = set(_within(AccessPage))
    for service in SERVICES:
        rooms = open_rooms(f"services.{service}")
        asked = [question.model for view in rooms.views for question in view.questions]
        for model in (*asked, *(read.model for read in rooms.reads), *(bulk.model for bulk in rooms.bulk)):
            found |= set(_within(model))
    return found


def _within(annotation: Any) -> Iterator[type[BaseModel]]:
    """A model and those within it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from _within(field.annotation)
    for argument in get_args(annotation):
        yield from _within(argument)
