"""The threat model names for each threat the test that proves what keeps it from being done: it must be there."""

import ast
import re
from pathlib import Path

from tests.architecture.tree import ROOT

PAGE = ROOT / "docs" / "threat-model.md"
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_ROW = re.compile(r"^\| (?!Threat \||Asset \||Actor \|| ?---)(.+) \|$", re.MULTILINE)


def in_file(path: Path) -> set[str]:
    """The names of the tests that a file holds."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = _NAMED.findall(PAGE.read_text(encoding="utf-8"))
    there = {file: in_file(ROOT / file) if (ROOT / file).exists() else set() for file, _ in named}

    assert len(named) > 60
    assert [f"{file}::{test}" for file, test in named if test not in there[file]] == []


def test_every_threat_names_a_test() -> None:
    threats = PAGE.read_text(encoding="utf-8").split("## Insiders", 1)[1].split("## What nothing here prevents", 1)[0]
    rows = _ROW.findall(threats)

    assert len(rows) > 40
    assert [row.split(" | ")[0] for row in rows if not _NAMED.search(row)] == []
