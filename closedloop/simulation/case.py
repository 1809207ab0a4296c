"""One complaint in the hands of its people: commands that must succeed, and commands that must be refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from time import monotonic
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
_PATIENCE = 120.0
"""Seconds until what should have happened is given up: longer than a provider is asked before it is."""


@dataclass
class Case:
    """A complaint as its people see it while they work on it."""

    world: World
    name: str
    rng: Random
    id: str = ""
    cycle: int = 1
    department: str = ""
    category: str = ""
    restricted: bool = False
    acted: set[str] = field(default_factory=set)
    investigators: set[str] = field(default_factory=set)
    barred: set[str] = field(default_factory=set)
    """Who has an interest in it: complained of, or a conflict declared."""
    judges: set[str] = field(default_factory=set)
    excluded: set[str] = field(default_factory=set)
    """Who approved what was reopened at the remedy, and may not approve again."""
    approvers: set[str] = field(default_factory=set)
    instalments: dict[str, int] = field(default_factory=dict)
    """By digest, in how many payments it is carried out."""
    wants_nothing: bool = False
    kind: str = ""
    """What ended the handling of this cycle."""
    callers: set[str] = field(default_factory=set)
    complained_of: set[str] = field(default_factory=set)
    paid: str = ""
    """The digest of what was paid out in this cycle."""
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

    def investigators_left(self) -> bool:
        """Whether the department has somebody who has not investigated it yet, and has no interest in it."""
        free = {person.staff_id for person in with_role("investigator", self.department)}
        return bool(free - self.investigators - self.barred - self.acted)

    def at_the_counter(self) -> str:
        """Whoever deals with the customer: an agent, or for a restricted case somebody who may see it."""
        return self.someone("triage_lead" if self.restricted else "agent")

    def decider(self) -> str:
        """A lead of the department who may decide on a remedy; an approver where a reopening left it none."""
        return self.deciders()[0]

    def deciders(self) -> list[str]:
        """One of each approving role who may decide, the lowest first; a role that has nobody left is passed over."""
        found = []
        for role, department in (("department_lead", self.department), ("approver", None), ("higher_approver", None)):
            holders = {person.staff_id for person in with_role(role, department)}
            if free := holders - self.judges - self.excluded - self.barred:
                found.append(self.rng.choice(sorted(free)))
        return found

    def officer(self) -> str:
        """A resolution officer who did not investigate; for a restricted case any of its department."""
        if self.restricted:
            return self.someone("resolution_officer", self.department)
        return self.someone("resolution_officer", but=self.investigators)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    async def does(self, person: str, service: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """A command that must succeed. A path with a slash before it is not one of this complaint."""
        answer = await self._send(person, service, path, body)
        if answer.status not in (200, 201):
            raise WentWrong(f"{self.name}: {person} {service}/{path}: {answer.status} {answer.body}")
        self.acted.add(person)
        if answer.token:
            self.tokens[service] = answer.token
        return answer

    async def does_or_is_refused(
        self, person: str, service: str, path: str, body: dict[str, Any] | None, *codes: str
    ) -> bool:
        """A command that must succeed or be refused with one of these codes; says whether it succeeded."""
        answer = await self._send(person, service, path, body)
        if answer.code in codes:
            self.world.refusals[answer.code] += 1
            return False
        if answer.status not in (200, 201):
            raise WentWrong(f"{self.name}: {person} {service}/{path}: {answer.status} {answer.body}")
        self.acted.add(person)
        if answer.token:
            self.tokens[service] = answer.token
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
        url = f"{service}{path}" if path.startswith("/") else f"{service}/complaints/{self.id}/{path}"
        answer = await self.world.command(person, url, body, key)
        if answer.status == 428:
            for _ in range(5):
                seen = await self._looked_at(service, path)
                answer = await self.world.command(person, url, body, key, etag=seen.etag)
                if answer.status != 412:
                    break
        return answer

    async def _looked_at(self, service: str, path: str) -> Answer:
        """What somebody looks at before they decide on it: the complaint, or the thing that the path begins with."""
        if not path.startswith("/"):
            return await self.read(service)
        thing = "/limits/proposal" if path.startswith("/limits/") else "/".join(path.split("/")[:3])
        return await self.world.ask(AUDITOR, f"{service}{thing}?purpose=handling", seen=self.tokens.get(service))

    async def sends_file(self, person: str, service: str, content: bytes, media_type: str) -> str:
        """An evidence file that the service keeps; gives its SHA-256."""
        self.steps += 1
        self.acted.add(person)
        answer = await self.world.upload(person, f"{service}/complaints/{self.id}/files", content, media_type)
        if answer.status != 201:
            raise WentWrong(f"{self.name}: {person} could not send a file: {answer.status} {answer.body}")
        return str(answer.body["sha256"])

    async def read(self, service: str) -> Answer:
        """The complaint as this service shows it, at least as new as what we last did there."""
        path = _READ[service].format(id=self.id)
        answer = await self.world.ask(AUDITOR, path, seen=self.tokens.get(service))
        if answer.status != 200:
            raise WentWrong(f"{self.name}: {path} can't be read: {answer.status} {answer.body}")
        return answer

    async def next_cycle(self) -> None:
        """It was reopened: who had a hand in the last cycle may have one again, but for investigators and judges."""
        self.cycle += 1
        self.acted, self.paid = set(), ""

    async def shown(self, what: str, path: str, enough: Callable[[dict[str, Any]], Any]) -> Any:
        """Wait until an answer shows enough; gives what `enough` made of it."""
        until = monotonic() + _PATIENCE
        while monotonic() < until:
            answer = await self.world.ask(AUDITOR, path, seen=None, patience=0)
            if answer.status == 200 and (found := enough(answer.body)):
                return found
            await self.world.pause()
        raise WentWrong(f"{self.name} in cycle {self.cycle}: {what} was never shown")

    async def until(self, service: str, column: str, *values: Any) -> dict[str, Any]:
        """Wait until the service shows one of these values in this cycle."""

        def enough(body: dict[str, Any]) -> dict[str, Any] | None:
            return body if body.get("cycle") == self.cycle and body[column] in values else None

        path = _READ[service].format(id=self.id)
        found: dict[str, Any] = await self.shown(f"{service}.{column} as one of {values}", path, enough)
        return found

    async def payment_of(self, digest: str, step: int) -> dict[str, Any]:
        """The payment of this step, once the provider said something, or never will."""

        def settled(body: dict[str, Any]) -> dict[str, Any] | None:
            mine = [row for row in body["items"] if (row["digest"], row["step"]) == (digest, step)]
            return mine[0] if mine and all(row["status"] != "started" for row in mine) else None

        path = f"resolution/payments?complaint_id={self.id}&limit=200"
        found: dict[str, Any] = await self.shown(f"what became of payment {step}", path, settled)
        return found

    async def until_lapsed(self, digest: str) -> None:
        """Wait until the offer of these terms has lapsed."""

        def lapsed(body: dict[str, Any]) -> bool:
            return any((row["digest"], row["status"]) == (digest, "lapsed") for row in body["items"])

        await self.shown("the lapse of an offer", f"resolution/complaints/{self.id}/remedies?limit=200", lapsed)

    async def until_event(self, type_: str) -> None:
        """Wait until the complaint's timeline shows an event of this type in this cycle."""

        def happened(body: dict[str, Any]) -> bool:
            return any((each["type"], each["cycle"]) == (type_, self.cycle) for each in body["timeline"])

        await self.shown(type_, f"desk/complaints/{self.id}?limit=500", happened)
