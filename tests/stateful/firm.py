"""The whole firm in memory: every service's own decisions and folds, with a log that delivers as late as a test wants.

No database and no clock of its own, so that thousands of steps take seconds and any order of deliveries can be played.
It keeps what the real log keeps: each stream in order, and per subject one order for every reader.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from closedloop.system import rooms_of
from shared.decide import Actor, Command, Forbidden, Known, Refused, Taken
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.known import StoredFile
from shared.decide.standing import standing, subjects_of
from shared.events.base import Event
from shared.events.envelope import Envelope, seen_text
from shared.reference.staff import MOST_LEVELS, StaffMember
from shared.rooms import Rooms
from shared.store.compose import guard_keys, next_guards
from shared.store.memory import Memory
from tests.stateful.due import Provider, Waiting, asked_by
from tests.stateful.log import Log, Said

DECIDING = ("directory", "intake", "investigation", "resolution", "callback")
_IDS = UUID("6d0f3c52-0f5b-4f43-9d0b-6a6d1e0c7a12")
_ROUNDS = 20
"""More than any chain of reactions is long."""


class AllFiles(Mapping[str, StoredFile]):
    """Every file is kept, for the subject that asks: what a file is, other tests show."""

    def __init__(self, subject: str) -> None:
        self._subject = subject

    def __getitem__(self, sha256: str) -> StoredFile:
        return StoredFile(sha256, self._subject, "application/pdf", 48_000)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass
class Firm:
    """All services, their journals, and what is on its way between them."""

    now: datetime
    states: dict[tuple[str, str], Any] = field(default_factory=dict)
    """By service and subject, after all that the service said and learned of it."""
    journals: dict[tuple[str, str], list[Said]] = field(default_factory=lambda: defaultdict(list))
    """By service and subject, what it said and learned, in the order in which it did."""
    versions: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    """By service and subject, how many facts it said."""
    told: list[tuple[str, Said]] = field(default_factory=list)
    """Every fact with its subject, in the order in which they were decided."""
    log: Log = field(default_factory=Log)
    guards: dict[tuple[str, str], Any] = field(default_factory=dict)
    staff: dict[str, StaffMember] = field(default_factory=dict)
    """All who ever joined, by id, as the directory has them."""
    later: list[Waiting] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    provider: Provider = field(default_factory=Provider)

    def rooms(self, service: str) -> Rooms:
        return rooms_of(service)

    def state(self, service: str, subject: str) -> Any:
        known = self.states.get((service, subject))
        return self.rooms(service).service.fold_of(subject).initial if known is None else known

    # Commands

    def ask(self, service: str, command: Command) -> list[Event]:
        """Carry out a command as the kernel does. Raises Refused; then nothing was written."""
        for attempt in range(4):
            try:
                acting, events = self.decide(service, command, attempt)
                self._append(service, command.subject_id(), events, acting)
            except Taken:
                continue
            except Refused as refusal:
                self.refusals[refusal.code] += 1
                raise
            return events
        raise AssertionError(f"{type(command).__name__} never found a value that is free")

    def decide(self, service: str, command: Command, attempt: int = 0) -> tuple[Actor, list[Event]]:
        """What would come of a command at this moment, and as whom its actor asks. Raises Refused; writes nothing."""
        decided = self.rooms(service).service
        subject = command.subject_id()
        if command.actor.on_behalf_of is None and command.actor.role not in command.may:
            raise Forbidden("wrong_role", f"Only {', '.join(command.may)} may do this.")
        states = self._states_for(service, command)
        command = standing(command, states)
        open_to = getattr(states[subject], "open_to", None)
        if open_to is not None and not open_to(command.actor):
            raise Forbidden("restricted_case", "This case is restricted to the department that handles it.")
        wanted = (
            choose(states[subject], command, states) for g in decided.guards for choose in (g.read_by, g.looks_at)
        )
        known = Known(
            states=states,
            guards={key: self.guards.get((service, key)) for keys in wanted for key in keys},
            files=AllFiles(subject),
            limits_fresh=self.log.was_read_lately(service, "limits:house", self.now),
            attempt=attempt,
        )
        events = decided.handlers[type(command)](states[subject], command, known)
        return command.actor, [_in_name_of(command.actor.on_behalf_of, event) for event in events]

    def _states_for(self, service: str, command: Command) -> dict[str, Any]:
        states = {name: self.state(service, name) for name in (command.subject_id(), *command.needed())}
        if "staff" in self.rooms(service).service.folds:
            states |= {name: self.state(service, name) for name in subjects_of(command.actor)}
        for _ in range(MOST_LEVELS):
            further = [name for name in command.needed_then(states) if name not in states]
            if not further:
                break
            states |= {name: self.state(service, name) for name in further}
        return states

    def _append(self, service: str, subject: str, events: Sequence[Event], actor: Actor) -> None:
        """One transaction: guards, journal, outbox, and what is due later. Raises Taken before anything is written."""
        decided = self.rooms(service).service
        state = self.state(service, subject)
        keys = guard_keys(decided, state, events)
        current = {key: (0, self.guards.get((service, key))) for key in keys}
        for new in next_guards(decided, Memory(subject, state), events, current):
            self.guards[service, new.key] = new.value
        for event in events:
            said = (self._envelope(service, subject, event, actor), event)
            self._take_in(service, subject, said)
            self.told.append((subject, said))
            self.log.outboxes[service].append((subject, said))
            for later in decided.later:
                if isinstance(event, later.on) and (due := later.due(event)) is not None:
                    self.later.append(Waiting(service, subject, later.kind, event, due))

    def _take_in(self, service: str, subject: str, said: Said) -> None:
        fold = self.rooms(service).service.fold_of(subject)
        state = fold.evolve(self.state(service, subject), said[1])
        self.states[service, subject] = state
        self.journals[service, subject].append(said)
        if service == "directory" and isinstance(state, StaffMember):
            self.staff[subject.removeprefix("staff:")] = state

    def _envelope(self, service: str, subject: str, event: Event, actor: Actor) -> Envelope:
        self.versions[service, subject] += 1
        return Envelope(
            id=uuid5(_IDS, str(len(self.told))), source=service, subject=subject, type=event.wire_type,
            schema_version=event.wire_version, version=self.versions[service, subject], time=event.at,
            recorded=self.now, actor=event.by, role=actor.role, department=actor.department, causation="",
            correlation="", seen=self._seen(service, subject), pack="house/1", critical=event.critical,
            on_behalf_of=actor.on_behalf_of, cycle=getattr(event, "cycle", None),
        )  # fmt: skip

    def _seen(self, service: str, subject: str) -> str:
        """What the service knew of the others' streams of this subject."""
        learned = (envelope for envelope, _ in self.journals[service, subject] if envelope.source != service)
        return seen_text({envelope.source: envelope.version for envelope in learned})

    # The log

    def relay(self, service: str) -> bool:
        """The oldest event of a service's outbox reaches the log; says whether there was one."""
        return self.log.relay(service, self.now)

    def unread(self) -> list[tuple[str, str]]:
        """Which service has something to read of which subject."""
        return self.log.unread(DECIDING)

    def learn(self, service: str, subject: str) -> bool:
        """A service takes in the next event of a subject, and reacts; says whether there was one."""
        said = self.log.next(service, subject)
        if said is None:
            return False
        envelope, event = said
        decided = self.rooms(service).service
        if envelope.source == service or type(event) not in decided.learns:
            return True
        self._take_in(service, subject, said)
        for reaction in decided.reactions_on.get(type(event), ()):
            made = list(reaction.react(self.state(service, subject), event, envelope.id))
            self._append(service, subject, made, SYSTEM_ACTOR)
        return True

    def settle(self) -> None:
        """Deliver everything, and what follows from it, until all is quiet: after a few rounds, or facts answer facts
        for ever.
        """
        for _ in range(_ROUNDS):
            for service in DECIDING:
                while self.relay(service):
                    pass
            if not (unread := self.unread()):
                return
            for service, subject in unread:
                while self.learn(service, subject):
                    pass
        raise AssertionError("it never becomes quiet")

    # What is due

    def due(self) -> list[Waiting]:
        """What is due now, the earliest first."""
        return sorted((row for row in self.later if row.due_at <= self.now), key=lambda row: row.due_at)

    def take_up(self, row: Waiting, outcome: str = "paid") -> None:
        """Take up a row: a deadline asks, an effect leaves for the provider, who pays, refuses or says nothing.

        Raises Refused, but for what has not arrived yet: that is asked for again.
        """
        self.later.remove(row)
        self._ask_as_system(row, asked_by(row, self.rooms(row.service), self.provider, outcome))

    def _ask_as_system(self, row: Waiting, command: Command) -> None:
        asked = command.model_copy(update={"actor": SYSTEM_ACTOR, "at": self.now})
        try:
            self.ask(row.service, asked)
        except Refused as refusal:
            if refusal.code != "not_yet_seen":
                raise
            self.later.append(replace(row, due_at=self.now + timedelta(seconds=2)))


def _in_name_of(absent: str | None, event: Event) -> Event:
    return event if absent is None else event.model_copy(update={"on_behalf_of": absent})
