"""How often somebody may ask, by a clock that the test turns."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx2
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st

from shared.config import Settings
from shared.web.admission import Admission, Entrance, entrance
from shared.web.deadline import Deadline
from shared.web.identity import Identity, Unauthenticated
from shared.web.problems import add_handlers
from shared.web.rates import RESERVE, Rate, caller_at


@given(st.integers(1, 6_000), st.lists(st.floats(0, 30), min_size=1, max_size=200))
def test_never_more_than_the_reserve_and_what_came_since(per_minute: int, pauses: list[float]) -> None:
    rate, now, taken = Rate(per_minute), 0.0, 0
    for pause in pauses:
        now += pause
        taken += rate.wait("somebody", now) == 0.0
    each = 60 / per_minute
    assert taken <= max(RESERVE, each) / each + now / each + 1e-3


@given(st.integers(1, 6_000), st.integers(1, 50))
def test_who_waits_as_long_as_told_is_let_in_and_not_before(per_minute: int, times: int) -> None:
    rate, now = Rate(per_minute), 0.0
    while (waits := rate.wait("somebody", now)) == 0.0:
        pass
    for _ in range(times):
        assert rate.wait("somebody", now + 0.9 * waits) > 0.0
        now += waits
        assert rate.wait("somebody", now) == 0.0
        waits = rate.wait("somebody", now)


def test_one_waits_for_nobody_else() -> None:
    rate = Rate(6)
    while not rate.wait("one", 0.0):
        pass
    assert rate.wait("another", 0.0) == 0.0


def test_memory_has_a_bound_and_whoever_asks_on_is_kept() -> None:
    rate = Rate(60, most=100)
    while not rate.wait("busy", 0.0):
        pass
    for nth in range(1_000):
        rate.wait(f"passing by {nth}", 0.0)
        if nth % 50 == 0:
            # Refused, and so not counted: nor does it keep them in memory. Let one through to be the latest.
            rate.wait("busy", 1.0 + nth)
        assert len(rate) <= 100
    assert len(rate) == 100


def test_zero_is_any_number() -> None:
    rate = Rate(0)
    assert not any(rate.wait("somebody", 0.0) for _ in range(1_000)) and len(rate) == 0


def test_of_ipv6_the_network_is_counted() -> None:
    assert caller_at("2001:db8::1") == caller_at("2001:db8::ffff:2") != caller_at("2001:db8:0:1::1")
    assert caller_at("::ffff:192.0.2.1") == "192.0.2.1" == caller_at("192.0.2.1")
    assert caller_at("of a test") == "of a test"


@dataclass
class Fixed:
    """Tokens are names; one is of nobody."""

    asked: list[str] = field(default_factory=list)
    trouble: str = ""

    async def ready(self, token: str) -> None:
        self.asked.append(token)

    def verify(self, token: str) -> Identity:
        if token.startswith("nobody"):
            raise Unauthenticated("Nobody.")
        return Identity(token[:5], frozenset(), "", 0.0)


@dataclass
class Door:
    """An application behind an entrance whose clock stands still."""

    per_person: int = 0
    per_address: int = 0
    now: float = 0.0
    tokens: Fixed = field(default_factory=Fixed)

    def client(self, address: str = "192.0.2.1") -> httpx2.AsyncClient:
        made = Entrance(self.tokens, self.persons, self.addresses, lambda: self.now)
        app = FastAPI()
        add_handlers(app)
        app.add_middleware(Admission, entrance_of=lambda _: made)

        @app.get("/{anything}")
        async def anything() -> dict[str, Any]:
            return {}

        transport = httpx2.ASGITransport(app=app, client=(address, 1))
        return httpx2.AsyncClient(transport=transport, base_url="http://here/")

    def __post_init__(self) -> None:
        self.persons, self.addresses = Rate(self.per_person), Rate(self.per_address)


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.ljust(20, '-')}"}


async def test_who_asks_too_often_hears_when_to_come_again_in_their_language() -> None:
    door = Door(per_address=6)
    client = door.client()
    assert (await client.get("x")).status_code == 200
    answer = await client.get("x")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "too_often" and answer.json()["details"] == {"seconds": 10}
    assert answer.json()["title"] == "You ask too often. Wait 10 seconds, then go on more slowly."
    chinese = await client.get("x", headers={"Accept-Language": "zh"})
    assert "10秒" in chinese.json()["title"]
    assert (await door.client("192.0.2.2").get("x")).status_code == 200
    door.now = 10.0
    assert (await client.get("x")).status_code == 200


async def test_a_person_is_counted_wherever_they_come_from() -> None:
    door = Door(per_person=6)
    for address, token, status in (
        ("192.0.2.1", "li.na of one token", 200),
        ("192.0.2.2", "li.na of another", 429),
        ("192.0.2.1", "ann.a", 200),
        ("192.0.2.1", "nobody", 200),
        ("192.0.2.1", "nobody", 200),
    ):
        assert (await door.client(address).get("x", headers=bearing(token))).status_code == status, (address, token)


async def test_an_address_that_asks_too_often_has_no_token_looked_at() -> None:
    door = Door(per_address=6)
    client = door.client()
    await client.get("x", headers=bearing("li.na"))
    assert (await client.get("x", headers=bearing("forged"))).status_code == 429
    assert door.tokens.asked == ["li.na".ljust(20, "-")]


async def test_whoever_watches_is_counted_apart() -> None:
    client = Door(per_address=6).client()
    assert (await client.get("x")).status_code == 200
    assert (await client.get("x")).status_code == 429
    assert (await client.get("health")).status_code == 200
    assert (await client.get("health")).status_code == 429


def test_by_default_nobody_who_works_is_stopped() -> None:
    """Ten seconds' worth at once and a thousand a second after that: no person, and no import, asks so often."""
    usual = entrance(Settings(), Fixed())
    assert sum(not usual.persons.wait("li.na", 0.0) for _ in range(20_000)) == 10_000
    assert sum(not usual.addresses.wait("192.0.2.1", 0.0) for _ in range(30_000)) == 20_000


def slow_app(seconds: float) -> httpx2.AsyncClient:
    app = FastAPI()
    add_handlers(app)
    app.add_middleware(Deadline, seconds=seconds)

    @app.post("/reads")
    async def reads(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.get("/hangs")
    async def hangs() -> None:
        await asyncio.Event().wait()

    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://here/")


async def test_what_hangs_is_given_up_and_says_what_to_do() -> None:
    answer = await slow_app(0.05).get("hangs", headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (504, "took_too_long", "5")
    assert "Idempotency-Key" in answer.json()["title"] and not answer.json()["title"].isascii()


async def test_who_does_not_send_all_of_a_request_is_told_so() -> None:
    async def halting() -> Any:
        yield b"half of it"
        await asyncio.Event().wait()

    answer = await slow_app(0.05).post("reads", content=halting())
    assert (answer.status_code, answer.json()["code"]) == (408, "sent_too_slowly")


async def test_what_is_quick_enough_is_answered() -> None:
    answer = await slow_app(60).post("reads", content=b"all of it")
    assert answer.json() == {"bytes": 9}
