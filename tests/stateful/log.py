"""The log of the firm in memory: what is on its way to it, what stands in it, and how far each service has read."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.events.base import Event
from shared.events.envelope import Envelope

Said = tuple[Envelope, Event]
FRESH = timedelta(seconds=60)
"""So long ago, at most, the limits' partition was read to its end (design 4.4)."""


@dataclass
class Log:
    """Each stream in order, and per subject one order for every reader."""

    outboxes: dict[str, deque[tuple[str, Said]]] = field(default_factory=lambda: defaultdict(deque))
    said: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))
    """By subject, in the one order that every reader sees."""
    came_at: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    read: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    """By service and subject, how many it has taken in."""

    def relay(self, service: str, now: datetime) -> bool:
        """The oldest event of a service's outbox reaches the log; says whether there was one."""
        if not self.outboxes[service]:
            return False
        subject, said = self.outboxes[service].popleft()
        self.said[subject].append(said)
        self.came_at[subject].append(now)
        return True

    def unread(self, services: tuple[str, ...]) -> list[tuple[str, str]]:
        """Which of these services has something to read of which subject."""
        ends = [(subject, len(said)) for subject, said in self.said.items()]
        return [
            (service, subject) for subject, end in ends for service in services if self.read[service, subject] < end
        ]

    def next(self, service: str, subject: str) -> Said | None:
        """What a service reads next of a subject."""
        place = self.read[service, subject]
        if place >= len(self.said[subject]):
            return None
        self.read[service, subject] = place + 1
        return self.said[subject][place]

    def was_read_lately(self, service: str, subject: str, now: datetime) -> bool:
        """Whether the service knew all that was there at some instant of the last minute."""
        unread = self.came_at[subject][self.read[service, subject] :]
        return not unread or now - unread[0] <= FRESH

    def story(self, subject: str) -> list[Said]:
        """Everything that was said of a subject, in the order of the log, then what has not reached it."""
        unsent = [said for outbox in self.outboxes.values() for name, said in outbox if name == subject]
        return [*self.said[subject], *unsent]
