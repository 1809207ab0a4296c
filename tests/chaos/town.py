"""The people who work on cases while the system breaks: over HTTP, the same key again until they were answered.

Every request that was sent, and what was heard, is written down; the checks read it afterwards.
"""

import asyncio
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import Any

import httpx2

from closedloop.people import PEOPLE
from shared.web.issuer import BuiltInIssuer
from tests.chaos.linear import Call
from tests.chaos.register import Heard, Wish

PATIENCE = 12.0
"""Seconds for one answer; then nobody knows what became of the request."""
NOWHERE = 999_999_999
"""A version that no stream reaches: with it as If-Match nothing is done, and the answer tells the version."""


class Over(Exception):
    """The run ends here; what was begun is left as it is."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that was sent: which key, and what of it the store must hold if it was acknowledged."""

    service: str
    person: str
    key: str
    status: int
    subject: str = ""
    version: int = 0
    events: tuple[str, ...] = ()
    replayed: bool = False


@dataclass
class Town:
    """`urls` by service; several of one service are asked in turn."""

    urls: Mapping[str, Sequence[str]]
    issuer: BuiltInIssuer
    random: Random
    client: httpx2.AsyncClient
    over: asyncio.Event = field(default_factory=asyncio.Event)
    calls: dict[tuple[str, str], list[Call]] = field(default_factory=lambda: defaultdict(list))
    """By service and subject."""
    unplaced: dict[tuple[str, str], list[Call]] = field(default_factory=lambda: defaultdict(list))
    """By service and key: registrations of which nobody heard which case they made."""
    sent: list[Sent] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    _keys: Iterator[int] = field(default_factory=itertools.count)
    _tokens: dict[str, str] = field(default_factory=dict)

    def key(self) -> str:
        return f"wish-{next(self._keys)}"

    def token(self, staff_id: str) -> str:
        if staff_id not in self._tokens:
            person = next(each for each in PEOPLE if each.staff_id == staff_id)
            self._tokens[staff_id] = self.issuer.issue(person.staff_id, person.roles, person.department)
        return self._tokens[staff_id]

    async def ask(self, who: str, path: str, **headers: str) -> httpx2.Response:
        """A question, again and again until it is answered. Raises Over."""
        while True:
            service, _, rest = path.partition("/")
            proof = {"Authorization": f"Bearer {self.token(who)}"}
            try:
                answer = await self.client.get(self._url(service) + rest, headers=proof | headers)
                if answer.status_code < 500:
                    return answer
            except httpx2.HTTPError:
                pass
            await self.pause()

    async def command(
        self, who: str, service: str, path: str, body: Any, *, key: str, if_match: int | None = None, subject: str = ""
    ) -> httpx2.Response:
        """A command, under the same key until it was answered. Raises Over."""
        while True:
            answer = await self.once(who, service, path, body, key=key, if_match=if_match, subject=subject)
            if answer is not None:
                return answer
            await self.pause()

    async def once(
        self, who: str, service: str, path: str, body: Any, *, key: str, if_match: int | None = None, subject: str = ""
    ) -> httpx2.Response | None:
        """Sent once; None where nobody knows what became of it."""
        headers = {"Authorization": f"Bearer {self.token(who)}", "Idempotency-Key": key}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        invoked = time.monotonic()
        try:
            answer = await self.client.post(self._url(service) + path, json=body, headers=headers)
            known = answer if answer.status_code < 500 else None
        except httpx2.HTTPError:
            known = None
        self._note(who, service, subject, Wish(f"{who}:{key}", if_match), invoked, known)
        return known

    async def version(self, who: str, service: str, path: str, body: Any, subject: str) -> int | None:
        """The version of a case at a service as it is now; None if it says something else."""
        answer = await self.command(who, service, path, body, key=self.key(), if_match=NOWHERE, subject=subject)
        return int(answer.json()["details"]["version"]) if answer.status_code == 412 else None

    async def pause(self, seconds: float = 0.25) -> None:
        """Raises Over."""
        await asyncio.sleep(seconds * (0.5 + self.random.random()))
        if self.over.is_set():
            raise Over

    def _url(self, service: str) -> str:
        return self.random.choice(self.urls[service])

    def _note(
        self, who: str, service: str, subject: str, wish: Wish, invoked: float, answer: httpx2.Response | None
    ) -> None:
        returned = time.monotonic() if answer is not None else inf
        heard = _heard(answer)
        if answer is not None and answer.status_code in (200, 201):
            said = answer.json()
            subject = said["subject"]
            self.sent.append(
                Sent(
                    service, who, str(wish.key), answer.status_code, subject, said["version"], tuple(said["events"]),
                    heard.kind == "replayed",
                )
            )  # fmt: skip
        else:
            self.sent.append(Sent(service, who, str(wish.key), answer.status_code if answer else 0))
        self.outcomes[heard.kind] += 1
        if heard.kind == "refused" and answer is not None:
            self.codes[answer.json().get("code", str(answer.status_code))] += 1
        place = service, str(wish.key)
        self.unplaced[place].append(Call(invoked, returned, wish, heard, must=answer is not None))
        if subject:
            self.calls[service, subject] += self.unplaced.pop(place)


def _heard(answer: httpx2.Response | None) -> Heard:
    if answer is None:
        return Heard("unknown")
    said = answer.json()
    if answer.status_code in (200, 201):
        written = "replayed" if "idempotency-replayed" in answer.headers else "written" if said["events"] else "same"
        return Heard(written, said["version"], len(said["events"]))  # type: ignore[arg-type]
    if answer.status_code == 412:
        return Heard("changed", int(said["details"]["version"]))
    return Heard("refused")
