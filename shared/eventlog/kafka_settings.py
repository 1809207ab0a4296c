"""How the Kafka adapter reaches its cluster, and how long it waits."""

import ssl
from dataclasses import dataclass, field
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError, SaslAuthenticationFailed, UnsupportedSaslMechanismError

from shared.config import Settings
from shared.secrets import secret_in


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """`protocol` is PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; SSL needs `context`, SASL a mechanism and a name."""

    protocol: str = "PLAINTEXT"
    context: ssl.SSLContext | None = field(default=None, repr=False)
    mechanism: str = "PLAIN"
    username: str | None = None
    password: str | None = field(default=None, repr=False)


def kafka_security(settings: Settings) -> KafkaSecurity:
    """As the settings say. Raises ValueError where they do not fit together, or a file holds no secret; OSError."""
    context = _tls(settings)
    if settings.kafka_sasl is None:
        if settings.kafka_user or settings.kafka_password:
            raise ValueError("CLOSEDLOOP_KAFKA_USER and _PASSWORD say nothing without CLOSEDLOOP_KAFKA_SASL.")
        return KafkaSecurity("SSL" if context else "PLAINTEXT", context)
    if not settings.kafka_user or settings.kafka_password is None:
        raise ValueError("CLOSEDLOOP_KAFKA_SASL needs CLOSEDLOOP_KAFKA_USER and CLOSEDLOOP_KAFKA_PASSWORD, a file.")
    if settings.kafka_sasl == "PLAIN" and context is None:
        raise ValueError("PLAIN shows the password to whoever listens: set CLOSEDLOOP_KAFKA_CA, or take SCRAM-SHA-512.")
    return KafkaSecurity(
        "SASL_SSL" if context else "SASL_PLAINTEXT",
        context,
        settings.kafka_sasl,
        settings.kafka_user,
        secret_in(settings.kafka_password),
    )


def _tls(settings: Settings) -> ssl.SSLContext | None:
    certificate, key = settings.kafka_cert, settings.kafka_key
    if (certificate is None) != (key is None):
        raise ValueError("Set CLOSEDLOOP_KAFKA_CERT and CLOSEDLOOP_KAFKA_KEY together.")
    if not settings.kafka_tls and settings.kafka_ca is None and certificate is None:
        return None
    context = ssl.create_default_context(cafile=str(settings.kafka_ca) if settings.kafka_ca else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None and key is not None:
        secret_in(key)
        context.load_cert_chain(certificate, key)
    return context


@dataclass(frozen=True, slots=True)
class KafkaPatience:
    """Seconds. Every wait for the cluster ends in one of these, so that a caller hears of a log that is gone."""

    request: float = 10.0
    """For one batch until its acknowledgement, for a start, for an answer about offsets."""
    watchdog: float = 5.0
    """A reader that got nothing for so long, while there was something, starts a new consumer."""
    close: float = 5.0


@dataclass(frozen=True, slots=True)
class KafkaPlace:
    """A topic of a cluster, and how to get there."""

    bootstrap: str
    topic: str
    partitions: int
    replication: int
    security: KafkaSecurity
    patience: KafkaPatience

    def client(self) -> dict[str, Any]:
        """The settings that producer, consumer and admin client of aiokafka share."""
        return {
            "bootstrap_servers": self.bootstrap.split(","),
            "request_timeout_ms": int(self.patience.request * 1000),
            "retry_backoff_ms": 50,
            "security_protocol": self.security.protocol,
            "ssl_context": self.security.context,
            "sasl_mechanism": self.security.mechanism,
            "sasl_plain_username": self.security.username,
            "sasl_plain_password": self.security.password,
        }

    async def why_not(self) -> str:
        """Why the cluster lets us not in, and what to do: aiokafka itself says only that it could not connect."""
        error: BaseException | None = None
        for host, _, port in (each.rpartition(":") for each in self.bootstrap.split(",")):
            try:
                connection = await create_conn(
                    host,
                    int(port),
                    request_timeout_ms=int(self.patience.request * 1000),
                    security_protocol=self.security.protocol,
                    ssl_context=self.security.context,
                    sasl_mechanism=self.security.mechanism,
                    sasl_plain_username=self.security.username,
                    sasl_plain_password=self.security.password,
                )
                connection.close()
            except (KafkaError, OSError, TimeoutError, ValueError) as failure:
                error = failure
        return f"Kafka at {self.bootstrap} does not answer: {_plainly(error)}" if error else ""


def _plainly(error: BaseException) -> str:
    """In words that say what to do; without a name or a password in it."""
    cause = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    for each in (error, cause):
        match each:
            case SaslAuthenticationFailed():
                return "it knows no such user with this password: correct CLOSEDLOOP_KAFKA_USER, or the password's file"
            case UnsupportedSaslMechanismError():
                return "it does not take this CLOSEDLOOP_KAFKA_SASL: set one that the listener allows"
            case ssl.SSLCertVerificationError():
                return f"its certificate is not vouched for by CLOSEDLOOP_KAFKA_CA ({each.verify_message})"
            case ssl.SSLError():
                return f"it speaks no TLS that we understand, or wants our certificate ({each.reason})"
    return repr(error)
