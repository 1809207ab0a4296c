"""Apache Kafka that speaks TLS only, wants our certificate, and lets in only whom it knows (SASL)."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from deploy.kafka import kafka
from deploy.kafka.runtime import NotInstalled
from deploy.kafka.secured import Secured
from shared.config import Settings
from shared.eventlog.kafka import KafkaLog
from shared.eventlog.kafka_settings import KafkaPatience, kafka_security
from shared.eventlog.protocol import LogUnavailable, Outgoing
from shared.runtime import event_log
from tests.fixtures.certificates import Authority, authority
from tests.fixtures.log import real_kafka_required

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

USER, PASSWORD = "closedloop", "canary-of-the-broker"
TOPIC = "secured.events"


@dataclass(frozen=True)
class Place:
    """The listener, and what it takes to be let in."""

    address: str
    folder: Path
    trusted: Authority
    stranger: Authority

    def settings(self, **differently: Any) -> Settings:
        certificate, key = self.trusted.folder / "client.pem", self.trusted.folder / "client.key"
        chosen: dict[str, Any] = {
            "kafka": self.address, "topic": TOPIC, "kafka_ca": self.trusted.ca, "kafka_cert": certificate,
            "kafka_key": key, "kafka_sasl": "SCRAM-SHA-512", "kafka_user": USER,
            "kafka_password": self.secret(PASSWORD),
        }  # fmt: skip
        return Settings(data=self.folder, **(chosen | differently))

    def secret(self, text: str) -> Path:
        place = self.folder / f"secret-{sha256(text.encode()).hexdigest()[:8]}"
        place.touch(mode=0o600)
        place.write_text(f"{text}\n")
        return place

    async def why_not(self, **differently: Any) -> str:
        """What is said when we are not let in; never with a password in it."""
        log = event_log(self.settings(**differently), lambda _: "")
        try:
            with pytest.raises(LogUnavailable) as refused:
                await log.start()
        finally:
            await log.stop()
        assert "canary" not in str(refused.value)
        return str(refused.value)


@pytest.fixture(scope="module")
async def place() -> AsyncIterator[Place]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="closedloop-secured-")))
        trusted, stranger = authority(folder, "trusted"), authority(folder, "stranger")
        trusted.issue("client")
        stranger.issue("of-a-stranger")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        secured = Secured(port, str(trusted.keystore("broker")), str(trusted.ca), {USER: PASSWORD})
        data = folder / "kafka"
        stack.callback(kafka.stop, data)
        try:
            await asyncio.to_thread(kafka.start, 1, data, secured=secured)
        except NotInstalled as problem:
            if real_kafka_required():
                raise
            pytest.skip(f"a broker that speaks TLS needs Apache Kafka's own jars: {problem}")
        yield Place(f"127.0.0.1:{port}", folder, trusted, stranger)


@pytest.mark.parametrize("how", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
async def test_topic_producer_and_reader_are_let_in(place: Place, how: str) -> None:
    log = event_log(place.settings(kafka_sasl=how), lambda _: "")
    await log.start()
    try:
        sent = await log.send({3: [Outgoing("complaint:1", how.encode())]})
        offset = sent[3]
        assert isinstance(offset, int)
        reader = log.reader()
        await reader.assign({3: offset})
        (record,) = await reader.fetch(limit=10, wait=30)
        await reader.close()
        assert record.value == how.encode()
    finally:
        await log.stop()


async def test_a_wrong_password_or_name_is_said_so(place: Place) -> None:
    for how in ("SCRAM-SHA-512", "PLAIN"):
        said = await place.why_not(kafka_sasl=how, kafka_password=place.secret("canary-that-is-wrong"))
        assert "correct CLOSEDLOOP_KAFKA_USER, or the password's file" in said
    assert "correct CLOSEDLOOP_KAFKA_USER" in await place.why_not(kafka_user="somebody")


async def test_a_broker_that_another_vouches_for_is_not_believed(place: Place) -> None:
    assert "not vouched for by CLOSEDLOOP_KAFKA_CA" in await place.why_not(kafka_ca=place.stranger.ca)


async def test_a_broker_under_another_name_is_not_believed(place: Place) -> None:
    said = await place.why_not(kafka=place.address.replace("127.0.0.1", "localhost"))
    assert "not vouched for by CLOSEDLOOP_KAFKA_CA" in said and "localhost" in said


async def test_without_our_certificate_or_with_a_stranger_s_nobody_is_let_in(place: Place) -> None:
    assert "wants our certificate" in await place.why_not(kafka_cert=None, kafka_key=None)
    of_a_stranger = place.folder / "of-a-stranger.pem", place.folder / "of-a-stranger.key"
    said = await place.why_not(kafka_cert=of_a_stranger[0], kafka_key=of_a_stranger[1])
    assert "does not answer" in said


async def test_plain_connections_are_not_answered(place: Place) -> None:
    log = KafkaLog(place.address, topic=TOPIC, patience=KafkaPatience(request=5.0))
    with pytest.raises(LogUnavailable, match="does not answer"):
        await log.start()
    await log.stop()


def test_half_a_setting_and_a_password_that_others_read_are_refused(place: Place) -> None:
    open_to_all = place.secret("open-to-all")
    open_to_all.chmod(0o644)
    for differently, says in (
        ({"kafka_password": open_to_all}, "chmod 600"),
        ({"kafka_password": None}, "needs CLOSEDLOOP_KAFKA_USER and CLOSEDLOOP_KAFKA_PASSWORD"),
        ({"kafka_sasl": None}, "say nothing without"),
        ({"kafka_key": None}, "together"),
        ({"kafka_sasl": "PLAIN", "kafka_ca": None, "kafka_cert": None, "kafka_key": None}, "PLAIN shows the password"),
    ):
        with pytest.raises(ValueError, match=says) as refused:
            kafka_security(place.settings(**differently))
        assert "canary" not in str(refused.value)


def test_the_password_is_shown_nowhere(place: Place) -> None:
    security = kafka_security(place.settings())
    assert (security.protocol, security.username) == ("SASL_SSL", USER)
    assert PASSWORD not in repr(security) and PASSWORD not in repr(place.settings())
