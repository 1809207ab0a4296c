"""Reading a record once for all subscribers of a service: parsed once, and opened once."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from shared.eventlog.protocol import Record
from shared.events.base import Event
from shared.events.envelope import Envelope, fact, parse
from shared.privacy.keyring import Keyring
from shared.privacy.personal import holds_personal

Told = tuple[Envelope, Event]
Place = tuple[int, int]
"""Partition and offset."""

_MOST: Final = 2_000
"""Facts that are remembered: more than one fetch brings, for a subscriber that is aside reads other records."""


class Reading:
    """What was read of the records that somebody is at work on (`at_work`).

    Nothing is remembered longer: clear text must not outlive the key that opened it.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._parsed: dict[Place, Told] = {}
        self._opened: dict[Place, Told] = {}
        self._opening = asyncio.Lock()
        self._at_work = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """What is read within it is remembered until nobody is at work any more."""
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._forget()

    def parsed(self, record: Record) -> Told:
        """Envelope and fact, sealed. Raises UnknownType, MalformedEnvelope, ValidationError."""
        told = self._parsed.get(_place(record))
        if told is None:
            envelope, data = parse(record.value)
            told = (envelope, fact(envelope, data))
            self._remember(self._parsed, {_place(record): told})
        return told

    async def opened(self, records: Sequence[Record]) -> list[Told]:
        """The same with all that is personal opened, or marked erased. Raises besides what the keyring raises."""
        # One at a time: whoever waits finds opened what the one before them opened.
        async with self._opening:
            there = {place: self._opened[place] for place in map(_place, records) if place in self._opened}
            told = {_place(record): self.parsed(record) for record in records if _place(record) not in there}
            sealed = {place: each for place, each in told.items() if holds_personal(type(each[1]))}
            events = await self._keyring.open([(str(envelope.id), event) for envelope, event in sealed.values()])
            opened = {
                place: (envelope, event) for (place, (envelope, _)), event in zip(sealed.items(), events, strict=True)
            }
            self._remember(self._opened, opened)
        found = there | told | opened
        return [found[_place(record)] for record in records]

    def _remember(self, memory: dict[Place, Told], told: Mapping[Place, Told]) -> None:
        if not self._at_work:
            return
        if len(memory) + len(told) > _MOST:
            memory.clear()
        memory.update(told)

    def _forget(self) -> None:
        self._parsed.clear()
        self._opened.clear()


def _place(record: Record) -> Place:
    return (record.partition, record.offset)
