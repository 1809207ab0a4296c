"""What needs a person, and how a status is told."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from closedloop.status import LogState, ServiceState, Status
from closedloop.status_told import as_data, as_text, in_runs
from shared.eventlog.kafka_topic import Cluster
from shared.store.figures import Figures, Waiting
from shared.store.presence import Present

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
POSITIONS = {"decide": {0: 5, 1: 2}, "view:register_v1_g1": {0: 1, 1: 2}}


def process(kind: str, *, alive: bool = True, pid: int = 7) -> Present:
    return Present(kind, "host", pid, NOW, alive, NOW, (0, 1) if kind == "worker" and alive else ())


def service(figures: Figures | None = None, *present: Present) -> ServiceState:
    found = figures or Figures(positions=POSITIONS)
    return ServiceState("intake", present or (process("api"), process("worker")), found)


def whole(one: ServiceState, log: LogState | None = None) -> Status:
    return Status(log or LogState("embedded", {0: 5, 1: 2}), (one,))


def test_nothing_is_needed_where_all_is_well() -> None:
    assert whole(service()).needs == []


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (service(None, process("api")), "intake: no worker runs"),
        (service(None, process("worker"), process("api", alive=False)), "intake: no api runs"),
        (service(Figures(outbox=Waiting(2, 61))), "intake: 2 events wait in the outbox, the oldest for 61 s"),
        (service(Figures(parked={"decide": Waiting(3, 1)})), "intake: 3 events are parked"),
        (service(Figures(due_failed=1)), "intake: 1 deadlines or payments failed and 0 are late"),
        (service(Figures(due_late=2)), "intake: 0 deadlines or payments failed and 2 are late"),
        (ServiceState("intake", trouble="ConnectionRefusedError"), "intake: its database does not answer"),
    ],
)
def test_each_trouble_of_a_service_is_named(one: ServiceState, says: str) -> None:
    (need,) = whole(one).needs
    assert need.startswith(says)


@pytest.mark.parametrize(
    ("log", "says"),
    [
        (LogState("Kafka", trouble="no broker"), "the log does not answer: no broker"),
        (LogState("Kafka", {0: 5}, Cluster(("1@h:1",), 0, 24)), "24 partitions of the log lack a copy"),
        (LogState("Kafka", {0: 5}, Cluster(("1@h:1",), 3, 0)), "3 partitions of the log can not be written to"),
    ],
)
def test_each_trouble_of_the_log_is_named(log: LogState, says: str) -> None:
    (need,) = whole(service(), log).needs
    assert need.startswith(says)


def test_what_passes_by_itself_needs_nobody() -> None:
    assert whole(service(Figures(outbox=Waiting(500, 2), positions=POSITIONS))).needs == []
    assert whole(service(None, process("api"), process("worker"), process("worker", alive=False, pid=8))).needs == []


def test_lag_is_what_the_log_holds_beyond_each_subscriber_by_partition() -> None:
    lag = whole(service()).lag(service())
    assert lag == {"decide": {0: 0, 1: 0}, "view:register_v1_g1": {0: 4, 1: 0}}


def test_people_read_it_in_tables_and_programs_as_data() -> None:
    found = whole(service(None, process("api"), process("worker"), process("worker", alive=False, pid=99)))
    text = StringIO()
    Console(width=200, file=text).print(as_text(found, partitions=True))
    for told in ("view:register_v1_g1", "0:4", "gone without a word", "Nothing needs a person."):
        assert told in text.getvalue()
    data = as_data(found)
    assert data["ok"] is True and data["needs"] == []
    assert data["services"]["intake"]["lag"]["view:register_v1_g1"] == {0: 4, 1: 0}
    assert [each["pid"] for each in data["services"]["intake"]["processes"]] == [7, 7, 99]


@pytest.mark.parametrize(
    ("numbers", "told"),
    [([], ""), ([3], "3"), (range(24), "0-23"), (range(0, 24, 2), "0-22/2"), ([0, 1, 2, 5, 7, 8], "0-2 5 7-8")],
)
def test_partitions_are_told_shortly(numbers: list[int], told: str) -> None:
    assert in_runs(numbers) == told
