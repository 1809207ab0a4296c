"""What runs in a cluster on this machine, where it listens, and with which settings."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from closedloop.installation import SERVICES
from deploy.ports import free_ports, is_free

Kind = Literal["gateway", "api", "worker"]
POOL = 3
"""Database connections of one process and kind of use: two dozen processes share one small server."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a cluster is, and what it stands on."""

    data: Path
    apis: int = 2
    workers: int = 2
    port: int = 8080
    services: tuple[str, ...] = SERVICES
    kafka: str | None = None
    """Brokers that run already. None: three of our own."""
    topic: str = "closedloop.events"
    leave_brokers: bool = False
    """A broker of our own that ended is not started again."""

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def brokers(self) -> Path:
        return self.data / "kafka"

    @property
    def noted(self) -> Path:
        """Where it says what runs, for whoever stops or asks, and which ports were taken."""
        return self.data / "cluster.json"


@dataclass(frozen=True, slots=True)
class Part:
    """One process of a cluster."""

    name: str
    kind: Kind
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    health: str
    """The address that answers 200 once it lives."""

    @property
    def ready(self) -> str | None:
        """The address that answers 200 once its views are made and caught up; the gateway has none."""
        return None if self.kind == "gateway" else self.health.replace("/health", "/ready")

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "closedloop", *self.arguments]


def parts_of(plan: Plan, ports: Mapping[str, int], shared: Mapping[str, str]) -> list[Part]:
    """Every process, in the order in which they start. `shared`: the settings that all have in common."""
    shared = {**shared, **_compiled_once(plan)}
    apis = [_api(plan, service, n, ports, shared) for service in plan.services for n in range(1, plan.apis + 1)]
    workers = [_worker(service, n, ports, shared) for service in plan.services for n in range(1, plan.workers + 1)]
    return [*apis, *workers, _gateway(plan, ports, shared)]


def _compiled_once(plan: Plan) -> dict[str, str]:
    """Where Python was told to write no bytecode, two dozen processes would each compile all of their modules, which
    takes longer than all else they do to start.
    """
    if not sys.dont_write_bytecode:
        return {}
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(plan.data / "compiled")}


def names_of(plan: Plan) -> list[str]:
    """The names of the processes that need a port, but for the gateway, whose port is chosen by people."""
    many: tuple[tuple[Kind, int], ...] = (("api", plan.apis), ("worker", plan.workers))
    return [f"{service}-{kind}-{n}" for service in plan.services for kind, count in many for n in range(1, count + 1)]


def _api(plan: Plan, service: str, n: int, ports: Mapping[str, int], shared: Mapping[str, str]) -> Part:
    name = f"{service}-api-{n}"
    own = {
        "CLOSEDLOOP_PORT": str(ports[name]),
        "CLOSEDLOOP_ROOT_PATH": f"/{service}",
        "CLOSEDLOOP_PEERS": f"http://127.0.0.1:{plan.port}/{{service}}",
        # The gateway says who asks; without this every caller would count as one.
        "CLOSEDLOOP_FORWARDED_BY": "127.0.0.1",
    }
    return Part(name, "api", ("serve", service), {**shared, **own}, f"http://127.0.0.1:{ports[name]}/health")


def _worker(service: str, n: int, ports: Mapping[str, int], shared: Mapping[str, str]) -> Part:
    name = f"{service}-worker-{n}"
    own = {"CLOSEDLOOP_PROBE_PORT": str(ports[name])}
    return Part(name, "worker", ("work", service), {**shared, **own}, f"http://127.0.0.1:{ports[name]}/health")


def _gateway(plan: Plan, ports: Mapping[str, int], shared: Mapping[str, str]) -> Part:
    apis = [
        f"--api={service}=http://127.0.0.1:{ports[f'{service}-api-{n}']}"
        for service in plan.services
        for n in range(1, plan.apis + 1)
    ]
    own = {"CLOSEDLOOP_PORT": str(plan.port)}
    return Part("gateway", "gateway", ("gateway", *apis), {**shared, **own}, f"http://127.0.0.1:{plan.port}/clock")


def read_noted(plan: Plan) -> dict[str, object]:
    """What the last start wrote down; empty if there was none."""
    try:
        found: dict[str, object] = json.loads(plan.noted.read_text())
    except (OSError, ValueError):
        return {}
    return found


def note(plan: Plan, **told: object) -> None:
    """Write down what changed, at once and whole."""
    draft = plan.noted.with_suffix(".new")
    draft.write_text(json.dumps(read_noted(plan) | told, indent=1))
    draft.replace(plan.noted)


def take_ports(plan: Plan) -> dict[str, int]:
    """A port for each process: the one of the last start if it is free, so that addresses stay."""
    before = read_noted(plan).get("ports")
    kept = {name: port for name, port in (before.items() if isinstance(before, dict) else ()) if is_free(port)}
    names = names_of(plan)
    fresh = dict(zip([name for name in names if name not in kept], free_ports(len(names)), strict=False))
    ports = {name: kept.get(name) or fresh[name] for name in names}
    note(plan, ports=ports)
    return ports


def without_ours(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment, but for settings of Closedloop: a cluster has its own."""
    given = os.environ if environment is None else environment
    return {name: value for name, value in given.items() if not name.startswith("CLOSEDLOOP_")}


def as_exports(shared: Mapping[str, str], port: int) -> Iterable[str]:
    """Lines for a shell, after which the other commands of `closedloop` work on this cluster."""
    for name, value in {**shared, "CLOSEDLOOP_PORT": str(port)}.items():
        yield f"export {name}='{value}'"
