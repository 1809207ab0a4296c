"""What happens later in the firm in memory, and whoever moves the money."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.decide import Command
from shared.decide.due import Effect, Sent
from shared.events.base import Event
from shared.rooms import Rooms


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of a service's table of what is due."""

    service: str
    subject: str
    kind: str
    event: Event
    due_at: datetime


@dataclass
class Provider:
    """Pays, refuses or says nothing, as a test wants; it remembers what it was asked and did."""

    outcomes: dict[str, str] = field(default_factory=dict)
    """By the request as text: "paid", "refused"; "unknown" and "unknown-paid" if it did not say what it did."""
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)

    def ask(self, row: Waiting, effect: Effect, outcome: str) -> Command:
        """The command that records what came of it. The same is never asked for twice."""
        request = effect.request(row.subject, row.event)
        key = str(sorted((name, str(value)) for name, value in request.items()))
        assert key not in self.outcomes, f"left the house twice: {request}"
        self.outcomes[key], self.requests[key] = outcome, request
        if outcome.startswith("unknown") and effect.unknown is not None:
            return effect.unknown(row.subject, row.event)
        sent = Sent(refused="account-closed") if outcome == "refused" else Sent(receipt=f"r-{len(self.outcomes)}")
        return effect.command(row.subject, row.event, sent)


def asked_by(row: Waiting, rooms: Rooms, provider: Provider, outcome: str) -> Command:
    """What a row asks for: a deadline at once, an effect once the provider has answered. Raises StopIteration."""
    of_deadlines = (each.command(row.subject, row.event) for each in rooms.deadlines if each.later.kind == row.kind)
    of_effects = (provider.ask(row, each, outcome) for each in rooms.effects if each.later.kind == row.kind)
    return next(command for commands in (of_deadlines, of_effects) for command in commands)
