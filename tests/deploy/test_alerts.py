"""Alerts and dashboards speak of figures that the code tells, and every alert says what to do."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from closedloop.installation import SERVICES
from deploy.check import ROOT
from shared.metrics import Seen, count_command, count_records, count_request, exposition
from shared.store.figures import Figures, Waiting

ALERTS = yaml.safe_load((ROOT / "deploy" / "alerts" / "closedloop.yaml").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
BOARDS = sorted((ROOT / "deploy" / "dashboards").glob("*.json"))
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
OF_PROMETHEUS = {"instance", "le"}
"""Labels that Prometheus or the form of a histogram adds."""


@pytest.fixture(name="told", scope="module")
def _told() -> dict[str, set[str]]:
    """Every series that a process tells, with its labels."""
    # Of no service that there is: what is counted stays counted, and other tests count too.
    count_request("alerts", 201)
    count_command("alerts", "JudgeComplaint", "refused", "wrong_role", 0.02)
    count_records("alerts", 1)
    figures = Figures(Waiting(1, 2.0), {"decide": Waiting(1, 2.0)}, 1, 1, {"decide": {0: 1}})
    text = exposition([Seen("intake", True, 24, figures, {"decide": 3})]).decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return {name: labels for name, labels in found.items() if name.startswith("closedloop_")}


def selectors(expression: promql_parser.Expr) -> Iterator[promql_parser.VectorSelector]:
    """Every selection of series within an expression."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    elif isinstance(expression, promql_parser.MatrixSelector):
        yield expression.vector_selector
    elif isinstance(expression, promql_parser.Call):
        for argument in expression.args:
            yield from selectors(argument)
    elif isinstance(expression, promql_parser.BinaryExpr):
        yield from selectors(expression.lhs)
        yield from selectors(expression.rhs)
    elif hasattr(expression, "expr"):
        yield from selectors(expression.expr)


def unknown(query: str, told: dict[str, set[str]]) -> set[str]:
    """Series, and labels of them, that nobody tells."""
    found = set()
    for selector in selectors(promql_parser.parse(query)):
        labels = {matcher.name for matcher in selector.matchers.matchers}
        if selector.name not in told:
            found.add(str(selector.name))
        else:
            found |= {f"{selector.name}{{{label}}}" for label in labels - told[selector.name] - OF_PROMETHEUS}
    grouped = {label for labels in re.findall(r"\bby \(([^)]*)\)", query) for label in labels.split(", ")}
    return found | (grouped - OF_PROMETHEUS - {label for labels in told.values() for label in labels})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_rings_for_figures_that_the_code_tells(rule: dict[str, Any], told: dict[str, set[str]]) -> None:
    assert unknown(rule["expr"], told) == set()
    used = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert all(f"by ({label}" in rule["expr"] or f", {label})" in rule["expr"] for label in used)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")

    assert rule["labels"]["severity"] in ("critical", "warning")
    assert promql_parser.parse_duration(rule["for"]) >= timedelta(minutes=1)
    assert rule["annotations"]["summary"].endswith(".") and rule["annotations"].keys() == {"summary", "runbook_url"}
    assert page == "docs/operations.md" and anchor == rule["alert"].lower()
    (runbook,) = re.findall(rf"^### {rule['alert']}\n\n((?:.+\n)+)", OPERATIONS, re.MULTILINE)
    assert len(runbook.split()) > 15


def test_every_runbook_has_its_alert() -> None:
    assert re.findall(r"^### (Closedloop\w+)$", OPERATIONS, re.MULTILINE) == [rule["alert"] for rule in RULES]


def test_every_alert_has_a_story_in_which_it_rings_and_no_other_does() -> None:
    stories = (ROOT / "tests" / "deploy" / "alerts.yaml").read_text(encoding="utf-8")

    assert [rule["alert"] for rule in RULES if rule["alert"] not in stories] == []


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_a_dashboard_shows_figures_that_the_code_tells(path: Path, told: dict[str, set[str]]) -> None:
    board = json.loads(path.read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]

    assert {query: found for query in queries if (found := unknown(filled_in(query), told))} == {}
    assert all(panel["type"] == "row" or (panel["targets"] and panel["description"]) for panel in board["panels"])
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_no_two_panels_lie_on_each_other(path: Path) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken and at["x"] + at["w"] <= 24
        taken |= cells


def filled_in(query: str) -> str:
    """As Grafana asks it."""
    return query.replace("$__rate_interval", "1m").replace("$service", "|".join(SERVICES))


def test_every_figure_is_shown_and_what_must_be_looked_at_rings(told: dict[str, set[str]]) -> None:
    shown = "".join(path.read_text(encoding="utf-8") for path in BOARDS)
    names = {name.removesuffix("_sum").removesuffix("_count") for name in told}

    assert {name for name in names if name not in shown} == set()


def test_what_nobody_tells_would_be_seen(told: dict[str, set[str]]) -> None:
    assert unknown("max by (service) (closedloop_lag_seconds) > 1", told) == {"closedloop_lag_seconds"}
    assert unknown('rate(closedloop_refused_total{why="x"}[5m])', told) == {"closedloop_refused_total{why}"}
    assert unknown("sum by (colour) (closedloop_ready)", told) == {"colour"}


def test_the_collector_passes_on_what_it_takes_and_every_part_is_used() -> None:
    given = yaml.safe_load((ROOT / "deploy" / "telemetry" / "collector.yaml").read_text(encoding="utf-8"))

    for kind in ("receivers", "processors", "exporters"):
        used = {name for pipeline in given["service"]["pipelines"].values() for name in pipeline[kind]}
        assert used == given[kind].keys()
    assert set(given["service"]["extensions"]) == given["extensions"].keys()
    assert all(each["processors"][0] == "memory_limiter" for each in given["service"]["pipelines"].values())
