"""客户档案 Which files are of one customer, as other services know it: what was given is summed over all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from shared.events.customers import CustomerJoinedInto, CustomerPartedFrom, CustomersJoined, CustomersParted

JoiningEvent = CustomersJoined | CustomerJoinedInto | CustomersParted | CustomerPartedFrom


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """A file (subject `person:<uuid>`) and those that were joined with it."""

    into: str | None = None
    """The file that stands for this one."""
    others: frozenset[str] = frozenset()
    """The files that this one stands for."""


def evolve_customer(state: CustomerFile, event: JoiningEvent) -> CustomerFile:
    match event:
        case CustomersJoined():
            return replace(state, others=state.others | {event.other})
        case CustomerJoinedInto():
            return replace(state, into=event.into)
        case CustomersParted():
            return replace(state, others=state.others - {event.other})
        case CustomerPartedFrom():
            return replace(state, into=None)
        case _:
            assert_never(event)


def files_of(person: str, states: Mapping[str, Any]) -> tuple[str, ...]:
    """All files of this customer, their own first, as far as the records that are at hand go.

    A joining is told to both files, one after the other: one that has not heard of it yet does not lead to the other.
    """
    found = {person: None}
    waiting = [person]
    while waiting:
        file = states.get(waiting.pop())
        if isinstance(file, CustomerFile):
            beside = [each for each in (file.into, *sorted(file.others)) if each is not None and each not in found]
            found |= dict.fromkeys(beside)
            waiting += beside
    return tuple(found)


def file_subjects(person: str, states: Mapping[str, Any]) -> tuple[str, ...]:
    """The records still missing to know all files of this customer: what a command names as needed."""
    return tuple(each for each in files_of(person, states) if each not in states)
