"""The processes of a cluster, and what is done once before they start: each as a command of the command line."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from closedloop import installation as places
from closedloop.failing import Failed, known_service, told_plainly
from closedloop.gateway.app import gateway
from closedloop.serving import (
    Server,
    announced,
    calm_collector,
    listen,
    probing,
    served,
    serving_app,
    until_stopped,
)
from closedloop.status import Status, as_it_is, look_at
from closedloop.system import rooms_of
from shared.config import Settings
from shared.runtime import Runtime, address, event_log, open_process, open_runtime
from shared.web.app import watched
from shared.web.probes import Watched

Say = Callable[[str], None]


async def serve(settings: Settings, service: str) -> None:
    """One service's API, on databases and a log by address."""
    known_service(service)
    async with told_plainly():
        from importlib import import_module  # noqa: PLC0415 -- only the service that is served is loaded

        address(settings, "api")
        app = import_module(f"services.{service}.app").create_app(settings)
        config = served(app, settings, root_path=settings.root_path, timeout_graceful_shutdown=10)
        listening = listen(settings.host, settings.port)
        calm_collector()
        async with probing(settings, watched(app)):
            await Server(config).serve_until_stopped(listening)


async def work(settings: Settings, service: str) -> None:
    """One service's worker, on databases and a log by address."""
    known_service(service)
    opened: list[Runtime] = []
    seen = Watched(lambda: opened)
    async with (
        told_plainly(),
        probing(settings, seen),
        open_process(settings, address(settings, "worker"), serves=False) as process,
        open_runtime(rooms_of(service), process) as runtime,
    ):
        worker = await runtime.worker()
        seen.workers[service] = worker
        opened.append(runtime)
        # Told to end, it gives its partitions back: else they would stand still until its leases run out.
        await until_stopped(worker.run())


async def run_gateway(settings: Settings, apis: Sequence[str]) -> None:
    """One address for the APIs, each given as `service=url`, until it is stopped."""
    urls: dict[str, list[str]] = {}
    for each in apis:
        service, _, url = each.partition("=")
        urls.setdefault(known_service(service), []).append(url)
    async with (
        told_plainly(),
        gateway(settings, urls) as (app, turning),
        serving_app(app, settings, settings.host, settings.port) as url,
    ):
        with announced(settings, url):
            await until_stopped(turning)


async def status(settings: Settings) -> Status:
    """How the installation stands."""
    if settings.embedded and not (settings.data / "postgres").exists():
        raise Failed(f"Nothing was ever started on the folder {settings.data}. Is CLOSEDLOOP_DATA right?", status=2)
    async with told_plainly(), as_it_is(settings) as dsn_of:
        return await look_at(settings, dsn_of)


async def migrate(settings: Settings, say: Say) -> None:
    """Every database at its newest shape."""
    async with told_plainly():
        if settings.embedded:
            async with places.installation(settings):
                pass
        else:
            await places.migrate(address(settings), "vault", *(() if settings.kafka else ("log",)))
        say("Every database has its newest shape.")


async def topics(settings: Settings, say: Say) -> None:
    """The log, there and as it must be."""
    async with told_plainly(), _dsn_of(settings) as dsn_of:
        log = event_log(settings, dsn_of)
        await log.start()
        say(f"The log {await log.identity()} is there with {log.partitions} partitions.")
        await log.stop()


@asynccontextmanager
async def _dsn_of(settings: Settings) -> AsyncIterator[Callable[[str], str]]:
    async with places.installation(settings) as dsn_of:
        yield dsn_of
