"""What a model is made of in the end: its leaves, with the bounds that stand on each."""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.privacy.personal import Personal

SEQUENCES = (tuple, list, set, frozenset)


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf, or a sequence on the way to one (its own items follow, with `[]` in their path)."""

    path: str
    kind: Any
    """A class, a `Literal[...]`, or what no leaf should be."""
    metadata: tuple[Any, ...]

    @property
    def annotation(self) -> Any:
        """What a validator is made from."""
        return Annotated[self.kind, *self.metadata] if self.metadata else self.kind

    def bound(self, name: str) -> Any:
        """The bound of that name (`pattern`, `max_length`, `ge`, `le`), or None."""
        return next((value for each in self.metadata if (value := getattr(each, name, None)) is not None), None)


def parts_of(model: type[BaseModel], *, but: frozenset[str] = frozenset(), at: str = "") -> Iterator[Part]:
    """All parts of a model, those of the models in it included. `but`: names that are left out at the top."""
    for name, field in model.model_fields.items():
        if name not in but:
            yield from _parts(field.annotation, tuple(field.metadata), f"{at}{name}")


def _parts(annotation: Any, metadata: tuple[Any, ...], path: str) -> Iterator[Part]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _parts(args[0], (*metadata, *_flat(args[1:])), path)
    elif origin in (Union, types.UnionType):
        for arg in args:
            if arg is not type(None):
                yield from _parts(arg, metadata, path)
    elif origin in SEQUENCES:
        yield Part(path, origin, metadata)
        for arg in args:
            if arg is not Ellipsis:
                yield from _parts(arg, (), f"{path}[]")
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation is not Personal:
        yield from parts_of(annotation, at=f"{path}.")
    else:
        yield Part(path, annotation, metadata)


def _flat(metadata: tuple[Any, ...]) -> Iterator[Any]:
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from each.metadata
        else:
            yield each
