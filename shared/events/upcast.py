"""Old versions of facts, lifted to today's shape. Small pure functions on the raw data, one a version step.

Within a version a fact only gains optional fields; a changed meaning is a new type, never a new version.
"""

from collections.abc import Callable
from typing import Any

from shared.events.base import Event, UnknownType

Raw = dict[str, Any]
_steps: dict[tuple[str, int], Callable[[Raw], Raw]] = {}


def upcast(wire_type: str, version: int) -> Callable[[Callable[[Raw], Raw]], Callable[[Raw], Raw]]:
    """Register the step that lifts `wire_type` from `version` to `version + 1`."""

    def register(step: Callable[[Raw], Raw]) -> Callable[[Raw], Raw]:
        if (wire_type, version) in _steps:
            raise TypeError(f"{wire_type} v{version} has a step already")
        _steps[wire_type, version] = step
        return step

    return register


def lift(event: type[Event], version: int, data: Raw) -> Raw:
    """The data as today's version has it. Raises UnknownType for a version of the future, or one without a step."""
    if version > event.wire_version:
        raise UnknownType(f"{event.wire_type} v{version} (this code knows up to v{event.wire_version})")
    for step in range(version, event.wire_version):
        try:
            data = _steps[event.wire_type, step](data)
        except KeyError:
            raise UnknownType(f"{event.wire_type} v{step} has no way up") from None
    return data
