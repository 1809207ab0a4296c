"""Hypothesis drives the whole firm at random, and looks after every step whether what must never happen has (4.4).

`CLOSEDLOOP_STEPS=100000 pytest tests/stateful -s` walks as many steps, other ones each time; without it the same few
thousand are walked always. With `-s` it tells how often each command was carried out, and refused.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from closedloop.system import rooms_of
from services.directory.commands.activate_limits import ActivateLimits
from services.directory.commands.leave import LeaveStaff
from services.directory.commands.name_deputy import NameDeputy
from services.directory.commands.propose_limits import ProposeLimits
from shared.events.vocabulary import SYSTEM
from tests.stateful.firm import DECIDING
from tests.stateful.scene import COMPLAINTS
from tests.stateful.walk import Walk, opened
from tests.stateful.wishes import MADE, SERVICE_OF, wish

_STEPS = int(os.environ.get("CLOSEDLOOP_STEPS", "0"))
_STEPS_AN_EXAMPLE = 100
_MOST_WALKS, _STEPS_A_WALK = 40, 1200

seeds = st.integers(0, 2**20)
complaints = st.integers(0, len(COMPLAINTS) - 1)
TOLD: Counter[str] = Counter()
REFUSED: Counter[str] = Counter()


class LifeOfComplaints(RuleBasedStateMachine):
    """Every rule is a step that may come at any moment; what it is about is drawn from its seed."""

    walk: Walk

    @initialize(seed=seeds)
    def open(self, seed: int) -> None:
        self.walk = opened(Random(seed))

    @rule(seed=seeds)
    def somebody_asks_for_anything(self, seed: int) -> None:
        self.walk.ask_anything(Random(seed))

    @rule(seed=seeds)
    def somebody_asks_for_something_new(self, seed: int) -> None:
        self.walk.ask_something_new(Random(seed))

    @rule(seed=seeds)
    def somebody_asks_again(self, seed: int) -> None:
        self.walk.ask_again(Random(seed))

    @rule(seed=seeds, complaint=complaints)
    def somebody_moves_a_complaint_on(self, seed: int, complaint: int) -> None:
        self.walk.move_on(Random(seed), complaint)

    @rule(seed=seeds, complaint=complaints)
    def somebody_goes_round(self, seed: int, complaint: int) -> None:
        self.walk.go_round(Random(seed), complaint)

    @rule(seed=seeds, complaint=complaints, steps=st.integers(2, 20))
    def a_complaint_makes_good_progress(self, seed: int, complaint: int, steps: int) -> None:
        self.walk.make_progress(Random(seed), steps, complaint)

    @rule(service=st.sampled_from(DECIDING))
    def a_fact_reaches_the_log(self, service: str) -> None:
        self.walk.relay(service)

    @rule(seed=seeds)
    def a_service_learns_a_fact(self, seed: int) -> None:
        self.walk.learn(Random(seed))

    @rule()
    def all_is_delivered(self) -> None:
        self.walk.settle()

    @rule(minutes=st.sampled_from((1, 5, 6, 60, 240, 1440, 4320, 10080, 43200)))
    def time_passes(self, minutes: int) -> None:
        self.walk.wait(timedelta(minutes=minutes))

    @rule(seed=seeds, outcome=st.sampled_from(("paid", "refused", "unknown", "unknown-paid")))
    def what_is_due_is_taken_up(self, seed: int, outcome: str) -> None:
        random = Random(seed)
        rows = self.walk.firm.due()
        self.walk.take_up(random.sample(rows, min(2, len(rows))), random, outcome)

    @rule(seed=seeds)
    def nothing_happens_until_something_is_due(self, seed: int) -> None:
        self.walk.wait_until_due(Random(seed))

    @rule(seed=seeds)
    def the_limits_change(self, seed: int) -> None:
        random = Random(seed)
        for kind in (ProposeLimits, ActivateLimits):
            self.walk.ask(wish(kind, self.walk.scene(random)))

    @rule(seed=seeds)
    def somebody_leaves(self, seed: int) -> None:
        self.walk.ask(wish(LeaveStaff, self.walk.scene(Random(seed))))

    @rule(seed=seeds)
    def somebody_names_a_deputy(self, seed: int) -> None:
        self.walk.ask(wish(NameDeputy, self.walk.scene(Random(seed))))

    def teardown(self) -> None:
        if hasattr(self, "walk"):
            self.walk.finish()
            _count(self.walk)


def _count(walk: Walk) -> None:
    TOLD.update(walk.done)
    REFUSED.update(walk.refused)


LifeOfComplaints.TestCase.settings = settings(
    max_examples=max(1, (_STEPS or 4000) // _STEPS_AN_EXAMPLE),
    stateful_step_count=_STEPS_AN_EXAMPLE,
    derandomize=not _STEPS,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
TestLifeOfComplaints = pytest.mark.timeout(0 if _STEPS else 300)(LifeOfComplaints.TestCase)


def test_a_wish_is_made_up_for_every_command_but_those_that_only_the_system_asks_for() -> None:
    assert {kind for kind in SERVICE_OF if kind not in MADE} == {kind for kind in SERVICE_OF if kind.may == (SYSTEM,)}


@pytest.mark.timeout(300)
def test_in_long_walks_every_command_is_carried_out_and_everything_that_can_become_due_is_taken_up() -> None:
    """Else the machine would not come where that matters, and would show nothing about it."""
    wanted = {kind.__name__ for kind in MADE}
    wanted |= {later.kind for service in DECIDING for later in rooms_of(service).service.later}
    for seed in range(_MOST_WALKS):
        wanted -= {name for name, times in walked(seed).done.items() if times}
        if not wanted:
            return
    raise AssertionError(f"never in {_MOST_WALKS} walks of {_STEPS_A_WALK} steps: {sorted(wanted)}")


def walked(seed: int) -> Walk:
    random = Random(seed)
    walk = opened(random)
    for _ in range(_STEPS_A_WALK):
        walk.step(random)
    walk.finish()
    _count(walk)
    return walk


@pytest.fixture(scope="module", autouse=True)
def tell() -> Iterator[None]:
    """How often each command was carried out and refused, by all tests of this file; seen with `pytest -s`."""
    yield
    lines = (f"{name:28} {TOLD[name]:6} carried out {REFUSED[name]:6} refused\n" for name in sorted(TOLD | REFUSED))
    sys.stdout.writelines(["\n", *lines])
