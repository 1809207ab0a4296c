"""One complaint in the hands of its people: commands that must succeed, and commands that must be refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from closedloop.people import with_role
from closedloop.simulation.world import Answer, WentWrong, World

_READ = {
    "intake": "intake/complaints/{id}",
    "investigation": "investigation/cases/{id}",
    "resolution": "resolution/resolutions/{id}",
    "callback": "callback/callbacks/{id}",
}
AUDITOR = "cao.ying"


@dataclass
class Case:
    """A complaint as its people see it while they work on it."""

    world: World
    name: str
    rng: Random
    id: str = ""
    cycle: int = 1
    department: str = ""
    restricted: bool = False
    acted: set[str] = field(default_factory=set)
    investigators: set[str] = field(default_factory=set)
    barred: set[str] = field(default_factory=set)
    """Who has an interest in it: complained of, or a conflict declared."""
    judges: set[str] = field(default_factory=set)
    tokens: dict[str, str] = field(default_factory=dict)
    steps: int = 0

    def someone(self, role: str, department: str | None = None, but: Sequence[str] | set[str] = ()) -> str:
        """A person with this role, drawn by the story's own dice."""
        free = [
            person.staff_id for person in with_role(role, department) if person.staff_id not in {*but, *self.barred}
        ]
        if not free:
            raise WentWrong(f"{self.name}: nobody left who is {role} and not {sorted(but)}")
        return self.rng.choice(free)

    def at_the_counter(self) -> str:
        """Whoever deals with the customer: an agent, or for a restricted case somebody who may see it."""
        return self.someone("triage_lead" if self.restricted else "agent")

    def officer(self) -> str:
        """A resolution officer who did not investigate; for a restricted case any of its department."""
        if self.restricted:
            return self.someone("resolution_officer", self.department)
        return self.someone("resolution_officer", but=self.investigators)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    async def does(self, person: str, service: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """A command that must succeed."""
        answer = await self._send(person, service, path, body)
        if answer.status not in (200, 201):
            raise WentWrong(f"{self.name}: {person} {service}/{path}: {answer.status} {answer.body}")
        self.acted.add(person)
        if answer.token:
            self.tokens[service] = answer.token
        return answer

    async def does_or_is_refused(
        self, person: str, service: str, path: str, body: dict[str, Any] | None, code: str
    ) -> bool:
        """A command that must succeed or be refused with this code; says whether it succeeded."""
        answer = await self._send(person, service, path, body)
        if answer.code == code:
            self.world.refusals[code] += 1
            return False
        if answer.status not in (200, 201):
            raise WentWrong(f"{self.name}: {person} {service}/{path}: {answer.status} {answer.body}")
        self.acted.add(person)
        self.tokens[service] = answer.token or self.tokens[service]
        return True

    async def is_refused(self, person: str, service: str, path: str, body: dict[str, Any] | None, *codes: str) -> None:
        """A command that must be refused with one of these codes."""
        answer = await self._send(person, service, path, body)
        if answer.status < 400 or (codes and answer.code not in codes):
            raise WentWrong(
                f"{self.name}: {person} {service}/{path} should be refused with {codes}: {answer.status} {answer.body}"
            )
        self.world.refusals[answer.code] += 1

    async def _send(self, person: str, service: str, path: str, body: dict[str, Any] | None) -> Answer:
        self.steps += 1
        key = f"{self.name}:{self.steps}"
        url = f"{service}/complaints/{self.id}/{path}" if self.id else f"{service}/{path}"
        answer = await self.world.command(person, url, body, key)
        if answer.status == 428:
            for _ in range(5):
                seen = await self.read(service)
                answer = await self.world.command(person, url, body, key, etag=seen.etag)
                if answer.status != 412:
                    break
        return answer

    async def read(self, service: str) -> Answer:
        """The complaint as this service shows it, at least as new as what we last did there."""
        path = _READ[service].format(id=self.id)
        answer = await self.world.ask(AUDITOR, path, seen=self.tokens.get(service))
        if answer.status != 200:
            raise WentWrong(f"{self.name}: {path} can't be read: {answer.status} {answer.body}")
        return answer

    async def until(self, service: str, column: str, *values: Any) -> dict[str, Any]:
        """Wait until the service shows one of these values."""
        for _ in range(400):
            path = _READ[service].format(id=self.id)
            answer = await self.world.ask(AUDITOR, path)
            if answer.status == 200 and answer.body.get("cycle") == self.cycle and answer.body[column] in values:
                return answer.body
            await self.world.pause()
        raise WentWrong(f"{self.name}: {service} never showed {column} as {values}")
