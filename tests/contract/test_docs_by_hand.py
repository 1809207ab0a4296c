"""Pages written by hand name only what is there: commands, settings, files, other pages."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from closedloop.docs.markdown import MADE
from closedloop.docs.pages import DOCS
from closedloop.main import app
from shared.config import Settings

ROOT = DOCS.parent
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if MADE not in page.read_text(encoding="utf-8")]
MAKE = set(re.findall(r"^([a-z0-9-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def name(page: Path) -> str:
    return page.relative_to(DOCS).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_names_only_what_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert sorted({*absent_commands(text), *absent_settings(text), *absent_files(text, page.parent)}) == []


def absent_commands(text: str) -> set[str]:
    """Of the command line and of make, where they are quoted as code."""
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    quoted = " ".join(re.findall(r"`[^`\n]+`|^    .*$", text, re.MULTILINE))
    closedloop = set(re.findall(r"\bclosedloop ([a-z]+)", quoted)) - known
    return closedloop | (set(re.findall(r"\bmake ([a-z][a-z0-9-]*)", quoted)) - MAKE)


def absent_settings(text: str) -> set[str]:
    known = {f"CLOSEDLOOP_{field.upper()}" for field in Settings.model_fields}
    return set(re.findall(r"\bCLOSEDLOOP_[A-Z_]*[A-Z]", text)) - known


def absent_files(text: str, folder: Path) -> set[str]:
    """Links to other pages, and files of the code; a pattern stands for one file at least."""
    links = {link for link in re.findall(r"\]\(([^)#]+)", text) if not (folder / link).exists()}
    named = re.findall(r"`((?:closedloop|services|shared|tests|deploy|docs)/[^`\s]*)`", text)
    files = (path.partition("::")[0] for path in named if "<" not in path)  # of a test, the file that holds it
    return links | {path for path in files if not list(ROOT.glob(path.rstrip("/")))}


def test_what_is_not_there_would_be_seen(tmp_path: Path) -> None:
    text = (
        "`closedloop repair` and `make coffee`, CLOSEDLOOP_TEAPOT, [more](more.md), `shared/tea.py`, `services/*/tea`"
    )

    assert absent_commands(text) == {"repair", "coffee"}
    assert absent_settings(text) == {"CLOSEDLOOP_TEAPOT"}
    assert absent_files(text, tmp_path) == {"more.md", "shared/tea.py", "services/*/tea"}


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "decisions"], ids=name)
def test_a_decision_is_short_and_has_its_four_parts(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 40
    assert [line for line in lines if line.startswith("## ")] == [
        "## Context", "## Decision", "## Consequences", "## Alternatives",
    ]  # fmt: skip
