"""`python -m tests.load.profile ROW`: what a row's own code spends processor time on, the floor left out.

The stack is looked at at every tick of processor time, so that waiting costs nothing and what is called often
does not look dearer than it is, as it would if every call were counted.
"""

import argparse
import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import uvicorn
import uvloop

from services.intake.app import create_app
from shared.projections.generations import live_table
from shared.projections.rebuild import rebuild as build_anew
from tests.load import append, live, over_http
from tests.load.client import Load
from tests.load.stage import ROOT, Size, Stage, embedded_stage
from tests.patience import Tries


@dataclass
class Profiler:
    """Counts which functions were at work: `own` those that were running, `within` all that had called them."""

    looks: int = 0
    own: Counter[str] = field(default_factory=Counter)
    within: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Looks as long as it is open; once a process at a time, in its main thread."""
        before = signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)

    def _look(self, _: int, frame: FrameType | None) -> None:
        self.looks += 1
        callers = [_named(each) for each in _stack(frame)]
        self.own.update(callers[:1])
        self.within.update(set(callers))

    def told(self, most: int) -> str:
        """The dearest functions, by what they spent themselves and with all that they called."""
        lines = [f"{self.looks:,} looks, one a tick of processor time"]
        for title, counted in (("itself", self.own), ("with what it called", self.within)):
            lines += ["", f"   {title}"]
            lines += [f"{count / max(1, self.looks):7.1%}  {name}" for name, count in counted.most_common(most)]
        return "\n".join(lines)


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _named(frame: FrameType) -> str:
    code = frame.f_code
    place = code.co_filename.removeprefix(f"{ROOT}/").rpartition("site-packages/")[2]
    return f"{code.co_qualname}  {place}:{code.co_firstlineno}"


Ours = Callable[[Stage, Size, Profiler], Awaitable[None]]


async def profile_append(stage: Stage, size: Size, profiler: Profiler) -> None:
    await _append(stage, size, profiler, append.chased)


async def profile_append_sealed(stage: Stage, size: Size, profiler: Profiler) -> None:
    await _append(stage, size, profiler, append.note)


async def _append(stage: Stage, size: Size, profiler: Profiler, make: append.Make) -> None:
    async with stage.workshop("intake") as workshop:
        names = await append.registered(workshop, size.of(500, 10))
        wanted = names * max(1, size.of(8_000, 10) // len(names))
        with profiler.at_work():
            await append.execute_all(workshop, make, wanted, iter(range(len(wanted))), append.TASKS)


def _live(view: str) -> Ours:
    async def profiled(stage: Stage, size: Size, profiler: Profiler) -> None:
        async with live.grown(stage, size.of(80_000, 80)) as (workshop, _):
            table = await live_table(workshop.intake.pool, workshop.view(view))
            with profiler.at_work():
                await live.follow(workshop, table)

    return profiled


def _rebuild(view: str) -> Ours:
    async def profiled(stage: Stage, size: Size, profiler: Profiler) -> None:
        async with live.grown(stage, size.of(160_000, 80)) as (workshop, _):
            runtime, process = workshop.intake, workshop.process
            with profiler.at_work():
                await build_anew(runtime.pool, process.log, process.keyring, workshop.view(view))

    return profiled


def _http(wish: over_http.Wish, *, cold: bool) -> Ours:
    async def profiled(stage: Stage, size: Size, profiler: Profiler) -> None:
        async with stage.workshop("intake") as workshop:
            number = size.of(10_000, 20) if cold else size.of(500, 10)
            complaints = [name.partition(":")[2] for name in await append.registered(workshop, number)]
            # The server in this very process, where it can be looked at; only the client is another.
            config = uvicorn.Config(
                create_app(workshop.process.settings), "127.0.0.1", over_http.free_port(), log_config=None,
                access_log=False, http="httptools", server_header=False,
            )  # fmt: skip
            served = asyncio.create_task((server := uvicorn.Server(config)).serve())
            async for _ in Tries():
                if server.started:
                    break
            paths = [f"/complaints/{each}/{wish.path}" for each in complaints] * (1 if cold else 20)
            token = workshop.process.issuer.issue("li.na", ("agent",), "customer-service")
            load = Load(config.port, paths, wish.body, token, over_http.CONNECTIONS, "profile")
            with profiler.at_work():
                await over_http.sent(load)
            server.should_exit = True
            await served

    return profiled


OURS: dict[str, Ours] = {
    "http": _http(over_http.CHASED, cold=False),
    "http-cold": _http(over_http.CHASED, cold=True),
    "http-sealed": _http(over_http.NOTE, cold=False),
    "append": profile_append,
    "append-sealed": profile_append_sealed,
    "live": _live(live.PLAIN),
    "live-personal": _live(live.PERSONAL),
    "rebuild": _rebuild(live.PLAIN),
    "rebuild-personal": _rebuild(live.PERSONAL),
}


async def main(given: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.profile", description=__doc__)
    parser.add_argument("row", choices=list(OURS))
    parser.add_argument("--share", type=float, default=1.0, help="of the full size")
    parser.add_argument("--lines", type=int, default=30, help="how many functions to print")
    chosen = parser.parse_args(given)
    profiler = Profiler()
    async with embedded_stage() as stage:
        await OURS[chosen.row](stage, Size(share=chosen.share), profiler)
    print(profiler.told(chosen.lines))  # noqa: T201 -- a command-line tool: it speaks to the terminal


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1:]))
