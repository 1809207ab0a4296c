"""What a measurement is: rounds of two sides in turn, their medians and spread, and the processor time each cost."""

import gc
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

import psutil

_TICK = 0.01
"""Seconds in which the kernel counts processor time."""


@dataclass(slots=True)
class Run:
    """One run of one side: so many things done, in so many seconds, for so much processor time (seconds)."""

    done: int = 0
    seconds: float = 0.0
    own_cpu: float = 0.0
    """Of the process that does the work."""
    database_cpu: float = 0.0
    """Of all processes of PostgreSQL."""
    latencies: Sequence[float] = ()
    """Seconds that each thing took, where each was waited for."""

    @property
    def rate(self) -> float:
        return self.done / self.seconds

    @property
    def rate_of_own_core(self) -> float:
        """Things a second, if the process that does the work had one core and waited for nobody."""
        return self.done / max(self.own_cpu, _TICK)

    @property
    def rate_of_all_cores(self) -> float:
        """Things a second of processor time, ours and the database's together."""
        return self.done / max(self.own_cpu + self.database_cpu, _TICK)

    def percentile(self, share: float) -> float:
        """The latency that so large a share (0 to 1) stays within."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def spent_by(process: psutil.Process) -> float:
    """Seconds of processor time of one process."""
    times = process.cpu_times()
    return float(times.user + times.system)


def spent_by_tree(process: psutil.Process | None) -> float:
    """Seconds of processor time of a process, its children, and those of its children that have ended."""
    if process is None:
        return 0.0
    times = process.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in process.children():
        with suppress(psutil.NoSuchProcess):
            total += spent_by(child)
    return float(total)


@contextmanager
def timed(database: psutil.Process | None = None, worker: psutil.Process | None = None) -> Iterator[Run]:
    """Measures what happens within. `worker`: the process that does the work, ours if none is named."""
    run = Run()
    worker = worker or psutil.Process()
    gc.collect()
    own, base, started = spent_by(worker), spent_by_tree(database), time.perf_counter()
    yield run
    run.seconds = time.perf_counter() - started
    run.own_cpu, run.database_cpu = spent_by(worker) - own, spent_by_tree(database) - base


Side = Callable[[], Awaitable[Run]]


async def in_turn(rounds: int, *sides: Side) -> list[list[Run]]:
    """So many rounds of all sides, the order turned round each time, so that no side always has the warmer machine.

    Gives the runs of each side.
    """
    runs: list[list[Run]] = [[] for _ in sides]
    places = list(range(len(sides)))
    for _ in range(rounds):
        for place in places:
            runs[place].append(await sides[place]())
        places.reverse()
    return runs


@dataclass(frozen=True, slots=True)
class Spread:
    """What several runs gave."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Aim:
    """What is wanted: `ratio` ours to the floor's, `value` in the line's own unit. A line says which way is better."""

    ratio: float | None = None
    value: float | None = None

    def words(self, better: Literal["more", "less"]) -> str:
        sign = "≥" if better == "more" else "≤"
        ratio = [f"{sign} {self.ratio:g} ×"] if self.ratio is not None else []
        return ", ".join([*ratio, *([f"{sign} {self.value:,g}"] if self.value is not None else [])])

    def met(self, better: Literal["more", "less"], ratio: float | None, value: float) -> bool:
        pairs = [(ratio, self.ratio), (value, self.value)]
        wanted = [(got, aim) for got, aim in pairs if got is not None and aim is not None]
        return all(got >= aim if better == "more" else got <= aim for got, aim in wanted)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `floor` is the least that the work must cost; None where there is nothing to compare."""

    row: str
    what: str
    unit: str
    ours: Spread
    floor: Spread | None = None
    better: Literal["more", "less"] = "more"
    aim: Aim = Aim()
    told: Mapping[str, Any] = field(default_factory=dict)
    """What else is worth knowing, by name."""

    @property
    def ratio(self) -> float | None:
        return None if self.floor is None else self.ours.median / self.floor.median

    @property
    def is_met(self) -> bool | None:
        if self.aim == Aim():
            return None
        return self.aim.met(self.better, self.ratio, self.ours.median)


def spread(runs: Sequence[Run], what: Callable[[Run], float] = lambda run: run.rate) -> Spread:
    """The spread of one figure of several runs."""
    return Spread.of([what(run) for run in runs])
