"""The simulated house: people with tokens, an HTTP client each story shares, and a clock that jumps when all wait."""

import asyncio
import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2

_PATIENCE = 20.0
_PASSING = {"not_yet_seen", "contended", "unavailable", "held"}


class WentWrong(Exception):
    """The system answered what it should not have."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command or a question was answered with."""

    status: int
    body: dict[str, Any]
    etag: str | None
    token: str | None

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))


@dataclass
class World:
    """One run's house. `run`: a name for its idempotency keys, so that a second run tells a second set of stories."""

    client: httpx2.AsyncClient
    run: str
    refusals: Counter[str] = field(default_factory=Counter)
    commands: int = 0
    sandbox: bool = False
    """Whether the system's payments are a sandbox, which refuses some and is silent on others."""
    _tokens: dict[str, str] = field(default_factory=dict)
    _sleeping: list[tuple[datetime, int, asyncio.Event]] = field(default_factory=list)
    _awake: int = 0
    _drawn: int = 0
    _now: datetime | None = None

    async def token(self, person: str) -> str:
        if person not in self._tokens:
            answer = await self.client.post(f"tokens/{person}")
            self._tokens[person] = answer.raise_for_status().json()["token"]
        return self._tokens[person]

    async def now(self) -> datetime:
        """The business instant, as the system tells it."""
        return datetime.fromisoformat((await self.client.get("clock")).raise_for_status().json()["now"])

    async def command(
        self, person: str, path: str, body: dict[str, Any] | None, key: str, etag: str | None = None,
        seen: str | None = None,
    ) -> Answer:  # fmt: skip
        """Send a command, again with the same key while the answer is only "not yet"."""
        headers = {"Authorization": f"Bearer {await self.token(person)}", "Idempotency-Key": f"{self.run}:{key}"}
        headers |= {"If-Match": etag} if etag else {}
        headers |= {"Consistency-Token": seen} if seen else {}
        until = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            answer = _answer(await self.client.post(path, json=body, headers=headers))
            self.commands += 1
            if answer.code not in _PASSING or asyncio.get_running_loop().time() > until:
                return answer
            await asyncio.sleep(0.05)

    async def upload(self, person: str, path: str, content: bytes, media_type: str) -> Answer:
        """Send a file, again while the case has not arrived."""
        headers = {"Authorization": f"Bearer {await self.token(person)}", "Content-Type": media_type}
        until = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            answer = _answer(await self.client.post(path, content=content, headers=headers))
            if answer.status == 201 or asyncio.get_running_loop().time() > until:
                return answer
            await asyncio.sleep(0.05)

    async def ask(self, person: str, path: str, seen: str | None = None, patience: float = _PATIENCE) -> Answer:
        """Ask a question, again while the answer has not arrived."""
        headers = {"Authorization": f"Bearer {await self.token(person)}"}
        headers |= {"Consistency-Token": seen} if seen else {}
        until = asyncio.get_running_loop().time() + patience
        while True:
            answer = _answer(await self.client.get(path, headers=headers))
            if answer.status == 200 or asyncio.get_running_loop().time() > until:
                return answer
            await asyncio.sleep(0.05)

    async def pause(self) -> None:
        """Let machine time pass, for what is on its way."""
        await asyncio.sleep(0.2)

    # The clock: when every story waits for a later hour, it jumps to the earliest of these.

    def begins(self) -> None:
        self._awake += 1

    async def ends(self) -> None:
        self._awake -= 1
        await self._jump_if_all_wait()

    async def wait(self, pause: timedelta) -> None:
        """Let business time pass."""
        until = await self.now() + pause
        woken = asyncio.Event()
        self._drawn += 1
        heapq.heappush(self._sleeping, (until, self._drawn, woken))
        self._awake -= 1
        await self._jump_if_all_wait()
        await woken.wait()

    async def _jump_if_all_wait(self) -> None:
        if self._awake or not self._sleeping:
            return
        ahead = self._sleeping[0][0] - await self.now()
        if ahead > timedelta(0):
            headers = {"Authorization": f"Bearer {await self.token('ren.zhi')}"}
            seconds = {"seconds": ahead.total_seconds() + 1}
            (await self.client.post("clock/advance", json=seconds, headers=headers)).raise_for_status()
        now = await self.now()
        while self._sleeping and self._sleeping[0][0] <= now:
            _, _, woken = heapq.heappop(self._sleeping)
            self._awake += 1
            woken.set()


def _answer(response: httpx2.Response) -> Answer:
    body = response.json() if response.content else {}
    headers = response.headers
    return Answer(response.status_code, body, headers.get("etag"), headers.get("consistency-token"))
