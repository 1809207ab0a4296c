"""Tests as sentences: `given(SERVICE, offered).when(AcceptRemedy(...)).then(RemedyAccepted, digest=...)`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

import pytest

from shared.decide import Actor, Command, Known, Refused, StoredFile
from shared.decide.service import Service
from shared.events.base import Event

E = TypeVar("E", bound=Event)


def state_of(service: Service, *events: Event, category: str = "complaint") -> Any:
    """What the service knows after these facts, its own and those it learned."""
    fold = service.folds[category]
    state = fold.initial
    for event in events:
        state = fold.evolve(state, event)
    return state


def in_name_of(absent: Actor, event: E) -> E:
    """The fact as the kernel writes it down when a deputy of theirs brings it about."""
    return event.model_copy(update={"on_behalf_of": absent.id})


@dataclass
class Given:
    service: Service = field(repr=False)
    events: tuple[Event, ...]
    known: Mapping[str, Any] = field(default_factory=dict)
    category: str = "complaint"
    files: Mapping[str, StoredFile] = field(default_factory=dict)
    guards: Mapping[str, Any] = field(default_factory=dict)
    decided: Sequence[Event] = ()
    refusal: Refused | None = None

    def with_references(self, references: Mapping[str, Any]) -> Self:
        self.known = {**self.known, **references}
        return self

    def with_files(self, *kept: StoredFile) -> Self:
        """The service keeps these evidence files."""
        self.files = {**self.files, **{each.sha256: each for each in kept}}
        return self

    def with_guards(self, guards: Mapping[str, Any]) -> Self:
        """Guard rows that the command reads, with their values."""
        self.guards = {**self.guards, **guards}
        return self

    def when(self, command: Command) -> Self:
        state = state_of(self.service, *self.events, category=self.category)
        try:
            known = Known(states=self.known, files=self.files, guards=self.guards)
            self.decided = self.service.handlers[type(command)](state, command, known)
        except Refused as refusal:
            self.refusal = refusal
        return self

    def then(self, *types: type[Event], **fields: Any) -> Sequence[Event]:
        """Exactly events of these types follow; the first bears these fields."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert [type(event) for event in self.decided] == list(types)
        for name, expected in fields.items():
            assert getattr(self.decided[0], name) == expected
        return self.decided

    def then_nothing(self) -> None:
        assert self.refusal is None, f"refused: {self.refusal}"
        assert list(self.decided) == []

    def then_refused(self, code: str) -> Refused:
        if self.refusal is None:
            pytest.fail(f"not refused: {[type(event).__name__ for event in self.decided]}")
        assert self.refusal.code == code
        return self.refusal


def given(service: Service, *events: Event, category: str = "complaint") -> Given:
    return Given(service, events, category=category)
