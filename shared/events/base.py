"""What a fact is, and the registry of all facts by their explicit wire type and version."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from shared.events.vocabulary import Instant, StaffId


class UnknownType(Exception):
    """A wire type, or a version of it, that this code does not know."""


class Event(BaseModel):
    """A fact in the past tense. Frozen; unknown fields are ignored, so that old code reads newer additive versions.

    `at` (when it happened in the world), `by` (who did it) and `on_behalf_of` travel in the envelope, once.
    A subclass with `wire=` is a fact of the language; one without is only a shape that others share. The wire type
    is explicit and never derived from a class or import path, so that renaming code never changes history.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    wire_type: ClassVar[str]
    wire_version: ClassVar[int]
    source: ClassVar[str]
    critical: ClassVar[bool]
    term: ClassVar[str]
    in_envelope: ClassVar[frozenset[str]] = frozenset({"at", "by", "on_behalf_of"})

    at: Instant
    by: StaffId
    on_behalf_of: StaffId | None = None
    """In whose name a deputy did it; the kernel fills it in."""

    @property
    def hands(self) -> tuple[str, ...]:
        """Who did it, and in whose name: four eyes count both, or whoever lets a deputy begin could be the second."""
        return (self.by, self.on_behalf_of) if self.on_behalf_of else (self.by,)

    def __init_subclass__(cls, **_: Any) -> None:
        # Class arguments reach both this and pydantic's hook below; object's own would refuse them.
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(
        cls, *, wire: str = "", version: int = 1, source: str = "", critical: bool = False, term: str = "", **_: Any
    ) -> None:
        if source:
            cls.source = source
        if wire:
            cls.wire_type, cls.wire_version, cls.critical, cls.term = wire, version, critical, term
            _register(cls)


class ComplaintEvent(Event):
    """A fact about one complaint, in one of its cycles (a reopening starts the next)."""

    in_envelope: ClassVar[frozenset[str]] = frozenset({"at", "by", "on_behalf_of", "cycle"})

    cycle: int = Field(ge=1, le=1_000)


_registry: dict[str, type[Event]] = {}


def _register(cls: type[Event]) -> None:
    known = _registry.get(cls.wire_type)
    if known is not None and known.__qualname__ != cls.__qualname__:
        raise TypeError(f"{cls.wire_type} is already the wire type of {known.__qualname__}")
    if not getattr(cls, "source", ""):
        raise TypeError(f"{cls.__qualname__} has no source")
    _registry[cls.wire_type] = cls


def event_class(wire_type: str) -> type[Event]:
    """The class of a wire type. Raises UnknownType."""
    try:
        return _registry[wire_type]
    except KeyError:
        raise UnknownType(wire_type) from None


def is_known(wire_type: str) -> bool:
    return wire_type in _registry


def all_events() -> dict[str, type[Event]]:
    """Every fact of the language by wire type (import `shared.events.language` first to have them all)."""
    return dict(sorted(_registry.items()))
