"""Nodes of Apache Kafka, each behind a proxy that its clients and the other nodes are told instead of its own port."""

import os
import subprocess
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from deploy.kafka.kafka import bootstrap, brokers_known
from deploy.kafka.properties import Node, properties
from deploy.kafka.runtime import HERE, jars, java
from deploy.ports import free_ports
from tests.chaos.processes import Child, until
from tests.faults.proxy import Proxy

_STARTS_WITHIN = 120.0


@dataclass
class Brokers:
    """A cluster of its own. The proxy of a node cuts it off from its clients, and the others from what it leads."""

    folder: Path
    nodes: list[Node] = field(default_factory=list)
    proxies: list[Proxy] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)

    @property
    def address(self) -> str:
        return bootstrap(self.nodes)

    @property
    def direct(self) -> str:
        """The same, around the proxies: only for the first question, since a node names its advertised port."""
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    async def prepare(self, count: int) -> None:
        """Everything but the processes: proxies, settings, storage."""
        ports = free_ports(2 * count)
        for number in range(count):
            port, controller = ports[2 * number : 2 * number + 2]
            proxy = Proxy(("127.0.0.1", port))
            self.proxies.append(proxy)
            self.nodes.append(Node(number + 1, port, controller, await proxy.start()))

    def start(self) -> None:
        """Format and start every node. Blocks."""
        named = f"--cluster-id={urlsafe_b64encode(uuid4().bytes).decode().rstrip('=')}"
        for node in self.nodes:
            folder = self.folder / f"node-{node.id}"
            folder.mkdir(parents=True)
            settings = folder / "server.properties"
            settings.write_text(properties(node, self.nodes, folder))
            format_it = [*_java("128m"), "kafka.tools.StorageTool", "format", named, "--config", str(settings)]
            subprocess.run(format_it, check=True, capture_output=True)
            command = [*_java("320m"), "kafka.Kafka", str(settings)]
            self.children.append(Child(f"broker-{node.id}", command, os.environ, folder / "log"))
        for child in self.children:
            child.start()

    def wait(self) -> None:
        """Until every node knows all. Blocks."""
        for node in self.nodes:
            until(lambda port=node.port: brokers_known(port) == len(self.nodes), _STARTS_WITHIN, "Kafka answers")  # type: ignore[misc]

    def end(self) -> None:
        for child in self.children:
            child.kill()


def _java(heap: str) -> list[str]:
    settings = [f"-Xmx{heap}", "-XX:+UseSerialGC", f"-Dlog4j2.configurationFile={HERE / 'log4j2.xml'}"]
    return [java(), *settings, "-cp", f"{jars()}/*"]
