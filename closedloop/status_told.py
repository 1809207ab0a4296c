"""A status for people and for programs."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from closedloop.status import ServiceState, Status
from shared.store.presence import Present


def as_data(status: Status) -> dict[str, Any]:
    """All there is, each partition by itself."""
    return {
        "ok": not status.needs,
        "needs": status.needs,
        "log": asdict(status.log),
        "services": {each.name: _service_as_data(status, each) for each in status.services},
    }


def _service_as_data(status: Status, service: ServiceState) -> dict[str, Any]:
    data: dict[str, Any] = {"processes": [asdict(each) for each in service.present], "trouble": service.trouble}
    if service.figures is not None:
        data |= {
            "lag": status.lag(service),
            "outbox": asdict(service.figures.outbox),
            "parked": {name: asdict(each) for name, each in service.figures.parked.items()},
            "due": {"late": service.figures.due_late, "failed": service.figures.due_failed},
        }
    return data


def as_text(status: Status, *, partitions: bool) -> RenderableType:
    """Tables: the log, the services, the processes, with `partitions` every subscriber's; then what needs a person."""
    tables = [_services(status), _processes(status)]
    if partitions:
        tables.append(_partitions(status))
    needs = [f"  ! {need}" for need in status.needs] or ["  Nothing needs a person."]
    return Group(_log_line(status), *tables, *needs)


def _log_line(status: Status) -> str:
    log = status.log
    events = "does not answer" if log.ends is None else f"{sum(log.ends.values()):,} events"
    brokers = "" if log.cluster is None else f", brokers {' '.join(log.cluster.brokers)}"
    return f"Log: {log.kind}, {events}{brokers}"


def _services(status: Status) -> Table:
    table = Table("service", "api", "worker", "behind", "whose view", "outbox", "oldest", "parked", "late", "failed")
    for service in status.services:
        found = service.figures
        if found is None:
            table.add_row(service.name, f"database: {service.trouble}")
            continue
        lag = {name: sum(behind.values()) for name, behind in status.lag(service).items()}
        most = max(lag, key=lag.__getitem__, default="")
        table.add_row(
            service.name,
            str(len(service.alive("api"))),
            str(len(service.alive("worker"))),
            f"{max(lag.values()):,}" if lag else "?",
            most if lag.get(most) else "",
            f"{found.outbox.events:,}",
            f"{found.outbox.oldest:.0f} s" if found.outbox.events else "",
            f"{sum(each.events for each in found.parked.values()):,}",
            f"{found.due_late:,}",
            f"{found.due_failed:,}",
        )
    return table


def _processes(status: Status) -> Table:
    table = Table("service", "process", "host", "pid", "since", "state", "reads partitions", "relays")
    for service in status.services:
        for each in sorted(service.present, key=_order):
            table.add_row(
                service.name,
                each.kind,
                each.host,
                str(each.pid),
                _moment(each.since),
                "alive" if each.alive else f"gone without a word {_ago(each.until)}",
                in_runs(each.partitions),
                "yes" if each.relays else "",
            )
    return table


def _order(process: Present) -> tuple[bool, str, datetime]:
    return not process.alive, process.kind, process.since


def _partitions(status: Status) -> Table:
    table = Table("service", "subscriber", "behind", "by partition")
    for service in status.services:
        for name, behind in sorted(status.lag(service).items()):
            table.add_row(service.name, name, f"{sum(behind.values()):,}", _each(behind))
    return table


def _each(behind: Mapping[int, int]) -> str:
    return " ".join(f"{partition}:{count}" for partition, count in behind.items() if count) or "-"


def in_runs(numbers: Iterable[int]) -> str:
    """0, 1, 2, 5 as `0-2 5`; what a worker reads of every second partition as `0-22/2`."""
    listed = sorted(numbers)
    steps = {after - before for before, after in pairwise(listed)}
    if len(listed) > 2 and len(steps) == 1 and steps != {1}:
        return f"{listed[0]}-{listed[-1]}/{steps.pop()}"
    runs = [[n for _, n in run] for _, run in groupby(enumerate(listed), key=lambda each: each[1] - each[0])]
    return " ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _moment(at: datetime) -> str:
    return f"{at:%m-%d %H:%M:%S}Z"


def _ago(at: datetime) -> str:
    return f"{max(0.0, (datetime.now(UTC) - at).total_seconds()):.0f} s ago"
