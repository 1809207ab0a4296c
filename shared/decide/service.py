"""A service, as data: its folds, commands, reactions, guards, deadlines. Found in its rooms, never listed by hand."""

import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import Any, get_type_hints
from uuid import UUID

from shared.decide.command import Command
from shared.decide.known import Known
from shared.events.base import Event

Decide = Callable[[Any, Any, Known], Sequence[Event]]
Evolve = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Fold:
    """How the facts of one category of subjects become a state."""

    initial: Any
    evolve: Evolve


@dataclass(frozen=True, slots=True)
class Reaction:
    """Events of ours that follow from a fact of another service. Pure and total: one that raises is a bug and parks."""

    name: str
    on: type[Event]
    react: Callable[[Any, Any, UUID], Sequence[Event]]
    """(state after the fact, the fact, the fact's event id) -> events of ours."""


def nothing_read(state: Any, command: Any, states: Mapping[str, Any]) -> Sequence[str]:
    """Of a guard: no decision reads it."""
    return ()


@dataclass(frozen=True, slots=True)
class Guard:
    """A value over several subjects that an append compares and sets: unique, or a sum. A pure fold of own events.

    `key(state, event)` names the guard row that an event touches, or None; the state is that before the event.
    `fold(value, event)` gives the row's next value (JSON data; None before the first), or raises Taken. With
    `of_subject` it is `fold(value, event, subject)`, for a row that tells several complaints apart.
    """

    name: str
    on: tuple[type[Event], ...]
    key: Callable[[Any, Any], str | None]
    fold: Callable[..., Any]
    read_by: Callable[[Any, Any, Mapping[str, Any]], Sequence[str]] = nothing_read
    """(state, command, states of the subjects it needs) -> the rows that its decision reads as `known.guards[key]`."""
    looks_at: Callable[[Any, Any, Mapping[str, Any]], Sequence[str]] = nothing_read
    """Like `read_by`, but for rows that the append does not compare: the decision may rest on a value of a moment ago.
    For what many would else wait for, such as a count over all complaints of a kind."""
    of_subject: bool = False

    def next_value(self, value: Any, event: Event, subject: str) -> Any:
        """The row's value after an event of this subject. Raises Taken."""
        return self.fold(value, event, subject) if self.of_subject else self.fold(value, event)


@dataclass(frozen=True, slots=True)
class Later:
    """What an event of ours brings about later: at `due(event)` a row of `kind` is taken up, once."""

    kind: str
    on: type[Event]
    due: Callable[[Any], datetime | None]
    """When; None when this very event brings nothing about."""


@dataclass(frozen=True)
class Service:
    """Everything the kernel must know of a service to run it."""

    name: str
    folds: Mapping[str, Fold]
    learns: frozenset[type[Event]]
    handlers: Mapping[type[Command], Decide]
    reactions: tuple[Reaction, ...] = ()
    guards: tuple[Guard, ...] = ()
    later: tuple[Later, ...] = ()

    def fold_of(self, subject: str) -> Fold:
        return self.folds[subject.partition(":")[0]]

    @cached_property
    def learned_types(self) -> frozenset[str]:
        """The wire types of the foreign facts that deciding rests on."""
        return frozenset(event.wire_type for event in self.learns)

    @cached_property
    def reactions_on(self) -> Mapping[type[Event], tuple[Reaction, ...]]:
        """Reactions by the fact they answer."""
        grouped: dict[type[Event], tuple[Reaction, ...]] = {}
        for reaction in self.reactions:
            grouped[reaction.on] = (*grouped.get(reaction.on, ()), reaction)
        return grouped

    @cached_property
    def guards_on(self) -> Mapping[type[Event], tuple[Guard, ...]]:
        """Guards by the events that touch them. By the very class: no fact is the base of another."""
        grouped: dict[type[Event], tuple[Guard, ...]] = {}
        for guard in self.guards:
            for event in guard.on:
                grouped[event] = (*grouped.get(event, ()), guard)
        return grouped

    @cached_property
    def guards_read(self) -> tuple[Guard, ...]:
        """Those that some decision reads or looks at."""
        return tuple(each for each in self.guards if {each.read_by, each.looks_at} != {nothing_read})

    @cached_property
    def later_on(self) -> Mapping[type[Event], tuple[Later, ...]]:
        """What is due later, by the event that brings it about."""
        grouped: dict[type[Event], tuple[Later, ...]] = {}
        for later in self.later:
            grouped[later.on] = (*grouped.get(later.on, ()), later)
        return grouped


def modules_in(package: ModuleType) -> list[ModuleType]:
    """The modules of a package, in order of name."""
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return [import_module(f"{package.__name__}.{name}") for name in names]


def commands_in(package: ModuleType) -> dict[type[Command], Decide]:
    """One command a file: its model and its `decide(state, command)`, or `decide(state, command, known)`."""
    found: dict[type[Command], Decide] = {}
    for module in modules_in(package):
        models = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Command) and value.__module__ == module.__name__
        ]
        if len(models) != 1:
            raise TypeError(f"{module.__name__} must define exactly one command, not {len(models)}")
        found[models[0]] = _with_known(module.decide)
    return found


def _with_known(decide: Callable[..., Sequence[Event]]) -> Decide:
    if len(inspect.signature(decide).parameters) == 3:
        return decide
    return lambda state, command, known: decide(state, command)


def reactions_in(module: ModuleType) -> tuple[Reaction, ...]:
    """Every function `when_…(state, event)` or `when_…(state, event, trigger_id)` of the module.

    Its trigger is the type of its second parameter.
    """
    return tuple(
        Reaction(name, _trigger(function), _with_trigger_id(function))
        for name, function in vars(module).items()
        if name.startswith("when_") and inspect.isfunction(function)
    )


def _with_trigger_id(function: Callable[..., Sequence[Event]]) -> Callable[[Any, Any, UUID], Sequence[Event]]:
    if len(inspect.signature(function).parameters) == 3:
        return function
    return lambda state, event, trigger_id: function(state, event)


def _trigger(function: Callable[..., Any]) -> type[Event]:
    names = list(inspect.signature(function).parameters)
    trigger: type[Event] = get_type_hints(function)[names[1]]
    return trigger
