"""Starts and stops Apache Kafka on this machine without Docker, with one node or three.

    python -m deploy.kafka.kafka start --nodes 1

The last line printed is the bootstrap address. Starting what runs already changes nothing; stopping ends exactly the
processes that were started for that data folder.
"""

import argparse
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from deploy.kafka import secured as further
from deploy.kafka.properties import Node, properties
from deploy.kafka.runtime import HERE, CannotRun, data_root, jars, java
from deploy.kafka.secured import Secured
from deploy.ports import free_ports, is_free

HEAP = "320m"
STARTS_WITHIN = 180.0
STOPS_WITHIN = 15.0
"""Seconds; the last nodes of a cluster wait in vain for a quorum that is gone, and are then ended."""

_started: dict[int, subprocess.Popen[bytes]] = {}
"""Nodes that this very process started: it must ask how they ended, or they stay listed."""


def default_data() -> Path:
    return data_root() / "kafka"


def start(
    nodes: int = 1,
    data: Path | None = None,
    port: int | None = None,
    advertised: int | None = None,
    secured: Secured | None = None,
) -> str:
    """Start what does not run yet of a cluster, wait until every node answers, and return the bootstrap address.

    `port` is that of the first node (the next ones follow it), `advertised` the one that clients of a single node are
    told, for a proxy in front, `secured` a further listener of it. Without them free ports are taken, and kept for
    later starts while they stay free.
    Raises CannotRun.
    """
    data = (data or default_data()).absolute()
    data.mkdir(parents=True, exist_ok=True)
    with _alone(data):
        cluster = _known(data)
        if cluster and len(cluster) != nodes:
            raise CannotRun(f"{data} holds a cluster of {len(cluster)} nodes: ask for as many, or for another folder.")
        if not any(_running(data, node) for node in cluster):
            cluster = _with_ports(nodes, cluster, port, advertised)
            _note(data, cluster)
            if secured is not None:
                further.note(data, secured)
        for node in cluster:
            _held(data, node).unlink(missing_ok=True)
            if not _running(data, node):
                _launch(data, node, cluster)
        _wait_until_all_answer(data, cluster)
    return bootstrap(cluster)


def stop(data: Path | None = None, node: int | None = None) -> None:
    """End the nodes of this folder, or one of them, and nothing else; their data stays. One that was stopped alone
    stays so until it is started.
    """
    data = (data or default_data()).absolute()
    if not data.is_dir():
        return
    with _alone(data):
        nodes = [each for each in _known(data) if node in (None, each.id)]
        for each in nodes if node else ():
            _held(data, each).touch()
        alive = [pid for each in nodes if (pid := _running(data, each))]
        _signal(alive, signal.SIGTERM)
        if left := _wait_until_gone(data, nodes, STOPS_WITHIN):
            _signal(left, signal.SIGKILL)
            _wait_until_gone(data, nodes, STOPS_WITHIN)


def start_node(data: Path | None, node: int) -> None:
    """Start one node of a cluster that was started before, and wait until it answers. Raises CannotRun."""
    data = (data or default_data()).absolute()
    cluster = _known(data) if data.is_dir() else []
    if not (mine := [each for each in cluster if each.id == node]):
        raise CannotRun(f"{data} holds no node {node}.")
    with _alone(data):
        for each in mine:
            _held(data, each).unlink(missing_ok=True)
            if not _running(data, each):
                _launch(data, each, cluster)
    until = time.monotonic() + STARTS_WITHIN
    while not brokers_known(mine[0].port):
        if not _running(data, mine[0]) or time.monotonic() > until:
            raise CannotRun(f"Node {node} does not answer:\n{_last_words(data, mine[0])}")
        time.sleep(0.1)


def revive(data: Path) -> list[int]:
    """Start the nodes that ended without being stopped, and say which; waits for none of them."""
    with _alone(data):
        cluster = _known(data)
        dead = [node for node in cluster if not _running(data, node) and not _held(data, node).exists()]
        for node in dead:
            _launch(data, node, cluster)
    return [node.id for node in dead]


def status(data: Path | None = None) -> dict[int, int | None]:
    """The process id of each node of this folder, None where it does not run."""
    data = (data or default_data()).absolute()
    return {node.id: _running(data, node) for node in _known(data)}


def bootstrap(cluster: Sequence[Node]) -> str:
    return ",".join(f"127.0.0.1:{node.advertised}" for node in cluster)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    with (data / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _known(data: Path) -> list[Node]:
    noted = data / "cluster.json"
    return [Node(**node) for node in json.loads(noted.read_text())["nodes"]] if noted.exists() else []


def _note(data: Path, cluster: Sequence[Node]) -> None:
    (data / "cluster.json").write_text(json.dumps({"nodes": [asdict(node) for node in cluster]}, indent=1))


def _with_ports(nodes: int, before: Sequence[Node], port: int | None, advertised: int | None) -> list[Node]:
    if advertised is not None and nodes != 1:
        raise CannotRun("Brokers speak to each other by the advertised ports: a proxy goes with one node only.")
    free = free_ports(2 * nodes)
    cluster = []
    for nth in range(nodes):
        old = before[nth] if before else Node(nth + 1, free[2 * nth], free[2 * nth + 1], 0)
        mine = port + nth if port else old.port if is_free(old.port) else free[2 * nth]
        other = old.controller_port if is_free(old.controller_port) else free[2 * nth + 1]
        cluster.append(Node(nth + 1, mine, other, advertised or mine))
    return cluster


def _folder(data: Path, node: Node) -> Path:
    return data / f"node-{node.id}"


def _held(data: Path, node: Node) -> Path:
    """A file that says: this node was stopped on purpose."""
    return _folder(data, node) / "stopped"


def _running(data: Path, node: Node) -> int | None:
    """The node's process id, if that process is still ours: an id may have been given to another since."""
    noted = _folder(data, node) / "pid"
    if not noted.exists():
        return None
    pid = int(noted.read_text())
    if pid in _started:  # its command line is empty for a moment after it was started, and once it has ended
        return pid if _started[pid].poll() is None else None
    return pid if str(_folder(data, node) / "server.properties") in _command_of(pid) else None


def _command_of(pid: int) -> str:
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        except OSError:
            return ""
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _launch(data: Path, node: Node, cluster: Sequence[Node]) -> None:
    folder = _folder(data, node)
    folder.mkdir(exist_ok=True)
    settings = folder / "server.properties"
    settings.write_text(properties(node, cluster, folder) + further.settings(node, further.noted(data)))
    if not (folder / "data" / "meta.properties").exists():
        _format(data, settings)
    with (folder / "log").open("ab") as log:
        command = [*_java(HEAP), "kafka.Kafka", str(settings)]
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    _started[process.pid] = process
    (folder / "pid").write_text(str(process.pid))


def _format(data: Path, settings: Path) -> None:
    cluster_id = data / "cluster.id"
    if not cluster_id.exists():
        cluster_id.write_text(urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
    # One word, since every 64th id begins with a hyphen and would be read as an option.
    named = f"--cluster-id={cluster_id.read_text()}"
    command = [*_java("128m"), "kafka.tools.StorageTool", "format", named, "--config", str(settings)]
    command += further.scram(further.noted(data))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"The storage could not be formatted:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _java(heap: str) -> list[str]:
    return [
        java(),
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        f"-Dlog4j2.configurationFile={HERE / 'log4j2.xml'}",
        "-cp",
        f"{jars()}/*",
    ]


def _wait_until_all_answer(data: Path, cluster: Sequence[Node]) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while not all(brokers_known(node.port) == len(cluster) for node in cluster):
        for node in cluster:
            if not _running(data, node):
                raise CannotRun(f"Node {node.id} ended:\n{_last_words(data, node)}")
        if time.monotonic() > until:
            raise CannotRun(f"Kafka did not answer within {STARTS_WITHIN:.0f} s:\n{_last_words(data, cluster[0])}")
        time.sleep(0.1)


def _last_words(data: Path, node: Node) -> str:
    return (_folder(data, node) / "log").read_text(errors="replace")[-2000:]


def brokers_known(port: int) -> int:
    """How many brokers a node says the cluster has, by a Metadata request (version 1); 0 if it does not answer."""
    request = struct.pack(">hhih4si", 3, 1, 1, 4, b"wait", 0)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.makefile("rb").read(12)
    except OSError:
        return 0
    return int(struct.unpack(">iii", answer)[2]) if len(answer) == 12 else 0


def _signal(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        os.kill(pid, number)


def _wait_until_gone(data: Path, nodes: Sequence[Node], within: float) -> list[int]:
    until = time.monotonic() + within
    while True:
        left = [pid for node in nodes if (pid := _running(data, node))]
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.05)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="deploy.kafka.kafka", description=__doc__)
    parser.add_argument("act", choices=("start", "stop", "status"))
    parser.add_argument("--nodes", type=int, default=1, choices=(1, 3))
    parser.add_argument("--data", type=Path, default=None, help="default: kafka in $CLOSEDLOOP_DATA or ./var")
    parser.add_argument("--port", type=int, default=None, help="of the first node; default: any free one")
    parser.add_argument("--node", type=int, default=None, help="this node only, of a cluster that was started before")
    asked = parser.parse_args(arguments)
    try:
        if asked.act == "start" and asked.node:
            start_node(asked.data, asked.node)
        elif asked.act == "start":
            print(start(asked.nodes, asked.data, asked.port))
        elif asked.act == "stop":
            stop(asked.data, asked.node)
        else:
            for node, pid in status(asked.data).items():
                print(f"node {node}: {f'process {pid}' if pid else 'not running'}")
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
