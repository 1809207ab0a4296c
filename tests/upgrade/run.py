"""A process of one edition: the command line, and two commands more that tests of an upgrade need."""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from closedloop.main import app
from closedloop.system import rooms_of
from closedloop.verify.run import verify
from shared.config import Settings
from shared.projections.readiness import unready
from shared.runtime import address, open_process, open_runtime
from shared.store.migrate import migrate_to_head


async def check(settings: Settings, services: Sequence[str]) -> dict[str, Any]:
    """Whether log, stores and views agree, by what this edition knows: its views by its own folds."""
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(open_process(settings, address(settings)))
        runtimes = {n: await stack.enter_async_context(open_runtime(rooms_of(n), process)) for n in services}
        for runtime in runtimes.values():
            while await unready(runtime):  # noqa: ASYNC110 -- the database says it, to nobody in particular
                await asyncio.sleep(0.1)
        return (await verify(process, runtimes)).as_data()


def main() -> None:
    match sys.argv[1:]:
        case ["check", *services]:
            sys.stdout.write(json.dumps(asyncio.run(check(Settings(), services)), default=str))
        case ["bring-up", *services]:
            for service in services:
                migrate_to_head(service, address(Settings())(service))
        case _:
            app()


if __name__ == "__main__":
    main()
