"""The judge is judged: histories known to be good and bad, and every small history against all orders there are."""

from itertools import permutations
from math import inf
from random import Random

import pytest

from tests.chaos.linear import Call, linearizable
from tests.chaos.register import Heard, Kind, Register, Wish, step


def call(
    when: tuple[float, float], key: str | None, kind: Kind, version: int = 0, *, if_match: int | None = None,
    events: int = 1, must: bool = True,
) -> Call:  # fmt: skip
    return Call(*when, Wish(key, if_match), Heard(kind, version, events), must)


def ok(*calls: Call) -> bool:
    return linearizable(calls, Register(), step).ok


FIRST = call((0, 1), "a", "written", 1)

GOOD = {
    "one after the other": (FIRST, call((2, 3), "b", "written", 2)),
    "at the same time, in the other order": (call((0, 9), "a", "written", 2), call((1, 8), "b", "written", 1)),
    "asked again with its key": (FIRST, call((2, 3), "a", "replayed", 1)),
    "the same key twice at once": (call((0, 9), "a", "replayed", 1), call((1, 8), "a", "written", 1)),
    "of two who looked at the same, one": (
        FIRST,
        call((2, 9), "b", "written", 2, if_match=1),
        call((3, 8), "c", "changed", 2, if_match=1),
    ),
    "a look that saw what was on its way": (
        call((0, 9), "a", "written", 1),
        call((1, 2), "x", "changed", 1, if_match=9),
    ),
    "an unknown one that took effect": (call((0, inf), "a", "unknown", must=False), call((2, 3), "b", "written", 2)),
    "an unknown one that was lost": (call((0, inf), "a", "unknown", must=False), call((2, 3), "b", "written", 1)),
    "an unknown one that took effect late": (
        call((0, inf), "a", "unknown", must=False),
        call((2, 3), "b", "written", 1),
        call((4, 5), "c", "written", 3),
    ),
    "an unknown one, then answered under its key": (
        call((0, inf), "a", "unknown", must=False),
        call((2, 3), "a", "replayed", 1),
    ),
    "the system by itself": (FIRST, call((0, inf), None, "written", 2), call((2, 3), "b", "written", 3)),
    "several events of one command": (call((0, 1), "a", "written", 3, events=3), call((2, 3), "b", "same", 3)),
}

BAD = {
    "an acknowledged one was lost": (FIRST, call((2, 3), "b", "written", 1)),
    "two were told the same version": (call((0, 9), "a", "written", 1), call((1, 8), "b", "written", 1)),
    "a version that nobody wrote": (FIRST, call((2, 3), "b", "written", 3)),
    "done twice under one key": (FIRST, call((2, 3), "a", "written", 2)),
    "another answer under the same key": (FIRST, call((2, 3), "b", "written", 2), call((4, 5), "a", "replayed", 2)),
    "an answer that was never given": (FIRST, call((2, 3), "b", "replayed", 1)),
    "both who looked at the same": (
        FIRST,
        call((2, 9), "b", "written", 2, if_match=1),
        call((3, 8), "c", "written", 3, if_match=1),
    ),
    "turned away although nothing had changed": (FIRST, call((2, 3), "b", "changed", 1, if_match=1)),
    "an old state shown": (FIRST, call((2, 3), "b", "written", 2), call((4, 5), "x", "changed", 1, if_match=9)),
    "back and forth": (
        FIRST,
        call((2, 9), "b", "written", 2),
        call((3, 4), "x", "changed", 2, if_match=9),
        call((5, 6), "y", "changed", 1, if_match=9),
    ),
    "unknown, and answered before it was asked": (
        call((4, inf), "a", "unknown", must=False),
        call((0, 1), "a", "replayed", 1),
    ),
    "what took effect is nowhere": (
        call((0, inf), "a", "written", 1),
        call((2, 3), "b", "written", 1),
        call((4, 5), "x", "changed", 1, if_match=9),
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_history_is_let_pass(name: str) -> None:
    assert ok(*GOOD[name])


@pytest.mark.parametrize("name", BAD)
def test_a_bad_history_is_found(name: str) -> None:
    verdict = linearizable(BAD[name], Register(), step)
    assert not verdict.ok and verdict.stuck


def by_trying_all(calls: tuple[Call, ...]) -> bool:
    """The same question answered without any cleverness: every order of every selection."""
    must = [each for each in calls if not each.is_optional]
    may = [each for each in calls if each.is_optional]
    chosen = [[*must, *(each for n, each in enumerate(may) if bits >> n & 1)] for bits in range(1 << len(may))]
    return any(_holds(order) for some in chosen for order in permutations(some))


def _holds(order: tuple[Call, ...]) -> bool:
    if any(later.returned < earlier.invoked for n, earlier in enumerate(order) for later in order[n + 1 :]):
        return False
    states = {Register()}
    for each in order:
        states = {after for state in states for after in step(state, each)}
    return bool(states)


def some_call(random: Random) -> Call:
    kind: Kind = random.choice(("written", "written", "replayed", "same", "changed", "refused", "unknown"))
    invoked = random.randrange(8)
    unknown = kind == "unknown" or random.random() < 0.1
    return call(
        (invoked, inf if unknown else invoked + random.randrange(1, 6)), random.choice("abc"), kind,
        random.randrange(4), if_match=random.choice((None, None, 1, 2)), events=random.choice((1, 1, 2)),
        must=kind != "unknown",
    )  # fmt: skip


def test_it_answers_as_trying_all_orders_does() -> None:
    random = Random(5)
    said = []
    for _ in range(1_500):
        calls = tuple(some_call(random) for _ in range(random.randrange(1, 5)))
        said.append(ok(*calls))
        assert said[-1] == by_trying_all(calls), calls
    assert 200 < sum(said) < 1_300


def test_a_long_history_of_many_at_once_is_answered_soon() -> None:
    calls = [call((n // 6, n // 6 + 1.5), f"k{n}", "written", n + 1) for n in range(240)]
    calls += [call((n, inf), f"u{n}", "unknown", must=False) for n in range(6)]
    assert ok(*calls)
    lost = [*calls[:100], *calls[101:]]
    assert not ok(*(each for each in lost if each.heard.kind == "written"))
