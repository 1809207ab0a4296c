"""What the chart rendered to, as it is kept: read by all tests of it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from deploy.check import kept, value_files

Manifest = dict[str, Any]
NAMES = [path.stem for path in value_files()]
OTHERS = ("monitoring.coreos.com/v1", "gateway.networking.k8s.io/v1")
"""Kinds that an extension of Kubernetes defines: their schemas are not among Kubernetes' own."""


@cache
def rendered(name: str) -> tuple[Manifest, ...]:
    """Every manifest that these values give."""
    (path,) = (kept(values) for values in value_files() if values.stem == name)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return tuple(each for each in yaml.load_all(path.read_text(encoding="utf-8"), loader) if each)


def of_kind(name: str, *kinds: str) -> list[Manifest]:
    return [each for each in rendered(name) if each["kind"] in kinds]


def pods(name: str) -> Iterator[tuple[str, Manifest]]:
    """The template of every pod, by the name of what makes it."""
    for each in of_kind(name, "Deployment", "Job"):
        yield each["metadata"]["name"], each["spec"]["template"]


def containers(pod: Manifest) -> list[Manifest]:
    return [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]


def environment(container: Manifest) -> dict[str, str]:
    return {each["name"]: each.get("value", "") for each in container.get("env", ())}


def selects(selector: Manifest, labels: dict[str, str]) -> bool:
    """Whether a selector of labels takes in what bears these labels."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    return all(_meets(each, labels) for each in selector.get("matchExpressions", ()))


def _meets(expression: Manifest, labels: dict[str, str]) -> bool:
    within = labels.get(expression["key"]) in expression["values"]
    return within if expression["operator"] == "In" else not within
