"""What happens later: a deadline that becomes a command, an effect that leaves the house."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from shared.decide.command import Command
from shared.decide.service import Later


@dataclass(frozen=True, slots=True)
class Deadline:
    """At its instant an event of ours asks, as the system, for a command."""

    later: Later
    command: Callable[[str, Any], Command]
    """(subject, event) -> command; `at` and `actor` are filled in by the worker that takes the row."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a provider said of an effect: done with its receipt, or refused with a reason. Never "perhaps"."""

    receipt: str | None = None
    refused: str | None = None


class OutcomeUnknown(Exception):
    """The provider did not answer, so nothing is known. It is asked again by key; the effect is never sent blindly."""


class Provider(Protocol):
    """The edge of the house: whoever moves money or carries letters."""

    async def send(self, key: str, request: dict[str, Any]) -> Sent:
        """Do it, once for this key. Raises OutcomeUnknown."""
        ...

    async def look_up(self, key: str) -> Sent | None:
        """What became of this key; None if the provider never had it. Raises OutcomeUnknown."""
        ...


@dataclass(frozen=True, slots=True)
class Effect:
    """An event of ours that makes something leave the house, and the command that records what came of it."""

    later: Later
    provider: str
    request: Callable[[str, Any], dict[str, Any]]
    command: Callable[[str, Any, Sent], Command]
