"""Customers' files as intake keeps them: each asked as the kernel asks, with the rows that its guards read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.intake.app import ROOMS
from services.intake.commands.customer_correct import CorrectCustomer
from services.intake.commands.customer_join import JoinCustomers
from services.intake.commands.customer_note_joining import NoteJoining
from services.intake.commands.customer_part import PartCustomers
from services.intake.commands.customer_record import RecordCustomer
from services.intake.customer import Customer
from shared.decide import Actor, Command, Known, Refused
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.service import Guard
from shared.events.base import Event
from shared.projections.folding import Row, changes_of, fold
from shared.projections.view import At, View
from tests.unit.intake.examples import NOON

SERVICE = ROOMS.service
AGENT = Actor("agent-1", "agent", "customer-service")
LEAD = Actor("triage-1", "triage_lead", "triage")

WANG = UUID("00000000-0000-4000-8000-0000000000a1")
FANG = UUID("00000000-0000-4000-8000-0000000000a2")
THIRD = UUID("00000000-0000-4000-8000-0000000000a3")


def subject(person: UUID) -> str:
    return f"person:{person}"


@dataclass
class Files:
    """What was stated, the states after it, and the guard rows."""

    states: dict[str, Customer] = field(default_factory=dict)
    guards: dict[str, Any] = field(default_factory=dict)
    stated: dict[str, list[Event]] = field(default_factory=dict)

    def of(self, person: UUID) -> Customer:
        return self.states.get(subject(person), Customer())

    def ask(self, command: Command) -> list[Event]:
        """Decide and write. Raises Refused."""
        own = command.subject_id()
        names = (own, *command.needed())
        states = {name: self.states.get(name, Customer()) for name in names}
        read = {key for guard in SERVICE.guards for key in guard.read_by(states[own], command, states)}
        known = Known(states=states, guards={key: self.guards.get(key) for key in read})
        events = list(SERVICE.handlers[type(command)](states[own], command, known))
        for event in events:
            self._write(own, event)
        return events

    def _write(self, own: str, event: Event) -> None:
        before = self.states.get(own, Customer())
        for guard in SERVICE.guards:
            if isinstance(event, guard.on) and (key := guard.key(before, event)) is not None:
                self.guards[key] = guard.next_value(self.guards.get(key), event, own)
        self.states[own] = SERVICE.folds["person"].evolve(before, event)
        self.stated.setdefault(own, []).append(event)

    def refused(self, command: Command, code: str) -> Refused:
        """It is refused with this code, and nothing is written."""
        before = {name: list(events) for name, events in self.stated.items()}
        with pytest.raises(Refused) as refusal:
            self.ask(command)
        assert refusal.value.code == code
        assert self.stated == before
        return refusal.value


def readers(person: UUID, other: UUID) -> tuple[set[str], set[str]]:
    """The rows that two joinings of the same two files read, one each way."""
    guards: Sequence[Guard] = SERVICE.guards
    rows = [
        {key for guard in guards for key in guard.read_by(Customer(), command, {})}
        for command in (join(person, other), join(other, person))
    ]
    return rows[0], rows[1]


def record(who: UUID = WANG, **fields: Any) -> RecordCustomer:
    usual: dict[str, Any] = {"person_id": who, "name": "王芳", "phones": ["138 0013 8000"]}
    return RecordCustomer(actor=AGENT, at=NOON, **{**usual, **fields})


def correct(person: UUID = WANG, **fields: Any) -> CorrectCustomer:
    return CorrectCustomer(actor=AGENT, at=NOON, person_id=person, **{"reasons": "They said so.", **fields})


def join(person: UUID = WANG, other: UUID = FANG) -> JoinCustomers:
    return JoinCustomers(actor=LEAD, at=NOON, person_id=person, other=other, reasons="One person.")


def part(person: UUID = WANG, other: UUID = FANG) -> PartCustomers:
    return PartCustomers(actor=LEAD, at=NOON, person_id=person, other=other, reasons="Mother and daughter.")


def note(person: UUID = FANG) -> NoteJoining:
    return NoteJoining(actor=SYSTEM_ACTOR, at=NOON, person_id=person)


def with_files(*persons: UUID) -> Files:
    files = Files()
    for person in persons:
        files.ask(record(person))
    return files


def rows_of(view: View, of: str, *events: Event) -> dict[str, Row]:
    """The rows that a view makes of these facts of one subject, written down a minute apart."""
    rows: dict[str, Row] = {}
    for minute, event in enumerate(events):
        at = At(UUID(int=minute), of, event.source, minute + 1, NOON + timedelta(minutes=minute), None)
        for change in changes_of(view, event, at):
            row = fold(view, rows.pop(change.key, None), change, of, 0)
            if row is not None:
                rows[change.key] = row
    return rows
