"""The two-minute version of `make chaos`, on Apache Kafka: all breaks, and nothing is lost, doubled or mixed up."""

import itertools
import os

import pytest

from deploy.kafka.runtime import NotInstalled, jars
from tests.chaos.plan import KINDS, plan
from tests.chaos.rig import SMALL
from tests.chaos.run import Asked, run
from tests.fixtures.log import real_kafka_required

SEED = int(os.environ.get("CLOSEDLOOP_CHAOS_SEED", "7"))
SECONDS = float(os.environ.get("CLOSEDLOOP_CHAOS_SECONDS", "120"))


@pytest.mark.timeout(1_500)
@pytest.mark.kafka
async def test_two_minutes_of_faults_leave_everything_whole() -> None:
    if not real_kafka_required():
        pytest.skip("two minutes on Apache Kafka: set CLOSEDLOOP_REQUIRE_KAFKA=1, or run make chaos")
    try:
        jars()
    except NotInstalled as problem:
        pytest.fail(f"CLOSEDLOOP_REQUIRE_KAFKA=1, and no real Kafka can be had: {problem}")
    said: list[str] = []
    report = await run(Asked(SEED, SECONDS, SMALL), said.append)
    told = "\n".join([*said, "", *report.lines()])
    assert report.ok, told
    assert report.outcomes["written"] and report.outcomes["replayed"] and report.payments["paid"], told


def test_a_seed_draws_the_same_faults_again_and_each_kind_before_any_comes_twice() -> None:
    first, again, other = (list(itertools.islice(plan(seed), 40)) for seed in (7, 7, 8))
    assert first == again != other
    kinds = [blow.kind for each in first for blow in each.blows]
    assert sorted(kinds[: len(KINDS)]) == sorted(KINDS)
