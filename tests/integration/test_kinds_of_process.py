"""An API and a worker of intake side by side, each connected with the least rights that the database gives its kind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import pytest

from closedloop.people import PEOPLE
from closedloop.system import rooms_of
from services.intake.commands.register import RegisterComplaint
from shared.config import Settings
from shared.projections.rebuild import rebuild
from shared.runtime import Runtime, Worker, address, open_process, open_runtime
from shared.store.rights import Kind
from shared.web.app import app_for
from tests.contract.test_rights import Make, made
from tests.patience import Tries

__all__ = ["made"]


@dataclass
class Pair:
    """Both kinds of process of intake, in this one."""

    api: Runtime
    working: Runtime
    client: httpx2.AsyncClient

    async def worker(self) -> Worker:
        return await self.working.worker()

    def sent(self, person: str, key: str) -> dict[str, str]:
        known = next(each for each in PEOPLE if each.staff_id == person)
        token = self.api.process.issuer.issue(known.staff_id, known.roles, known.department)
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": key}


@pytest.fixture
async def pair(made: Make) -> AsyncIterator[Pair]:
    houses = {name: await made(name) for name in ("intake", "vault", "log")}
    async with AsyncExitStack() as stack:
        data = Path(stack.enter_context(TemporaryDirectory(prefix="closedloop-kinds-")))
        settings = Settings(data=data)

        async def opened(kind: Kind) -> Runtime:
            dsns = {name: house.as_role(kind) for name, house in houses.items()}
            process = await stack.enter_async_context(open_process(settings, dsns.__getitem__))
            runtime = open_runtime(rooms_of("intake"), process, begins=kind == "worker")
            return await stack.enter_async_context(runtime)

        api = await opened("api")
        transport = httpx2.ASGITransport(app=app_for(rooms_of("intake"), settings, api))
        client = httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1/", timeout=30)
        client = await stack.enter_async_context(client)
        # No worker has ever run: the API makes nothing itself, and says so.
        asked = await client.get("worklists/mine", headers=_as("li.na", api))
        assert (asked.status_code, asked.json()["code"]) == (503, "unavailable")
        yield Pair(api, await opened("worker"), client)


def _as(person: str, runtime: Runtime) -> dict[str, str]:
    known = next(each for each in PEOPLE if each.staff_id == person)
    token = runtime.process.issuer.issue(known.staff_id, known.roles, known.department)
    return {"Authorization": f"Bearer {token}"}


async def answered(ask: Callable[[], Awaitable[httpx2.Response]]) -> httpx2.Response:
    """The answer, as soon as it is no longer one of those that say: in a moment."""
    response = await ask()
    async for _ in Tries():
        if response.status_code not in (409, 503):
            break
        response = await ask()
    return response


async def test_both_kinds_do_all_their_work_with_the_rights_they_have(pair: Pair) -> None:
    worker = await pair.worker()
    running = asyncio.create_task(worker.run())
    try:
        body: dict[str, Any] = RegisterComplaint.example
        registered = await answered(
            lambda: pair.client.post("complaints", json=body, headers=pair.sent("li.na", "one"))
        )
        assert registered.status_code == 201, registered.text
        told, complaint = registered.headers["consistency-token"], registered.json()["complaint_id"]

        # Relayed, folded, waited for, and its reading written down.
        seen = _as("li.na", pair.api) | {"Consistency-Token": told}
        shown = await answered(lambda: pair.client.get(f"complaints/{complaint}", headers=seen))
        assert shown.status_code == 200, shown.text
        assert shown.json()["complainant"] == body["complainant"]
        assert await pair.api.pool.fetchval("select count(*) from accesses") >= 1

        # A key that was used is remembered; a row that is due is in its table.
        again = await pair.client.post("complaints", json=body, headers=pair.sent("li.na", "one"))
        assert again.json() == registered.json()
        assert await pair.api.pool.fetchval("select count(*) from outbox") == 0
        mine = await pair.client.get("worklists/mine", headers=_as("li.na", pair.api))
        assert [each["complaint_id"] for each in mine.json()["items"]] == [complaint]
        assert not running.done(), running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_view_is_built_anew_by_the_worker_and_read_by_the_api(pair: Pair) -> None:
    view = rooms_of("intake").view("register")
    process = pair.working.process
    rebuilt = await rebuild(pair.working.pool, process.log, process.keyring, view)
    assert rebuilt.generation > 1
    shown = await pair.client.get("complaints", headers=_as("li.na", pair.api))
    assert (shown.status_code, shown.json()["items"]) == (200, [])


def test_where_an_address_names_a_kind_only_such_a_process_takes_it() -> None:
    settings = Settings(database="postgresql://closedloop_{service}_{kind}:x@db/{service}")
    assert address(settings, "api")("log") == "postgresql://closedloop_log_api:x@db/log"
    with pytest.raises(ValueError, match="neither an API nor a worker"):
        address(settings)
