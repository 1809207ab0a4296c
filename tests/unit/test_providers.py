"""What every provider keeps to: one key never pays twice, and nobody is told anything that is not so."""

import asyncio
import json
import signal
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.decide.due import OutcomeUnknown, Provider
from shared.providers import file
from shared.providers.file import FileProvider
from shared.providers.http import HttpProvider
from tests.fixtures.payment_service import TOKEN, payment_service

ROOT = Path(__file__).parents[2]
KEY = "0190-key"
REQUEST: dict[str, Any] = {"payment": "pay-1", "amount_minor": 60000, "currency": "CNY", "complaint": "c-1"}


@dataclass
class Edge:
    """A provider's other side, and the ways to it."""

    opened: Callable[[], Provider]
    """Another provider to the same other side, as another process would open it."""
    made: str
    """The same as an expression, for a process of its own."""
    paid: Callable[[], list[tuple[str, Any]]]
    """Key and request of every payment that was made."""
    lose: Callable[[], Awaitable[None]]
    """The other side can't be reached any more."""
    refind: Callable[[], Awaitable[None]]


def payments_in(outbox: Path) -> list[tuple[str, Any]]:
    if not outbox.exists():
        return []
    lines = [json.loads(line) for line in outbox.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [(line["key"], line["request"]) for line in lines]


@asynccontextmanager
async def over_a_file(tmp_path: Path) -> AsyncIterator[Edge]:
    folder = tmp_path / "providers" / "payments"

    async def lose() -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.write_text("a file stands where the folder should be")

    async def refind() -> None:
        folder.unlink()

    yield Edge(
        opened=lambda: FileProvider(folder),
        made=f"FileProvider(Path({str(folder)!r}))",
        paid=lambda: payments_in(folder.with_name("payments.jsonl")),
        lose=lose,
        refind=refind,
    )


@asynccontextmanager
async def over_http(tmp_path: Path) -> AsyncIterator[Edge]:
    token = token_file(tmp_path)
    async with payment_service() as service, AsyncExitStack() as opened:

        def another() -> HttpProvider:
            provider = HttpProvider(service.url, token)
            opened.push_async_callback(provider.close)
            return provider

        yield Edge(
            opened=another,
            made=f"HttpProvider({service.url!r}, Path({str(token)!r}))",
            paid=lambda: service.paid,
            lose=service.stop,
            refind=service.start,
        )


def token_file(folder: Path, token: str = TOKEN) -> Path:
    path = folder / "payments.token"
    path.touch(0o600)
    path.write_text(f"{token}\n")
    return path


@pytest.fixture(params=[over_a_file, over_http], ids=["file", "http"])
async def edge(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Edge]:
    async with request.param(tmp_path) as edge:
        yield edge


async def test_a_payment_is_made_once_with_its_receipt_and_is_known_from_then_on(edge: Edge) -> None:
    provider = edge.opened()
    assert await provider.look_up(KEY) is None
    sent = await provider.send(KEY, REQUEST)
    assert sent.receipt and sent.refused is None
    assert await provider.look_up(KEY) == sent == await edge.opened().look_up(KEY)
    assert await provider.look_up("another") is None
    assert edge.paid() == [(KEY, REQUEST)]


async def test_the_same_key_is_answered_the_same_and_pays_once_also_from_another_process(edge: Edge) -> None:
    first = await edge.opened().send(KEY, REQUEST)
    again = {name: REQUEST[name] for name in reversed(REQUEST)}
    assert await edge.opened().send(KEY, again) == first
    assert edge.paid() == [(KEY, REQUEST)]


async def test_every_key_is_a_payment_of_its_own_with_a_receipt_of_its_own(edge: Edge) -> None:
    provider = edge.opened()
    sent = [await provider.send(f"key-{n}", {**REQUEST, "amount_minor": n}) for n in range(3)]
    assert len({each.receipt for each in sent}) == 3
    assert edge.paid() == [(f"key-{n}", {**REQUEST, "amount_minor": n}) for n in range(3)]


async def test_many_who_send_one_key_at_once_pay_once(edge: Edge) -> None:
    providers = [edge.opened() for _ in range(3)]
    sent = await asyncio.gather(*(each.send(KEY, REQUEST) for each in providers * 8))
    assert len(set(sent)) == 1
    assert edge.paid() == [(KEY, REQUEST)]


async def test_another_request_under_the_same_key_pays_nothing(edge: Edge) -> None:
    provider = edge.opened()
    sent = await provider.send(KEY, REQUEST)
    with pytest.raises((file.KeyReused, OutcomeUnknown)):
        await provider.send(KEY, {**REQUEST, "amount_minor": 1})
    assert await provider.look_up(KEY) == sent
    assert edge.paid() == [(KEY, REQUEST)]


async def test_while_the_other_side_is_away_nothing_is_known_and_afterwards_all_goes_on(edge: Edge) -> None:
    provider = edge.opened()
    await edge.lose()
    for asked in (provider.send(KEY, REQUEST), provider.look_up(KEY)):
        with pytest.raises(OutcomeUnknown):
            await asked
    assert edge.paid() == []
    await edge.refind()
    assert await provider.look_up(KEY) is None
    assert (await provider.send(KEY, REQUEST)).receipt
    assert edge.paid() == [(KEY, REQUEST)]


async def test_whenever_the_sender_is_killed_every_key_is_paid_once_in_the_end(edge: Edge) -> None:
    """It is killed over and over; whoever comes next looks each key up, and sends only what was never had."""
    keys = [f"key-{n}" for n in range(200)]
    for paid in (3, 11, 24, 41):
        await killed_after(edge, paid, keys)
    provider = edge.opened()
    for key in keys:
        assert await provider.look_up(key) or (await provider.send(key, REQUEST)).receipt
    assert sorted(edge.paid()) == sorted((key, REQUEST) for key in keys)


async def killed_after(edge: Edge, paid: int, keys: list[str]) -> None:
    """Another process goes through the keys, and is killed by the operating system once so many are paid."""
    script = f"""
    import asyncio
    from pathlib import Path
    from shared.providers.file import FileProvider
    from shared.providers.http import HttpProvider

    async def all_of_them():
        provider = {edge.made}
        for key in {keys!r}:
            if await provider.look_up(key) is None:
                await provider.send(key, {REQUEST!r})

    asyncio.run(all_of_them())
    """
    sender = await asyncio.create_subprocess_exec(sys.executable, "-c", textwrap.dedent(script), cwd=ROOT)
    while len(edge.paid()) < paid:
        assert sender.returncode is None
        await asyncio.sleep(0.001)
    sender.send_signal(signal.SIGKILL)
    assert await sender.wait() == -signal.SIGKILL
