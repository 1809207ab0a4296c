"""What happens later: a deadline that becomes a command, an effect that leaves the house."""

from collections.abc import Callable, Iterable
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


class NotTaken(OutcomeUnknown):
    """This one try certainly did nothing: nobody was reached, or the request was turned away unread.

    It is sent again as if it had not been tried; else an hour without the provider would leave every payment of that
    hour to people, though none of them ever left. For certainty only: whoever doubts raises OutcomeUnknown.
    """


class Provider(Protocol):
    """The edge of the house: whoever moves money or carries letters. docs/payments.md says what it must keep to."""

    async def send(self, key: str, request: dict[str, Any]) -> Sent:
        """Do it, once for this key. Raises OutcomeUnknown, NotTaken."""
        ...

    async def look_up(self, key: str) -> Sent | None:
        """What became of this key; None if the provider never had it. Raises OutcomeUnknown."""
        ...


@dataclass(frozen=True, slots=True)
class Effect:
    """An event of ours that makes something leave the house, and the commands that record what came of it.

    `request` is made of this one event alone, so that it is the same at every try: another one under the same key is
    another payment.
    """

    later: Later
    provider: str
    request: Callable[[str, Any], dict[str, Any]]
    command: Callable[[str, Any, Sent], Command]
    unknown: Callable[[str, Any], Command] | None = None
    """(subject, event) -> the command that records that nobody can tell; from then on it is for people to find out.
    Without one the provider is asked for ever."""
    opens: bool = False
    """`request` needs personal data: it, and nothing else, is given the event with what is sealed opened."""

    @property
    def given_up(self) -> str:
        """The kind that a row takes on once its outcome stays unknown: nothing is sent or looked up by it any more."""
        return f"{self.later.kind}-unknown"


def only_asking(deadlines: Iterable[Deadline], effects: Iterable[Effect]) -> dict[str, Callable[[str, Any], Command]]:
    """By kind of row, the command of each that asks for one and sends nothing: it may be tried as often as wanted."""
    asking = {deadline.later.kind: deadline.command for deadline in deadlines}
    return asking | {effect.given_up: effect.unknown for effect in effects if effect.unknown is not None}
