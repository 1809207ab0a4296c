"""Whether size costs: the same commands and worklists on a small installation and on a large one, request by request.

`python -m tests.load.growth --small 10000 --large 10000000 --data FOLDER` grows what is missing in the folder, and
measures. Both installations stand on one server with the settings of production; requests go through the real HTTP
application of intake, turn and turn about, so that whatever else the machine does hits both alike.

A command on a case of a working set (as many cases, touched of late, in both) is what a day is made of; one on any case
of all meets, in the large one, pages that nobody has asked for in years.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import asyncpg
import httpx2

from closedloop.people import PEOPLE
from closedloop.postgres import EmbeddedPostgres
from closedloop.system import rooms_of
from services.intake.commands.add_note import AddNote
from services.intake.commands.register import RegisterComplaint
from shared.config import Settings
from shared.privacy.masterkey import master_key
from shared.projections.view import Question
from shared.runtime import Runtime, open_process, open_runtime
from shared.web.app import app_for
from tests.load.grow import LOADING, Grown, Place, grow, prepare

SIZES = ("small", "large")
_WORKING_SET = 60
"""Cases, of each size: those still open that were made last."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Side:
    """One of the two installations."""

    runtime: Runtime
    client: httpx2.AsyncClient
    working_set: list[str]
    anywhere: list[str]

    def token(self, role: str) -> str:
        person = next(each for each in PEOPLE if role in each.roles)
        return self.runtime.process.issuer.issue(person.staff_id, person.roles, person.department)

    async def ask(self, role: str, path: str) -> httpx2.Response:
        return await self.client.get(path, headers={"Authorization": f"Bearer {self.token(role)}"})

    async def send(self, role: str, path: str, body: Mapping[str, Any], key: str) -> httpx2.Response:
        sent = {"Authorization": f"Bearer {self.token(role)}", "Idempotency-Key": key}
        return await self.client.post(path, json=body, headers=sent)


async def grown(data: Path, events: Mapping[str, int], within: float, say: Say) -> dict[str, Grown]:
    """Both installations, grown unless the folder has them already."""
    kept = {size: data / f"grown-{size}.json" for size in SIZES}
    if not all(path.exists() for path in kept.values()):
        await prepare(data)
        with EmbeddedPostgres(data, settings=LOADING) as postgres:
            for number, size in enumerate(SIZES):
                await _copied(postgres, size)
                place = Place(
                    postgres.dsn(f"intake_{size}"), postgres.dsn(f"log_{size}"), postgres.dsn("vault"),
                    master_key(data / "master.key"),
                )  # fmt: skip
                made = await grow(place, events[size], number + 1, within=within)
                say(f"{size}: {made.events:,} events in {made.seconds:.0f} s, indexes in {made.indexing:.0f} s")
                kept[size].write_text(json.dumps(asdict(made)))
    return {size: Grown(**json.loads(path.read_text())) for size, path in kept.items()}


async def _copied(postgres: EmbeddedPostgres, size: str) -> None:
    connection = await asyncpg.connect(postgres.dsn())
    for name in ("intake", "log"):
        await connection.execute(f'create database "{name}_{size}" template "{name}" strategy file_copy')
    await connection.close()


@asynccontextmanager
async def sides(data: Path, made: Mapping[str, Grown]) -> AsyncIterator[dict[str, Side]]:
    """Both, open for requests; no worker runs, so that nothing but the requests is measured."""
    with EmbeddedPostgres(data) as postgres:
        async with AsyncExitStack() as stack:
            opened = {}
            for size, grown_ in made.items():
                dsns = {"intake": postgres.dsn(f"intake_{size}"), "log": postgres.dsn(f"log_{size}")}
                dsns["vault"] = postgres.dsn("vault")
                settings = Settings(data=data)
                process = await stack.enter_async_context(open_process(settings, dsns.__getitem__))
                runtime = await stack.enter_async_context(open_runtime(rooms_of("intake"), process))
                transport = httpx2.ASGITransport(app=app_for(runtime.rooms, settings, runtime))
                client = httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1/", timeout=60)
                opened[size] = Side(
                    runtime, await stack.enter_async_context(client), grown_.open[-_WORKING_SET:],
                    grown_.open + grown_.recent,
                )  # fmt: skip
            yield opened


def worklists() -> dict[str, tuple[str, str]]:
    """Every list of intake that stands by itself: its address with the role that asks."""
    found = {}
    for view in rooms_of("intake").views:
        for question in view.questions:
            if not question.one and "{" not in question.path:
                role = _asker(question)
                found[f"{view.name} {question.path}"] = (role, f"{question.path}?limit=50{_purpose(question)}")
    return found


def _asker(question: Question) -> str:
    return next(role for role in question.may if any(role in person.roles for person in PEOPLE))


def _purpose(question: Question) -> str:
    return "&purpose=handling" if question.purpose else ""


Request = Callable[[Side], Awaitable[httpx2.Response]]


def requests_of(number: int, random: Random) -> dict[str, Request]:
    """One of each kind."""
    chosen, key = random.random(), f"growth-{time.time_ns()}-{number}"

    def note(cases: Callable[[Side], list[str]]) -> Request:
        def path(side: Side) -> str:
            return f"complaints/{cases(side)[int(chosen * len(cases(side)))]}/notes"

        return lambda side: side.send("agent", path(side), AddNote.example, key + path(side)[-20:])

    found: dict[str, Request] = {
        "command: register": lambda side: side.send("agent", "complaints", RegisterComplaint.example, key),
        "command: a case of the working set": note(lambda side: side.working_set),
        "command: any case of all": note(lambda side: side.anywhere),
    }
    for name, (role, path) in worklists().items():
        found[f"worklist: {name}"] = _asking(role, path)
    return found


def _asking(role: str, path: str) -> Request:
    return lambda side: side.ask(role, path)


async def take_turns(opened: Mapping[str, Side], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of every request, by kind and size. A pair of which one is refused, such as for a case that is
    restricted, is left out. Raises AssertionError where anything else comes back.
    """
    took: dict[str, dict[str, list[float]]] = defaultdict(lambda: {size: [] for size in SIZES})
    random, order = Random(1), list(SIZES)
    for number in range(rounds):
        for name, request in requests_of(number, random).items():
            pair = {}
            for size in order:
                started = time.perf_counter()
                response = await request(opened[size])
                pair[size] = (time.perf_counter() - started) * 1_000, response.status_code
                assert response.status_code in (200, 201, 403, 409), (name, response.status_code, response.text)
            if all(status in (200, 201) for _, status in pair.values()):
                for size, (milliseconds, _) in pair.items():
                    took[name][size].append(milliseconds)
            order.reverse()
    return took


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def told(took: Mapping[str, Mapping[str, list[float]]]) -> dict[str, dict[str, float]]:
    """By kind: the median of both sizes for commands, the 95th percentile for worklists, and their ratio."""
    rows = {}
    for name, by_size in took.items():
        of: Callable[[list[float]], float] = median if name.startswith("command") else (lambda v: percentile(v, 0.95))
        small, large = of(by_size["small"]), of(by_size["large"])
        paired = median(b / a for a, b in zip(by_size["small"], by_size["large"], strict=True))
        rows[name] = {"small": small, "large": large, "ratio": large / small, "of pairs": paired}
    every = {
        size: [ms for name, by in took.items() if name.startswith("worklist") for ms in by[size]] for size in SIZES
    }
    small, large = percentile(every["small"], 0.95), percentile(every["large"], 0.95)
    rows["all worklists"] = {"small": small, "large": large, "ratio": large / small}
    return rows


async def measure(
    events_small: int,
    events_large: int,
    *,
    data: Path,
    rounds: int = 200,
    within: float = float("inf"),
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Grow, ask and compare. `within`: seconds to grow in at most; what could not be made is said by `events`."""
    made = await grown(data, {"small": events_small, "large": events_large}, within, say)
    async with sides(data, made) as opened:
        await take_turns(opened, max(3, rounds // 20))
        took = await take_turns(opened, rounds)
    return {"events": {size: each.events for size, each in made.items()}, "rounds": rounds, "milliseconds": told(took)}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--small", type=int, default=10_000)
    asked.add_argument("--large", type=int, default=10_000_000)
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--rounds", type=int, default=200)
    asked.add_argument("--within", type=float, default=float("inf"), help="seconds to grow in at most")
    given = asked.parse_args()
    found = asyncio.run(
        measure(given.small, given.large, data=given.data, rounds=given.rounds, within=given.within,
                say=lambda line: print(line, flush=True))  # noqa: T201
    )  # fmt: skip
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
