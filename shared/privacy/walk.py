"""Finding and replacing the pieces of one class inside pydantic models.

A model class is looked at once; of an instance only the fields that can reach such a piece are visited, and most
classes have none.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel

P = TypeVar("P", bound=BaseModel)
M = TypeVar("M", bound=BaseModel)


class Walk(Generic[P]):
    """The walk for one class of pieces. A path joins field names, indexes and keys by `/` (`~` and `/` in a key are
    written `~0` and `~1`, as in a JSON pointer), so no two pieces of a model share one.
    """

    def __init__(self, piece: type[P]) -> None:
        self._piece = piece
        self._fields_of: dict[type[BaseModel], tuple[str, ...]] = {}

    def reaches(self, model_class: type[BaseModel]) -> bool:
        """Whether instances of the class can hold a piece. Raises TypeError where one stands in a set (no order, so no
        path) or a dataclass (not walked).
        """
        return bool(self._fields(model_class))

    def found(self, model: BaseModel) -> Iterator[tuple[str, P]]:
        """Path and piece, in the order of the fields."""
        return self._found(model, "") if self._fields(type(model)) else iter(())

    def replaced(self, model: M, by_path: Mapping[str, P]) -> M:
        """A copy with these pieces in place of those found there; `model` itself when there are none.

        Raises KeyError naming the paths where the model has no piece.
        """
        if not by_path:
            return model
        if unknown := by_path.keys() - {path for path, _ in self.found(model)}:
            raise KeyError(f"{type(model).__name__} has nothing to replace at {', '.join(sorted(unknown))}")
        copy: M = self._replaced(model, "", by_path)
        return copy

    def _fields(self, model_class: type[BaseModel]) -> tuple[str, ...]:
        fields = self._fields_of.get(model_class)
        if fields is None:
            annotations = {name: field.annotation for name, field in model_class.model_fields.items()}
            fields = tuple(name for name, annotation in annotations.items() if self._mentions(annotation, set()))
            self._fields_of[model_class] = fields
        return fields

    def _found(self, value: Any, path: str) -> Iterator[tuple[str, P]]:
        if isinstance(value, self._piece):
            yield path, value
            return
        for step, inner in self._steps(value):
            yield from self._found(inner, _joined(path, step))

    def _steps(self, value: Any) -> Iterable[tuple[Any, Any]]:
        if isinstance(value, BaseModel):
            return [(name, getattr(value, name)) for name in self._fields(type(value))]
        if isinstance(value, (list, tuple)):
            return enumerate(value)
        return value.items() if isinstance(value, Mapping) else ()

    def _replaced(self, value: Any, path: str, by_path: Mapping[str, P]) -> Any:
        """The value itself where nothing below it changes, so that untouched parts are shared and not copied."""
        if isinstance(value, self._piece):
            return by_path.get(path, value)
        new = {}
        for step, inner in self._steps(value):
            replaced = self._replaced(inner, _joined(path, step), by_path)
            if replaced is not inner:
                new[step] = replaced
        return _with(value, new) if new else value

    def _mentions(self, annotation: Any, seen: set[int]) -> bool:
        if annotation is Any or annotation is object or isinstance(annotation, TypeVar):
            return True
        if annotation in (list, tuple, dict):
            return True
        if id(annotation) in seen:
            return False
        if hasattr(annotation, "__value__"):
            return self._mentions(annotation.__value__, seen | {id(annotation)})
        if (origin := get_origin(annotation)) is not None:
            return self._generic_mentions(origin, get_args(annotation), seen)
        return isinstance(annotation, type) and self._class_mentions(annotation, seen)

    def _generic_mentions(self, origin: Any, args: tuple[Any, ...], seen: set[int]) -> bool:
        if origin is Literal:
            return False
        mentions = any(self._mentions(arg, seen) for arg in (args[:1] if origin is Annotated else args))
        if isinstance(origin, type) and issubclass(origin, AbstractSet) and mentions and Any not in args:
            raise TypeError(f"{self._piece.__name__} can't stand in a set, which has no order: use a tuple")
        return mentions

    def _class_mentions(self, annotation: type, seen: set[int]) -> bool:
        if issubclass(annotation, self._piece) or annotation is BaseModel:
            return True
        if issubclass(annotation, BaseModel):
            seen.add(id(annotation))
            return any(self._mentions(field.annotation, seen) for field in annotation.model_fields.values())
        if dataclasses.is_dataclass(annotation):
            seen.add(id(annotation))
            if any(self._piece in (hint, *get_args(hint)) for hint in get_type_hints(annotation).values()):
                raise TypeError(f"{self._piece.__name__} can't stand in the dataclass {annotation.__name__}")
        return False


def _joined(path: str, step: Any) -> str:
    name = str(step.value if isinstance(step, Enum) else step).replace("~", "~0").replace("/", "~1")
    return f"{path}/{name}" if path else name


def _with(value: Any, new: Mapping[Any, Any]) -> Any:
    if isinstance(value, BaseModel):
        return value.model_copy(update=new)
    if isinstance(value, Mapping):
        return {**value, **new}
    items = [new.get(index, item) for index, item in enumerate(value)]
    return items if isinstance(value, list) else tuple(items)
