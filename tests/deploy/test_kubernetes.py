"""The chart's manifests are what Kubernetes takes, and no pod may do more than it must."""

import copy
import json
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft202012Validator

from closedloop.installation import SERVICES
from deploy.check import CHART, header, kept, value_files
from shared.config import Settings
from tests.deploy.manifests import (
    NAMES,
    OTHERS,
    Manifest,
    containers,
    environment,
    of_kind,
    pods,
    rendered,
    selects,
)

OLDEST, NEWEST = "1.30", "1.37.0"
"""Of Kubernetes: the oldest that Chart.yaml allows, and the newest whose schemas are to be had."""
COMPONENTS = {f"{service}-{kind}" for service in SERVICES for kind in ("api", "worker")}
JOBS = {"migrate", "topics"}
KNOWN = {f"CLOSEDLOOP_{name.upper()}" for name in Settings.model_fields} | {"PGPASSFILE"}


def component(pod: Manifest) -> str:
    return str(pod["metadata"]["labels"]["app.kubernetes.io/component"])


@pytest.mark.parametrize("values", value_files(), ids=lambda path: path.stem)
def test_what_is_kept_is_what_the_chart_renders_to(values: Path) -> None:
    assert kept(values).read_text(encoding="utf-8").startswith(header(values)), "run `make deploy-render`"


@pytest.mark.parametrize("values", value_files(), ids=lambda path: path.stem)
def test_values_fit_their_schema_and_what_is_forgotten_is_named(values: Path) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    given = yaml.safe_load((CHART / "values.yaml").read_text())
    forgotten = {".".join(map(str, each.absolute_path)) for each in Draft202012Validator(schema).iter_errors(given)}

    assert forgotten == {"database.url", "database.ownerUrl", "settings.kafka", "settings.oidc_issuer", "payments.url"}
    assert not list(Draft202012Validator(schema).iter_errors(merged(given, yaml.safe_load(values.read_text()))))


def merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """As Helm lays values over a chart's own."""
    both = {key: merged(under[key], over[key]) for key in under.keys() & over.keys() if isinstance(under[key], dict)}
    return under | over | both


@pytest.mark.parametrize("name", NAMES)
def test_kubernetes_knows_every_field(name: str) -> None:
    for manifest in rendered(name):
        if manifest["apiVersion"] not in OTHERS:
            kubernetes_validate.validate(manifest, NEWEST, strict=True)


def test_the_oldest_kubernetes_that_is_allowed_knows_every_field_too() -> None:
    # One of each kind: those of a kind are made by the same template.
    for manifest in {each["kind"]: each for each in rendered("full") if each["apiVersion"] not in OTHERS}.values():
        kubernetes_validate.validate(manifest, OLDEST, strict=True)


@pytest.mark.parametrize("name", NAMES)
def test_every_service_has_an_api_and_a_worker_and_both_jobs_are_there(name: str) -> None:
    assert {component(pod) for _, pod in pods(name)} == COMPONENTS | JOBS
    assert [each["metadata"]["annotations"]["helm.sh/hook-weight"] for each in of_kind(name, "Job")] == ["0", "1"]
    for _, pod in pods(name):
        (first, *rest), own = pod["spec"]["containers"][0]["args"], component(pod)
        assert own == (f"{rest[0]}-{'api' if first == 'serve' else 'worker'}" if rest else first)


@pytest.mark.parametrize("name", NAMES)
def test_no_pod_may_do_more_than_it_must(name: str) -> None:
    assert {made_by: found for made_by, pod in pods(name) if (found := too_much(pod))} == {}


def too_much(pod: Manifest) -> list[str]:
    """What Kubernetes' own restricted standard forbids, and some more."""
    spec = pod["spec"]
    rights = spec["securityContext"]
    found = [
        (rights.get("runAsNonRoot") is not True or not rights.get("runAsUser"), "may run as root"),
        (rights.get("seccompProfile") != {"type": "RuntimeDefault"}, "may call all of the kernel"),
        (spec.get("automountServiceAccountToken") is not False, "has a token of the cluster"),
        (spec.get("enableServiceLinks") is not False, "takes settings from the names of Services"),
        (any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")), "shares the node's namespaces"),
        (any("hostPath" in each for each in spec["volumes"]), "reads the node's files"),
        *((wrong, f"{each['name']} {what}") for each in containers(pod) for wrong, what in too_much_within(each)),
    ]
    return [what for wrong, what in found if wrong]


def too_much_within(container: Manifest) -> list[tuple[bool, str]]:
    rights, limits = container.get("securityContext", {}), container.get("resources", {}).get("limits", {})
    return [
        (rights.get("allowPrivilegeEscalation") is not False, "may become more than it is"),
        (rights.get("readOnlyRootFilesystem") is not True, "may write into its image"),
        (rights.get("capabilities") != {"drop": ["ALL"]}, "has capabilities"),
        (bool({"privileged", "runAsUser", "procMount"} & rights.keys()), "says otherwise than its pod"),
        (limits.keys() != {"cpu", "memory"}, "has no limits"),
        (container["resources"].get("requests", {}).keys() != {"cpu", "memory"}, "asks for nothing"),
        (container["image"].endswith(":latest") or ":" not in container["image"], "has an image of no version"),
    ]


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda pod: pod["spec"]["securityContext"].pop("runAsNonRoot"), "may run as root"),
        (lambda pod: pod["spec"].pop("automountServiceAccountToken"), "has a token of the cluster"),
        (lambda pod: pod["spec"]["containers"][0]["resources"].pop("limits"), "api has no limits"),
        (lambda pod: pod["spec"]["initContainers"][0].pop("securityContext"), "passwords has capabilities"),
    ],
)
def test_a_pod_that_may_do_more_would_be_seen(change: Any, seen: str) -> None:
    pod = copy.deepcopy(next(pod for _, pod in pods("least") if component(pod) == "intake-api"))
    change(pod)

    assert seen in too_much(pod)


@pytest.mark.parametrize("name", NAMES)
def test_what_serves_and_what_works_is_asked_whether_it_lives_and_is_ready(name: str) -> None:
    for _, pod in pods(name):
        if component(pod) in JOBS:
            continue
        (container,) = pod["spec"]["containers"]
        ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        for probe, path in (("startup", "/health"), ("liveness", "/health"), ("readiness", "/ready")):
            assert container[f"{probe}Probe"]["httpGet"] == {"path": path, "port": "probe"}
        assert environment(container)["CLOSEDLOOP_PROBE_PORT"] == str(ports["probe"])
        assert ("http" in ports) == component(pod).endswith("-api")


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_one_that_there_is_and_no_secret_stands_in_it(name: str) -> None:
    for _, pod in pods(name):
        for container in containers(pod):
            told = environment(container)
            assert told.keys() <= KNOWN
            assert not [
                value
                for value in told.values()
                if "://" in value and ":" in value.split("://")[1].split("@")[0] and "@" in value
            ]
    assert of_kind(name, "Secret") == []


@pytest.mark.parametrize("name", NAMES)
def test_a_process_gets_its_own_secrets_only(name: str) -> None:
    for _, pod in pods(name):
        own, (container,) = component(pod), pod["spec"]["containers"]
        secrets = {each["secret"]["secretName"] for each in pod["spec"]["volumes"] if "secret" in each}
        files = {
            source["secret"]["name"]
            for each in pod["spec"]["volumes"]
            for source in each.get("projected", {}).get("sources", ())
        }
        assert secrets == {"migrate": {"closedloop-owner"}, "topics": set()}.get(own, {f"closedloop-{own}"})
        assert ("closedloop-vault" in files) == (own not in JOBS)
        assert ("closedloop-payments" in files) == (own == "resolution-worker")
        assert ("CLOSEDLOOP_PAYMENTS_URL" in environment(container)) == (own == "resolution-worker")
        assert ("CLOSEDLOOP_PEERS" in environment(container)) == (own == "desk-api")


@pytest.mark.parametrize("name", NAMES)
def test_an_update_takes_nobody_away_before_the_next_is_ready(name: str) -> None:
    for each in of_kind(name, "Deployment"):
        spec = each["spec"]
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        assert selects(spec["selector"], spec["template"]["metadata"]["labels"])
        pause = spec["template"]["spec"]["containers"][0].get("lifecycle", {}).get("preStop", {"sleep": {"seconds": 0}})
        assert spec["template"]["spec"]["terminationGracePeriodSeconds"] >= pause["sleep"]["seconds"] + 30
        assert len(spec["template"]["spec"]["topologySpreadConstraints"]) == 2


@pytest.mark.parametrize("name", NAMES)
def test_each_deployment_has_a_budget_of_its_own_and_each_api_a_service(name: str) -> None:
    labels = {made_by: pod["metadata"]["labels"] for made_by, pod in pods(name)}
    budgets = {each["metadata"]["name"]: each["spec"]["selector"] for each in of_kind(name, "PodDisruptionBudget")}
    services = {
        each["metadata"]["name"]: {"matchLabels": each["spec"]["selector"]} for each in of_kind(name, "Service")
    }

    for made_by in (each["metadata"]["name"] for each in of_kind(name, "Deployment")):
        assert [pod for pod in labels if selects(budgets[made_by], labels[pod])] == [made_by]
    for service, selector in services.items():
        assert [pod for pod in labels if selects(selector, labels[pod])] == [f"{service}-api"]
    assert len(services) == len(SERVICES)


@pytest.mark.parametrize("name", NAMES)
def test_the_network_lets_each_pod_reach_what_it_needs_and_nothing_else(name: str) -> None:
    telemetry = {"telemetry"} if name == "full" else set()
    for _, pod in pods(name):
        own = component(pod)
        policies = [
            each
            for each in of_kind(name, "NetworkPolicy")
            if selects(each["spec"]["podSelector"], pod["metadata"]["labels"])
        ]
        reached = {
            each["metadata"]["name"].removeprefix("closedloop-to-") for each in policies if "egress" in each["spec"]
        }
        needed = {"dns", "database", "kafka"} - {"migrate": {"kafka"}, "topics": {"database"}}.get(
            own, set()
        ) | telemetry
        needed |= {"identity"} if own.endswith("-api") else set()
        needed |= {"payments"} if own == "resolution-worker" else set()
        needed |= {"closedloop-desk-to-services"} if own == "desk-api" else set()
        assert reached == needed
        assert [
            each["spec"]["policyTypes"] for each in policies if each["metadata"]["name"] == "closedloop-nothing"
        ] == [["Ingress", "Egress"]]


@pytest.mark.parametrize("name", NAMES)
def test_nobody_comes_in_but_by_the_ports_meant_for_them(name: str) -> None:
    for each in of_kind(name, "NetworkPolicy"):
        for rule in each["spec"].get("ingress", ()):
            assert rule["from"], "an empty list would let everybody in"
            ports = {port["port"] for port in rule["ports"]}
            assert ports == ({8090} if each["metadata"]["name"].endswith("-metrics") else {8080})
