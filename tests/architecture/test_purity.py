"""What decides reaches no clock, no chance and no I/O: then a decision can be repeated, and a test patches nothing.

The import contracts forbid what is known to do I/O. This is the other half: the short list of what is allowed at all.
"""

import ast
import sys

import grimp
import pytest

from tests.architecture.tree import DECIDING, shown, sources

OF_ANOTHER_SUBJECT = ("customer", "customer_fields", "customer_rules", "contact", "contact_rules")
OF_A_REMEDY = ("remedy", "reversal", "action", "authority", "accountability")
ROOMS = ("state", "complaint", "rules", "commands", "reactions", "limits", *OF_ANOTHER_SUBJECT, *OF_A_REMEDY)
LANGUAGE = (
    "shared.decide",
    "shared.events",
    "shared.packs",
    "shared.privacy.personal",
    "shared.privacy.walk",
    "shared.reference",
)
# orjson writes the envelope's bytes and opens nothing.
PURE_PACKAGES = {"pydantic", "pydantic_core", "orjson"}
IMPURE_STDLIB = {
    "asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "select",
    "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
PURE = PURE_PACKAGES | sys.stdlib_module_names - IMPURE_STDLIB
NOT_REPEATABLE = {"now", "utcnow", "today", "uuid1", "uuid4", "uuid6", "uuid7", "open", "print", "input"}


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("services", "shared", include_external_packages=True, cache_dir=None)


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module.startswith(f"{package}.") for package in packages)


def reached_from(imports: grimp.ImportGraph, packages: tuple[str, ...]) -> set[str]:
    """Everything outside these packages that they import, directly or by way of others."""
    inside = {module for module in imports.modules if module in packages or within(module, packages)}
    reached = {found for module in inside for found in imports.find_upstream_modules(module)}
    return reached - inside


@pytest.mark.parametrize("service", DECIDING)
def test_a_service_decides_by_the_language_alone(service: str, imports: grimp.ImportGraph) -> None:
    reached = reached_from(imports, tuple(f"services.{service}.{room}" for room in ROOMS))

    assert {module for module in reached if module not in PURE and not within(f"{module}.", LANGUAGE)} == set()


def test_the_language_needs_nothing_but_itself(imports: grimp.ImportGraph) -> None:
    reached = reached_from(imports, LANGUAGE)

    assert reached - PURE == set()


@pytest.mark.parametrize("service", DECIDING)
def test_a_decision_asks_neither_the_clock_nor_chance(service: str) -> None:
    """Instants and ids travel in commands and events."""
    rooms = [path for room in ROOMS for path in sources(f"services/{service}") if room in (path.stem, path.parent.name)]

    assert [f"{shown(path)}:{line}" for path in rooms for line in lines_that_ask(path.read_text())] == []


def lines_that_ask(code: str) -> list[int]:
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if called(call.func) in NOT_REPEATABLE]


def called(function: ast.expr) -> str:
    """The last name of what is called: `now` of `datetime.now(...)`."""
    return ast.unparse(function).rpartition(".")[2]


def test_a_look_at_the_clock_is_seen() -> None:
    assert lines_that_ask("x = 1\ny = datetime.now(UTC)\nz = uuid4()") == [2, 3]
