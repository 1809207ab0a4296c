"""Whoever knows one service knows them all: the same rooms, one command a file, nothing large or vague."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from shared.decide import Command
from tests.architecture.tree import DECIDING, ROOT, shown, sources

ROOMS = {
    "__init__.py",
    "app.py",
    "commands",
    "due.py",
    "limits.py",
    "migrations",
    "reactions.py",
    "state.py",
    "views",
}
OF_ANOTHER_SUBJECT = {"customer.py", "customer_fields.py", "customer_rules.py", "contact.py", "contact_rules.py"}
"""What is decided on besides the service's main subject: docs/decisions/0013-other-subjects-of-a-service.md."""
OF_A_REMEDY = {"remedy.py", "reversal.py", "action.py", "authority.py", "accountability.py"}
"""What resolution's state is made of, and who may approve: too much for one file."""
OPTIONAL = {"rules.py", "reads", "complaint.py"} | OF_ANOTHER_SUBJECT | OF_A_REMEDY
"""Conditions that several commands share: docs/decisions/0008-shared-rules.md; reads over several views."""
LONGEST = 400
VAGUE = re.compile(r"(utils?|helpers?|managers?|base_.*|.*_(utils?|helpers?|managers?))")

COMMANDS = [path for path in sources(*(f"services/{name}/commands" for name in DECIDING)) if path.stem != "__init__"]


@pytest.mark.parametrize("service", DECIDING)
def test_a_service_has_the_same_rooms_as_every_other(service: str) -> None:
    found = {path.name for path in (ROOT / "services" / service).iterdir()} - {"__pycache__"}

    assert found - OPTIONAL == ROOMS


@pytest.mark.parametrize("path", COMMANDS, ids=shown)
def test_a_command_file_holds_one_command_and_its_decision(path: Path) -> None:
    module = import_module(shown(path).removesuffix(".py").replace("/", "."))
    own = [value for value in vars(module).values() if getattr(value, "__module__", None) == module.__name__]

    assert len([value for value in own if isinstance(value, type) and issubclass(value, Command)]) == 1
    assert [value.__name__ for value in own if inspect.isfunction(value) and value.__name__ == "decide"] == ["decide"]


def test_no_file_is_longer_than_anyone_would_read() -> None:
    lengths = {shown(path): len(path.read_text().splitlines()) for path in sources("closedloop", "services", "shared")}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_module_is_named_for_nothing_in_particular() -> None:
    found = sources("closedloop", "services", "shared", "deploy", "tests")

    assert [shown(path) for path in found if VAGUE.fullmatch(path.stem) or VAGUE.fullmatch(path.parent.name)] == []
