"""Several complaints side by side, each decided on with the guard rows that the kernel would read and write."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.intake.state import Intake
from shared.decide import Command, Known, Refused
from shared.events.base import Event
from tests.unit.intake.examples import SERVICE, STAFF_RECORDS


@dataclass
class Journal:
    """States by subject, and guard rows by key."""

    states: dict[str, Any] = field(default_factory=lambda: dict(STAFF_RECORDS))
    guards: dict[str, Any] = field(default_factory=dict)

    def of(self, subject: str) -> Intake:
        state: Intake = self.states.get(subject, Intake())
        return state

    def write(self, subject: str, *events: Event) -> None:
        """As the append does it: rows are touched by the state of before, all events of one append alike."""
        before = self.of(subject)
        for event in events:
            for guard in SERVICE.guards:
                if isinstance(event, guard.on) and (key := guard.key(before, event)) is not None:
                    self.guards[key] = guard.next_value(self.guards.get(key), event, subject)
            self.states[subject] = SERVICE.folds["complaint"].evolve(self.of(subject), event)

    def ask(self, command: Command) -> Sequence[Event]:
        """Decide and write. Raises Refused."""
        subject = command.subject_id()
        state = self.of(subject)
        states = {**self.states, subject: state}
        wanted = [ask for guard in SERVICE.guards for ask in (guard.read_by, guard.looks_at)]
        keys = {key for ask in wanted for key in ask(state, command, states)}
        known = Known(states=states, guards={key: self.guards.get(key) for key in keys})
        events = SERVICE.handlers[type(command)](state, command, known)
        self.write(subject, *events)
        return events

    def refuses(self, command: Command) -> str:
        """The code with which it is refused."""
        try:
            self.ask(command)
        except Refused as refusal:
            return refusal.code
        raise AssertionError(f"{type(command).__name__} was not refused")
