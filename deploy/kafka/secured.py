"""A further listener that speaks TLS only and lets in only whom it knows (SASL), for trying how we connect to such.

Nodes and whoever starts them speak on the plain listener of the loopback as ever.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.kafka.properties import Node

_SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")
_PACKAGE = "org.apache.kafka.common.security"


@dataclass(frozen=True, slots=True)
class Secured:
    """`keystore`: private key and certificates of the broker; `truststore`: who vouches for clients. Both PEM."""

    port: int
    keystore: str
    truststore: str
    users: Mapping[str, str]
    """Their passwords; SCRAM's are kept by the cluster when its storage is made, and can't be changed here later."""


def note(data: Path, secured: Secured) -> None:
    """Remember it for every start of this folder's node."""
    place = data / "secured.json"
    place.touch(mode=0o600)
    place.write_text(json.dumps(asdict(secured)))


def noted(data: Path) -> Secured | None:
    place = data / "secured.json"
    return Secured(**json.loads(place.read_text())) if place.exists() else None


def settings(node: Node, secured: Secured | None) -> str:
    """Lines that follow `server.properties` and take the place of those that say the same."""
    if secured is None:
        return ""
    users = " ".join(f'user_{name}="{password}"' for name, password in secured.users.items())
    ours = "listener.name.secured"
    said = {
        "listeners": f"BROKER://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port},"
        f"SECURED://127.0.0.1:{secured.port}",
        "advertised.listeners": f"BROKER://127.0.0.1:{node.advertised},SECURED://127.0.0.1:{secured.port}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL",
        "sasl.enabled.mechanisms": ",".join(("PLAIN", *_SCRAM)),
        f"{ours}.ssl.keystore.type": "PEM",
        f"{ours}.ssl.keystore.location": secured.keystore,
        f"{ours}.ssl.truststore.type": "PEM",
        f"{ours}.ssl.truststore.location": secured.truststore,
        f"{ours}.ssl.client.auth": "required",
        f"{ours}.plain.sasl.jaas.config": f"{_PACKAGE}.plain.PlainLoginModule required {users};",
    }
    said |= {
        f"{ours}.{each.lower()}.sasl.jaas.config": f"{_PACKAGE}.scram.ScramLoginModule required;" for each in _SCRAM
    }
    return "".join(f"{name}={value}\n" for name, value in said.items())


def scram(secured: Secured | None) -> Sequence[str]:
    """Options that make the users when the storage is formatted."""
    users = secured.users.items() if secured else ()
    return [
        word for name, password in users for each in _SCRAM
        for word in ("--add-scram", f"{each}=[name={name},password={password}]")
    ]  # fmt: skip
