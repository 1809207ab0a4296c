"""How the Kafka adapter reaches its cluster, and how long it waits."""

import ssl
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """`protocol` is PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; SSL needs `context`, SASL a mechanism and a name."""

    protocol: str = "PLAINTEXT"
    context: ssl.SSLContext | None = field(default=None, repr=False)
    mechanism: str = "PLAIN"
    username: str | None = None
    password: str | None = field(default=None, repr=False)


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
