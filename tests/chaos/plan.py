"""Which faults come when: drawn from a seed before anything runs, so that a run can be repeated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

KINDS = (
    "kill api", "kill worker", "kill broker", "kill database",
    "pause api", "pause worker", "pause broker", "pause database",
    "cut database", "silent database", "slow database",
    "cut broker", "silent broker", "slow broker",
    "cut provider", "silent provider",
    "records again", "clock step", "disk full",
)  # fmt: skip
"""`silent`: a half-open connection, nothing passes and nothing is closed. `slow` and `cut` of a database or a broker
meet one process's connection, or one node; `records again` sends old records a second time, in the log's own order."""

_TWO_AT_ONCE = 0.4
_LONGEST_PAUSE = 9.0
"""Longer than a lease lives: who is stopped for so long wakes as a zombie."""


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault. `nth` picks whom it meets; `strength`, from 0 to 1, how hard."""

    kind: str
    nth: int
    seconds: float
    strength: float

    def __str__(self) -> str:
        return f"{self.kind} #{self.nth} for {self.seconds:.1f} s"


@dataclass(frozen=True, slots=True)
class Round:
    """Faults at the same time, then quiet for `rest` seconds after all has recovered."""

    blows: tuple[Blow, ...]
    rest: float


def plan(seed: int, kinds: Sequence[str] = KINDS) -> Iterator[Round]:
    """Rounds without end; of the first as many as there are kinds, each kind once."""
    random = Random(seed)
    waiting: list[str] = []
    while True:
        blows = []
        for _ in range(2 if random.random() < _TWO_AT_ONCE else 1):
            if not waiting:
                waiting = random.sample(kinds, len(kinds))
            blows.append(_blow(random, waiting.pop()))
        yield Round(tuple(blows), random.uniform(0, 2))


def _blow(random: Random, kind: str) -> Blow:
    longest = _LONGEST_PAUSE if kind == "pause worker" else 4.0
    return Blow(kind, random.randrange(1_000), round(random.uniform(0.3, longest), 1), random.random())
