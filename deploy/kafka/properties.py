"""The settings of a broker: combined broker and controller, on the loopback only."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PARTITIONS = 24


@dataclass(frozen=True, slots=True)
class Node:
    """A broker of the cluster; `advertised` is the port that clients are told, where a proxy stands in front."""

    id: int
    port: int
    controller_port: int
    advertised: int


def properties(node: Node, cluster: Sequence[Node], folder: Path) -> str:
    """`server.properties` of one node. Three nodes keep three replicas and stay writable without one of them."""
    copies = min(3, len(cluster))
    in_sync = 2 if copies == 3 else 1
    voters = ",".join(f"{each.id}@127.0.0.1:{each.controller_port}" for each in cluster)
    settings: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": node.id,
        "controller.quorum.voters": voters,
        "listeners": f"BROKER://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}",
        "advertised.listeners": f"BROKER://127.0.0.1:{node.advertised}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": folder / "data",
        "num.partitions": PARTITIONS,
        # A misspelt topic must be an error, not a topic; ours is made with the settings it needs.
        "auto.create.topics.enable": "false",
        "unclean.leader.election.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "share.coordinator.state.topic.num.partitions": 4,
        "group.initial.rebalance.delay.ms": 0,
        # A node that was killed is let in again when its old session has ended.
        "broker.session.timeout.ms": 6000,
        "broker.heartbeat.interval.ms": 1000,
        # The cleaner's default buffer alone is half of the heap that a broker gets here.
        "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 2,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
