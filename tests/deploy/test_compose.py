"""The compose file is what Compose takes, starts everything, and lets nothing do or reach more than it must."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from closedloop.installation import SERVICES
from deploy import secrets
from deploy.check import ROOT
from shared.config import Settings

TEXT = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
PROCESSES = {f"{service}-{kind}" for service in SERVICES for kind in ("api", "worker")}
KNOWN = {f"CLOSEDLOOP_{name.upper()}" for name in Settings.model_fields} | {"PGPASSFILE"}


def test_compose_knows_every_field() -> None:
    schema = json.loads(files("check_jsonschema.builtin_schemas.vendor").joinpath("compose-spec.json").read_text())

    assert [each.message for each in validator_for(schema)(schema).iter_errors(COMPOSE)] == []


def test_everything_is_there_and_each_service_twice() -> None:
    assert CONTAINERS.keys() == PROCESSES | {
        "postgres",
        "kafka-1",
        "kafka-2",
        "kafka-3",
        "migrate",
        "topics",
        "gateway",
    }
    for name in PROCESSES:
        service, kind = name.split("-")
        assert CONTAINERS[name]["command"] == ["serve" if kind == "api" else "work", service]
        assert CONTAINERS[name]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", CONTAINERS)
def test_no_container_may_do_more_than_it_must(name: str) -> None:
    container = CONTAINERS[name]

    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"] and "cap_add" not in container
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", container["user"])
    assert container["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert not {"privileged", "network_mode", "pid", "ipc", "devices"} & container.keys()
    assert not [mount for mount in container.get("volumes", ()) if mount.startswith(("/", ".", "~"))]


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_image_is_ours_or_held_by_its_digest(name: str) -> None:
    image = CONTAINERS[name]["image"]

    assert "build" in CONTAINERS[name] or re.search(r":[0-9][^@]*@sha256:[0-9a-f]{64}$", image)


@pytest.mark.parametrize("name", sorted(CONTAINERS.keys() - {"migrate", "topics"}))
def test_whatever_runs_is_asked_whether_it_lives(name: str) -> None:
    assert CONTAINERS[name]["healthcheck"]["test"][0] == "CMD"


def test_nothing_begins_before_what_it_needs() -> None:
    needed = {name: {on: each["condition"] for on, each in container.get("depends_on", {}).items()}
              for name, container in CONTAINERS.items()}  # fmt: skip

    assert needed["migrate"] == {"postgres": "service_healthy"}
    assert needed["topics"] == {f"kafka-{n}": "service_healthy" for n in (1, 2, 3)}
    assert needed["gateway"] == {f"{service}-api": "service_healthy" for service in SERVICES}
    for name in PROCESSES:
        assert needed[name] == dict.fromkeys(("migrate", "topics"), "service_completed_successfully")


def test_every_setting_is_one_that_there_is_and_an_api_and_a_worker_go_by_their_own_roles() -> None:
    for name, container in CONTAINERS.items():
        told = container.get("environment", {})
        assert {each for each in told if each.startswith(("CLOSEDLOOP", "PG"))} <= KNOWN, name
    for name in PROCESSES:
        told = CONTAINERS[name]["environment"]
        kind = name.partition("-")[2]
        assert told["CLOSEDLOOP_DATABASE"] == f"postgresql://closedloop_{{service}}_{kind}@postgres:5432/{{service}}"
        assert ("CLOSEDLOOP_OIDC_ISSUER" in told) == (kind == "api")


def test_the_networks_keep_apart_what_has_nothing_to_say_to_each_other() -> None:
    networks = {name: set(container["networks"]) for name, container in CONTAINERS.items()}

    assert networks["postgres"] == networks["migrate"] == {"database"}
    assert {name for name, own in networks.items() if "front" in own} == {
        "gateway", *(f"{service}-api" for service in SERVICES),
    }  # fmt: skip
    assert networks["gateway"] == {"front"}
    assert networks["topics"] == networks["kafka-1"] == networks["kafka-2"] == networks["kafka-3"] == {"log"}
    assert [name for name, own in COMPOSE["networks"].items() if not own.get("internal")] == ["front"]


def test_one_port_is_published_and_on_the_loopback_interface_only() -> None:
    published = [port for container in CONTAINERS.values() for port in container.get("ports", ())]

    assert len(published) == 1 and published[0].startswith("127.0.0.1:")
    assert CONTAINERS["gateway"]["ports"] == published


def test_the_gateway_knows_every_api_by_the_name_of_its_container() -> None:
    asked = CONTAINERS["gateway"]["command"][1:]

    assert asked == [
        f"--api={service}=http://{COMPOSE['name']}-{service}-api-{n}:8080"
        for service in SERVICES
        for n in (1, 2)
    ]  # fmt: skip
    address = CONTAINERS["gateway"]["networks"]["front"]["ipv4_address"]
    assert {CONTAINERS[f"{service}-api"]["environment"]["CLOSEDLOOP_FORWARDED_BY"] for service in SERVICES} == {address}


def test_secrets_are_files_that_are_made_and_each_process_gets_its_own(tmp_path: Path) -> None:
    made = secrets.make(tmp_path)
    declared = {name: Path(secret["file"]).name for name, secret in COMPOSE["secrets"].items()}

    assert declared == {name: name for name in made}
    for name in PROCESSES:
        assert CONTAINERS[name]["secrets"] == ["master.key", {"source": f"{name}.pgpass", "target": "pgpass"}]
    literal = re.compile(r"(?i)password\s*[:=]\s*[^\s/${]|://[^@/\s]+:[^@/\s]+@")
    assert literal.findall(TEXT) == []


def test_what_must_be_said_is_asked_for_and_everything_else_has_a_default() -> None:
    asked = re.findall(r"\$\{(\w+)(:[-?])?", TEXT)

    assert {name for name, how in asked if how == ":?"} == {"CLOSEDLOOP_OIDC_ISSUER", "SECRETS_FOLDER"}
    assert {name for name, how in asked if not how} <= {"SECRETS_FOLDER"}
