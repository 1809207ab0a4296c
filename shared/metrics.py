"""What a process counts of itself, in Prometheus' form.

Every label is from a closed list (services, commands, outcomes, codes, statuses): no id and nothing personal, and no
more series than the code has names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.store.figures import Figures

OUTCOMES = ("written", "nothing", "replayed", "refused", "failed")
_BUCKETS = (0.0025, 0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
"""Seconds. A command takes some milliseconds; what waits for a token may take two seconds."""

_COMMANDS = Counter("closedloop_commands", "Commands asked for over HTTP.", ["service", "command", "outcome"])
_REFUSED = Counter("closedloop_refused", "Commands refused, by the code of the refusal.", ["service", "code"])
_SECONDS = Histogram(
    "closedloop_command_seconds", "From a command's request to its answer.", ["service"], buckets=_BUCKETS
)
_REQUESTS = Counter("closedloop_http_requests", "Requests answered.", ["service", "status"])
_RECORDS = Counter("closedloop_records", "Records of the log delivered to the subscribers.", ["service"])

Counted = Counter | Histogram
COUNTED: Mapping[Counted, tuple[str, ...]] = {
    _COMMANDS: ("closedloop_commands_total",),
    _REFUSED: ("closedloop_refused_total",),
    _SECONDS: ("closedloop_command_seconds_sum", "closedloop_command_seconds_count"),
    _REQUESTS: ("closedloop_http_requests_total",),
    _RECORDS: ("closedloop_records_total",),
}
"""What only grows, and the names of its series that are worth sending elsewhere too."""

disable_created_metrics()  # type: ignore[no-untyped-call]

# Looking a child up by its labels costs four times what counting does.
_commands = cache(_COMMANDS.labels)
_refused = cache(_REFUSED.labels)
_seconds = cache(_SECONDS.labels)
_requests = cache(_REQUESTS.labels)
_records = cache(_RECORDS.labels)


def count_request(service: str, status: int) -> None:
    """One request was answered."""
    _requests(service, str(status)).inc()


def count_command(service: str, command: str, outcome: str, code: str | None, seconds: float) -> None:
    """One command was answered, `code` saying why it was refused."""
    _commands(service, command, outcome).inc()
    _seconds(service).observe(seconds)
    if outcome == "refused":
        _refused(service, code or "other").inc()


def count_records(service: str, records: int) -> None:
    """So many records of the log were delivered."""
    _records(service).inc(records)


@dataclass(frozen=True, slots=True)
class Seen:
    """One service as a process sees it at this moment; no figures where the database did not give them."""

    service: str
    ready: bool
    partitions_led: int | None
    """None in a process that has no worker."""
    figures: Figures | None
    lag: dict[str, int] | None
    """Events between a subscriber and the log's end; None where the log did not say where it ends."""


_GAUGES = {
    "closedloop_ready": "1 if this process answers as its code means to.",
    "closedloop_partitions_led": "Partitions that this process reads for the service.",
    "closedloop_outbox_rows": "Events that the log has not acknowledged yet.",
    "closedloop_outbox_oldest_seconds": "Age of the oldest of them.",
    "closedloop_due_late": "Deadlines and effects that should have happened a minute ago or earlier.",
    "closedloop_due_failed": "Deadlines and effects that were refused and wait for a person.",
}
_GAUGES_OF_SUBSCRIBERS = {
    "closedloop_lag_events": "Events between the subscriber and the end of the log.",
    "closedloop_parked_events": "Events that the subscriber could not take in.",
    "closedloop_parked_oldest_seconds": "Age of the oldest of them.",
}


class _Now(Collector):
    def __init__(self, seen: Sequence[Seen]) -> None:
        self._seen = seen

    def collect(self) -> Iterable[Metric]:
        families = {name: GaugeMetricFamily(name, text, labels=["service"]) for name, text in _GAUGES.items()}
        by_subscriber = {
            name: GaugeMetricFamily(name, text, labels=["service", "subscriber"])
            for name, text in _GAUGES_OF_SUBSCRIBERS.items()
        }
        for each in self._seen:
            for name, value in _values(each).items():
                families[name].add_metric([each.service], value)
            for name, values in _values_of_subscribers(each).items():
                for subscriber, value in values.items():
                    by_subscriber[name].add_metric([each.service, subscriber], value)
        yield from (*families.values(), *by_subscriber.values())


def _values(seen: Seen) -> dict[str, float]:
    values: dict[str, float] = {"closedloop_ready": int(seen.ready)}
    if seen.partitions_led is not None:
        values["closedloop_partitions_led"] = seen.partitions_led
    if seen.figures is not None:
        values |= {
            "closedloop_outbox_rows": seen.figures.outbox.events,
            "closedloop_outbox_oldest_seconds": seen.figures.outbox.oldest,
            "closedloop_due_late": seen.figures.due_late,
            "closedloop_due_failed": seen.figures.due_failed,
        }
    return values


def _values_of_subscribers(seen: Seen) -> dict[str, dict[str, float]]:
    values: dict[str, dict[str, float]] = {"closedloop_lag_events": {**(seen.lag or {})}}
    if seen.figures is not None:
        # None parked is a figure too: an alert must not take a subscriber that is well for one that is gone.
        parked = {name: seen.figures.parked_of(name) for name in seen.figures.positions}
        values["closedloop_parked_events"] = {name: each.events for name, each in parked.items()}
        values["closedloop_parked_oldest_seconds"] = {name: each.oldest for name, each in parked.items()}
    return values


def exposition(seen: Sequence[Seen]) -> bytes:
    """Everything in Prometheus' text format 0.0.4: what was counted, the process's own figures, and `seen`."""
    now = CollectorRegistry()
    now.register(_Now(seen))
    return generate_latest(REGISTRY) + generate_latest(now)
