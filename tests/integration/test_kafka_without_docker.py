"""The broker for development: started once however often it is asked for, and ended without touching anything else."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.kafka import kafka
from deploy.kafka.properties import Node, properties
from deploy.kafka.runtime import CannotRun, NotInstalled, jars
from shared.eventlog.kafka import KafkaLog
from tests.fixtures.eventlogs import batch
from tests.fixtures.log import real_kafka_required


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="closedloop-kafka-"))
    try:
        yield folder
    finally:
        kafka.stop(folder)
        shutil.rmtree(folder)


@pytest.fixture
def installed() -> None:
    try:
        jars()
    except NotInstalled as problem:
        if real_kafka_required():
            raise
        pytest.skip(str(problem))


@pytest.mark.kafka
@pytest.mark.usefixtures("installed")
async def test_a_node_keeps_its_address_and_its_records_over_a_restart(data: Path) -> None:
    address = kafka.start(1, data)
    running = kafka.status(data)
    assert kafka.start(1, data) == address
    assert kafka.status(data) == running

    log = KafkaLog(address, partitions=2)
    await log.start()
    identity = await log.identity()
    await log.send({0: batch("a")})
    await log.stop()

    kafka.stop(data)
    assert kafka.status(data) == {1: None}
    assert kafka.start(1, data) == address
    await log.start()
    assert await log.identity() == identity
    assert await log.send({0: batch("b")}) == {0: 1}
    await log.stop()


@pytest.mark.kafka
@pytest.mark.usefixtures("installed")
def test_a_folder_of_another_size_is_refused(data: Path) -> None:
    kafka._note(data, [Node(n, 1, 2, 1) for n in (1, 2, 3)])
    with pytest.raises(CannotRun, match="holds a cluster of 3 nodes"):
        kafka.start(1, data)


def test_stopping_ends_no_process_that_only_has_the_number_of_ours(data: Path) -> None:
    kafka._note(data, [Node(1, 1, 2, 1)])
    (data / "node-1").mkdir()
    with subprocess.Popen(["/bin/sleep", "60"]) as stranger:
        (data / "node-1" / "pid").write_text(str(stranger.pid))
        assert kafka.status(data) == {1: None}
        kafka.stop(data)
        assert stranger.poll() is None
        stranger.kill()


def test_stopping_what_was_never_started_does_nothing() -> None:
    kafka.stop(Path(tempfile.gettempdir()) / f"never-there-{os.getpid()}")


def test_three_nodes_keep_three_copies_and_listen_on_the_loopback_only() -> None:
    cluster = [Node(n, 9000 + n, 9100 + n, 9000 + n) for n in (1, 2, 3)]
    settings = dict(line.split("=", 1) for line in properties(cluster[1], cluster, Path("/data")).splitlines())
    assert settings["node.id"] == "2"
    assert settings["default.replication.factor"] == settings["offsets.topic.replication.factor"] == "3"
    assert settings["min.insync.replicas"] == settings["transaction.state.log.min.isr"] == "2"
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103"
    assert settings["listeners"] == "BROKER://127.0.0.1:9002,CONTROLLER://127.0.0.1:9102"
    assert settings["auto.create.topics.enable"] == settings["unclean.leader.election.enable"] == "false"


def test_a_machine_without_maven_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOSEDLOOP_DATA", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalled, match="Install Apache Maven"):
        jars()
