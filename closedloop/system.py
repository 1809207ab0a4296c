"""The supervisor: all services and their workers in one process."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from importlib import import_module

from closedloop.installation import SERVICES, installation
from closedloop.people import PEOPLE
from services.directory.commands.join import JoinStaff
from shared.config import Settings
from shared.decide import Actor, Refused
from shared.rooms import Rooms
from shared.runtime import Process, Runtime, Worker, open_process, open_runtime
from shared.store.execute import Request
from shared.store.presence import keep_present

SUPERVISOR = Actor("system", "administrator", "it")


def rooms_of(service: str) -> Rooms:
    """The rooms of a service by its name."""
    rooms: Rooms = import_module(f"services.{service}.app").ROOMS
    return rooms


@dataclass(frozen=True)
class System:
    """Everything that runs in this process."""

    settings: Settings
    process: Process
    runtimes: Mapping[str, Runtime]
    workers: Mapping[str, Worker]
    running: tuple[asyncio.Task[None], ...]

    async def failed(self) -> None:
        """Wait until a worker refuses to go on, and raise what it said."""
        done, _ = await asyncio.wait(self.running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def caught_up(self) -> None:
        """Wait until every service has taken in what stood in the log when it started."""
        everywhere = asyncio.create_task(self._each_caught_up())
        failed = asyncio.create_task(self.failed())
        try:
            await asyncio.wait((everywhere, failed), return_when=asyncio.FIRST_COMPLETED)
            if failed.done():
                failed.result()
        finally:
            everywhere.cancel()
            failed.cancel()

    async def _each_caught_up(self) -> None:
        for worker in self.workers.values():
            await worker.runner.caught_up.wait()


@asynccontextmanager
async def open_system(settings: Settings) -> AsyncIterator[System]:
    """Start everything; stop it in order at the end. Data stays."""
    async with AsyncExitStack() as stack:
        dsn_of = await stack.enter_async_context(installation(settings))
        process = await stack.enter_async_context(open_process(settings, dsn_of))
        runtimes = {name: await stack.enter_async_context(open_runtime(rooms_of(name), process)) for name in SERVICES}
        if settings.embedded and process.built_in is not None:
            # Where real people sign in, nobody invented is among them.
            await seed(runtimes["directory"])
        workers = {name: await runtime.worker() for name, runtime in runtimes.items()}
        tasks = tuple(asyncio.create_task(worker.run(), name=name) for name, worker in workers.items())
        present = tuple(asyncio.create_task(keep_present(each.pool, process.owner)) for each in runtimes.values())
        stack.push_async_callback(_stop, (*tasks, *present))
        yield System(settings, process, runtimes, workers, tasks)


async def _stop(tasks: tuple[asyncio.Task[None], ...]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task


async def seed(directory: Runtime) -> None:
    """The believable staff of an embedded run, on its first start; who moved or left since is left as they are."""
    at = directory.process.clock.now()
    for person in PEOPLE:
        command = JoinStaff(
            actor=SUPERVISOR,
            at=at,
            staff_id=person.staff_id,
            name=person.name,
            department=person.department,
            roles=person.roles,
            reports_to=person.reports_to,
        )
        with suppress(Refused):
            await directory.kernel.execute(Request(command))
