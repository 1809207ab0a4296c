"""The pages that are made from the code say what the code says, and show it as it is written."""

from html import unescape
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from closedloop.docs.__main__ import main
from closedloop.docs.markdown import code, plain, table
from closedloop.docs.pages import DOCS, pages, stale, write
from closedloop.docs.stated import facts_stated
from closedloop.installation import SERVICES
from closedloop.system import rooms_of
from services.resolution.commands import record_payment
from services.resolution.state import Resolution
from shared.decide import Refused
from shared.events.base import Event, all_events
from shared.events.resolution import RemedyAccepted, RemedyOffered, ResolutionEvent

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), min_size=1).map(str.strip)


@pytest.fixture(scope="module")
def wanted() -> dict[str, str]:
    return pages()


@pytest.fixture
def written(tmp_path: Path, wanted: dict[str, str]) -> Path:
    write(tmp_path, wanted)
    return tmp_path


def test_the_pages_are_up_to_date(wanted: dict[str, str]) -> None:
    assert stale(DOCS, wanted) == [], "run `make docs`"


def test_what_was_just_written_is_up_to_date(written: Path, wanted: dict[str, str]) -> None:
    assert stale(written, wanted) == []
    assert write(written, wanted) == []


def test_a_changed_a_missing_and_a_leftover_page_are_noticed_and_put_right(
    written: Path, wanted: dict[str, str]
) -> None:
    (written / "services" / "gone.md").write_bytes((written / "glossary.md").read_bytes())
    (written / "settings.md").write_text("other", encoding="utf-8")
    (written / "openapi" / "intake.json").unlink()
    wrong = ["openapi/intake.json", "services/gone.md", "settings.md"]

    assert stale(written, wanted) == wrong
    assert write(written, wanted) == wrong
    assert stale(written, wanted) == []


def test_a_page_written_by_hand_is_left_alone(written: Path, wanted: dict[str, str]) -> None:
    (written / "operations.md").write_text("# By hand\n", encoding="utf-8")

    assert write(written, wanted) == []
    assert (written / "operations.md").read_text(encoding="utf-8") == "# By hand\n"


def test_a_check_says_what_it_found_and_writes_nothing(
    written: Path, wanted: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("closedloop.docs.__main__.DOCS", written)
    monkeypatch.setattr("closedloop.docs.__main__.pages", lambda: wanted)
    (written / "settings.md").write_text("other", encoding="utf-8")

    assert main(["--check"]) == 1
    assert capsys.readouterr().out == "not up to date: docs/settings.md\n"
    assert (written / "settings.md").read_text(encoding="utf-8") == "other"
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_pages_are_the_same_whatever_the_environment_says(
    wanted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOSEDLOOP_MAX_BODY", "2048")
    monkeypatch.setenv("CLOSEDLOOP_PORT", "9")

    assert pages() == wanted


def test_every_endpoint_stands_in_the_table_of_who_may_what(wanted: dict[str, str]) -> None:
    said = wanted["who-may-what.md"]
    paths = [
        *(
            f"POST /{s}{command.path}"
            for s in SERVICES
            for command in rooms_of(s).service.handlers
            if command.has_address()
        ),
        *(f"GET /{s}{asked.path}" for s in SERVICES for view in rooms_of(s).views for asked in view.questions),
    ]

    assert [path for path in paths if said.count(f"| `{path}` |") != 1] == []


def test_every_fact_is_stated_by_a_command_or_a_reaction(wanted: dict[str, str]) -> None:
    facts = [(event, wanted[f"services/{event.source}.md"]) for event in all_events().values()]

    assert {event.source for event, _ in facts} == set(SERVICES) - {"desk"}, "the desk decides nothing"
    assert [event.__name__ for event, said in facts if not is_stated(event, said)] == []


def is_stated(event: type[Event], said: str) -> bool:
    lines = [line for line in said.splitlines() if line.startswith(("- May state:", "| `when_"))]
    return any(f"`{event.__name__}`" in line.rpartition("May state")[2] for line in lines)


def test_a_fact_made_by_another_room_is_found_and_one_only_asked_for_is_not() -> None:
    def looks(state: Resolution, event: ResolutionEvent) -> list[ResolutionEvent]:
        match event:
            case RemedyOffered():
                raise Refused("no", "No.")
        kept: RemedyAccepted | None = event if isinstance(event, RemedyAccepted) else None
        return [kept] if kept else []

    assert facts_stated(looks, "resolution") == ()
    assert "ResolutionConcluded" in facts_stated(record_payment.decide, "resolution")


@given(WORDS.filter(bool))
@example("&amp; &#38; & a")
@example("1. one")
@example("- a")
@example("+ a")
@example("= a")
@example("# a")
def test_text_shows_as_it_is_written(text: str) -> None:
    assert MARKDOWN.render(plain(text)) == f"<p>{shown(text)}</p>\n"


@given(st.lists(WORDS.filter(bool), min_size=1, max_size=3))
def test_text_in_a_table_shows_as_it_is_written(cells: list[str]) -> None:
    heads = ["head"] * len(cells)
    rendered = MARKDOWN.render(table(heads, [[plain(cell) for cell in cells]]))

    assert cells_of(rendered) == [*heads, *(shown(cell) for cell in cells)]


def cells_of(rendered: str) -> list[str]:
    return [line[4:-5] for line in rendered.splitlines() if line.startswith(("<th>", "<td>"))]


def shown(text: str) -> str:
    """The text as HTML, with each run of blanks as one."""
    text = " ".join(text.split())
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


@pytest.mark.parametrize("text", ["a|b", "``", "`a`", "{x} <b> *c*", "|"])
def test_code_in_a_table_shows_as_it_is_written(text: str) -> None:
    rendered = MARKDOWN.render(table(("head",), [(code(text),)]))

    assert unescape(rendered).count(f"<td><code>{text}</code></td>") == 1
