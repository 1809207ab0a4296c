"""One complaint round the loop, worked on by several at once who are in each other's way, and who never give up."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx2

from closedloop.system import System
from tests.chaos.town import Over, Town
from tests.e2e.walk import READ, Walk
from tests.fixtures.system import House

EARLY = {
    "not_yet_seen", "contended", "version_changed", "restricted_case", "held", "if_match_required", "not_found",
    "left_the_firm",
}  # fmt: skip
"""What passes by itself: a fact is on its way, or somebody was quicker."""
CONTESTED = {"judgement", "rejection/confirmation", "findings/acceptance", "approval", "closing"}
_RIVALS = {"deng.hong": "ingrid.berg", "tang.yi": "qin.yue", "li.na": "emma.clarke", "wang.qiang": "zhao.min"}
"""Who does the same work, and may be at it at the same moment."""
_WITH_ITS_KEY, _BY_ANOTHER, _LOOKS = 0.25, 0.25, 0.2
"""How often a command is sent twice at once under its key, or wanted by somebody else at the same time, or the case is
looked at meanwhile."""


class Refused(Exception):
    """A rule said no where the story goes on; the message says which."""


class TownHouse(House):
    """What a walk asks of a house, answered by a town that breaks."""

    def __init__(self, town: Town) -> None:
        clock = SimpleNamespace(now=lambda: datetime.now(UTC))
        system = SimpleNamespace(process=SimpleNamespace(clock=clock))
        super().__init__(cast("System", system), town.client)
        self.town = town

    async def post(
        self, person: str, path: str, body: Any = None, *, key: str | None = None, etag: str | None = None,
        token: str | None = None, headers: dict[str, str] | None = None,
    ) -> httpx2.Response:  # fmt: skip
        service, _, rest = path.partition("/")
        return await self.town.command(person, service, rest, body, key=key or self.town.key())

    async def get(self, person: str, path: str, **headers: str) -> httpx2.Response:
        while (answer := await self.town.ask(person, path, **headers)).status_code != 200:
            await self.town.pause()
        return answer


@dataclass
class Story(Walk):
    """A walk whose every step is contested, and waits as long as it takes. Raises Over, Refused."""

    town: Town = field(kw_only=True)
    refusal: str = ""

    async def step(self, who: str, service: str, path: str, body: Any = None) -> httpx2.Response:
        while True:
            answers = await self._tries(who, service, path, body)
            done = [each for each in answers if each.status_code in (200, 201)]
            if done:
                self.steps.append(path)
                self._saw(service, done[0])
                return done[0]
            codes = {each.json().get("code") for each in answers}
            if not codes & EARLY:
                raise Refused(f"{service}/{path}: {', '.join(sorted(map(str, codes)))}")
            await self.town.pause()

    async def _tries(self, who: str, service: str, path: str, body: Any) -> list[httpx2.Response]:
        town, subject, url = self.town, f"complaint:{self.id}", f"complaints/{self.id}/{path}"
        if_match = await town.version(who, service, url, body, subject) if path in CONTESTED else None
        key, another = town.key(), _RIVALS.get(who)
        tries = [(who, key)]
        if town.random.random() < _WITH_ITS_KEY:
            tries.append((who, key))
        if another and town.random.random() < _BY_ANOTHER:
            tries.append((another, town.key()))
        sent = [town.command(by, service, url, body, key=k, if_match=if_match, subject=subject) for by, k in tries]
        look = [town.version(who, service, url, body, subject)] if town.random.random() < _LOOKS else []
        # All of them to their end, also when the run is over: what was heard is written down as it ends.
        outcomes = await asyncio.gather(*sent, *look, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return [outcome for outcome in outcomes if isinstance(outcome, httpx2.Response)]

    def _saw(self, service: str, answer: httpx2.Response) -> None:
        self.house.seen[f"{service}:complaint:{self.id}"] = answer.headers["consistency-token"]

    async def read(self, service: str, who: str = "cao.ying") -> httpx2.Response:
        token = self.house.seen.get(f"{service}:complaint:{self.id}")
        headers = {"Consistency-Token": token} if token else {}
        return await self.house.get(who, READ[service].format(id=self.id), **headers)

    async def shows(self, service: str, column: str, *values: Any) -> dict[str, Any]:
        while True:
            body: dict[str, Any] = (await self.read(service)).json()
            if body.get(column) in values and body.get("cycle") == self.cycle:
                return body
            await self.town.pause()


async def stories(town: Town, done: list[Story]) -> None:
    """One complaint after the other until the run is over."""
    while not town.over.is_set():
        story = Story(TownHouse(town), town=town)
        done.append(story)
        ending = town.random.choices((Walk.archived, Walk.reopened, Walk.replied), weights=(6, 2, 1))[0]
        try:
            received = datetime.now(UTC) - timedelta(minutes=5)
            await story.registered(received_at=received.isoformat())
            await ending(story)
        except Over:
            return
        except Refused as refusal:
            story.refusal = str(refusal)
