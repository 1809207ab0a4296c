"""Every setting of a process, from the environment (`CLOSEDLOOP_…`). docs/settings.md is made from this."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What differs between a laptop and a cluster. Nothing else does."""

    model_config = SettingsConfigDict(env_prefix="CLOSEDLOOP_", env_ignore_empty=True, extra="ignore", frozen=True)

    data: Path = Field(Path("var"), description="Folder of the embedded database, keys and run files.")
    host: str = Field("127.0.0.1", description="Address to listen on. The built-in issuer refuses all but loopback.")
    port: int = Field(8080, ge=0, le=65535, description="The one public port of `closedloop run`; 0 takes a free one.")
    database: str | None = Field(
        None,
        description="PostgreSQL URL with `{service}` in it, e.g. postgresql://host/{service}. Empty: embedded. "
        "`{kind}` stands for `api` in `serve`, for `worker` in `work`.",
    )
    root_path: str = Field(
        "",
        pattern=r"^(/[a-z][a-z0-9-]*)?$",
        description="Under which path a gateway shows a service's API, e.g. /intake.",
    )
    probe_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of /health, /ready and /metrics. Empty: an API answers them on its own, a worker does not.",
    )
    probe_host: str = Field("127.0.0.1", description="Address of that port. Nothing personal is to be had there.")
    peers: str | None = Field(
        None,
        pattern=r"^https?://.*\{service\}",
        description="Where the desk finds the services' APIs, a URL with `{service}` in it. Empty: in this process.",
    )
    kafka: str | None = Field(None, description="Kafka bootstrap servers, host:port[,host:port]. Empty: embedded log.")
    kafka_replication: int = Field(1, ge=1, le=7, description="Replicas of the topic when it is first made.")
    topic: str = Field("closedloop.events", description="The topic of all events.")
    master_key: Path | None = Field(None, description="File of the vault's master key. Empty: made in the data folder.")
    max_body: int = Field(1_048_576, ge=1024, le=104_857_600, description="Largest request body in bytes.")
    max_file: int = Field(20_971_520, ge=1024, le=104_857_600, description="Largest evidence file in bytes.")
    pool: int = Field(4, ge=1, le=100, description="Database connections of one service in one process.")
    log_level: str = Field("warning", description="Lowest level written to the log: debug, info, warning, error.")
    otlp: str | None = Field(None, description="OTLP/HTTP endpoint for traces and metrics. Empty: none are sent.")
    trace_ratio: float = Field(0.05, ge=0, le=1, description="Share of requests traced when they bear no trace.")
    sandbox: bool = Field(
        False,
        description="For practice: payments into the file that end in 13 are refused, those that end in 17 unanswered.",
    )
    providers: Path | None = Field(None, description="Folder of the file provider's outbox. Empty: in the data folder.")
    payments_url: str | None = Field(
        None, description="Payment service (docs/payments.md), https. Empty: payments are written into a file."
    )
    payments_token: Path | None = Field(None, description="File of the payment service's bearer token, mode 0600.")
    database_ca: Path | None = Field(
        None,
        description="Certificates of who vouches for PostgreSQL (PEM). If set, only TLS is spoken and names count.",
    )
    database_cert: Path | None = Field(None, description="Our certificate for PostgreSQL (PEM), if it asks for one.")
    database_key: Path | None = Field(None, description="Its private key (PEM), mode 0600.")
    kafka_tls: bool = Field(False, description="Speak TLS with Kafka, by the machine's certificates.")
    kafka_ca: Path | None = Field(
        None, description="Certificates of who vouches for Kafka (PEM). If set, only TLS is spoken and names count."
    )
    kafka_cert: Path | None = Field(None, description="Our certificate for Kafka (PEM), if it asks for one.")
    kafka_key: Path | None = Field(None, description="Its private key (PEM), mode 0600.")
    kafka_sasl: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="How we prove to Kafka who we are: SCRAM-SHA-512, SCRAM-SHA-256, or PLAIN (over TLS only)."
    )
    kafka_user: str | None = Field(None, description="Our name there.")
    kafka_password: Path | None = Field(None, description="File of our password there, mode 0600.")
    oidc_issuer: str | None = Field(
        None,
        description="The OIDC provider (https), exactly as its tokens name it. Empty: demo tokens, on loopback only.",
    )
    oidc_audience: str = Field(
        "closedloop", min_length=1, description="What a token's `aud` must name: this API's own name, not a client's."
    )
    oidc_staff_claim: str = Field(
        "sub", min_length=1, description="The claim that is the staff id. It must never be given to another person."
    )
    oidc_roles_claim: str = Field(
        "roles", min_length=1, description="The claim that lists the roles, or a path to it: realm_access.roles."
    )
    oidc_department_claim: str = Field(
        "department", min_length=1, description="The claim that is the department, or a path to it."
    )
    oidc_ca: Path | None = Field(
        None, description="Certificates of who vouches for the OIDC provider (PEM). Empty: the machine's."
    )
    rate_person: int = Field(
        60_000, ge=0, le=10_000_000, description="Requests of one person a minute, in one process. 0: any number."
    )
    rate_address: int = Field(
        120_000, ge=0, le=10_000_000, description="Requests from one address a minute, in one process. 0: any number."
    )
    forwarded_by: str = Field(
        "",
        description="Addresses or networks of gateways, with commas, whose X-Forwarded-For is believed. Empty: none.",
    )
    connections: int = Field(1_000, ge=10, le=100_000, description="Connections that one process keeps open at most.")
    header_seconds: float = Field(
        10.0, gt=0, le=300, description="Seconds that a caller may stay silent in the midst of a request."
    )
    request_seconds: float = Field(60.0, gt=0, le=3_600, description="Seconds that one request may take in all.")

    @property
    def embedded(self) -> bool:
        """True when the databases are the embedded ones."""
        return self.database is None
