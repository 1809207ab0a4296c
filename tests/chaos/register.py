"""What one service may answer about one case: its version as a register that only If-Match and keys can move."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tests.chaos.linear import Call

Kind = Literal["written", "replayed", "same", "changed", "refused", "unknown"]
"""How a command ended: carried out; answered as before under its key; nothing to do; If-Match did not hold; a rule or
the state of the system said no; nobody knows."""

_MOST_EVENTS = 4
"""Of one command whose end nobody knows."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A command as it was sent. The system's own come without a key."""

    key: str | None = None
    if_match: int | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: `version` is that of the service's stream, `events` how many were written."""

    kind: Kind
    version: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class Register:
    """A stream's version, and the answers that are remembered."""

    version: int = 0
    answers: frozenset[tuple[str, int]] = frozenset()

    def remembers(self, key: str | None) -> bool:
        return any(known == key for known, _ in self.answers)


def step(state: Register, call: Call) -> Iterable[Register]:
    """See `linear.Step`."""
    wish: Wish = call.asked
    heard: Heard = call.heard
    fresh = not state.remembers(wish.key)
    fits = wish.if_match in (None, state.version)
    match heard.kind:
        case "written":
            possible = fresh and fits and heard.version == state.version + heard.events
            return [_written(state, wish, heard.version)] if possible else []
        case "replayed":
            return [state] if (wish.key, heard.version) in state.answers else []
        case "same":
            return [state] if fresh and fits and heard.version == state.version else []
        case "changed":
            return [state] if fresh and not fits and heard.version == state.version else []
        case "refused":
            return [state]
        case "unknown":
            if not (fresh and fits):
                return [state]
            further = (state.version + events for events in range(1, _MOST_EVENTS + 1))
            return [state, *(_written(state, wish, version) for version in further)]


def _written(state: Register, wish: Wish, version: int) -> Register:
    answers = state.answers if wish.key is None else state.answers | {(wish.key, version)}
    return Register(version, answers)
