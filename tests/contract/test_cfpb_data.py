"""The real complaints: every row is read, and agrees with the list that was made beside them."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from closedloop.importing import ImportRow, open_text, read_cfpb
from closedloop.importing.cfpb import CHANNELS

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
TODAY = date(2026, 12, 31)
RAW = "Consumer complaint narrative"

pytestmark = pytest.mark.skipif(
    not (DATA / "cfpb_dev.csv").is_file(),
    reason="the real complaints are not here: cfpb_dev.csv is expected in ../shared/data beside the repository",
)


@pytest.fixture(scope="module")
def rows() -> list[ImportRow]:
    with open_text(DATA / "cfpb_dev.csv") as text:
        read = list(read_cfpb(text, today=TODAY))
    return [row for row in read if isinstance(row, ImportRow)]


@pytest.fixture(scope="module")
def listed() -> list[dict[str, str]]:
    with (DATA / "cfpb_dev_rows.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def verbatim() -> list[dict[str, str]]:
    with (DATA / "cfpb_dev.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_every_row_is_taken(rows: list[ImportRow], listed: list[dict[str, str]]) -> None:
    assert len(rows) == len(listed) == 4978
    assert [row.external_id for row in rows] == [entry["complaint_id"] for entry in listed]
    assert len({row.external_id for row in rows}) == 4900


def test_every_date_agrees(rows: list[ImportRow], listed: list[dict[str, str]]) -> None:
    for row, entry in zip(rows, listed, strict=True):
        assert row.received_on.isoformat() == entry["date_received_iso"], entry["row"]
        assert (row.sent_on.isoformat() if row.sent_on else "") == entry["date_sent_iso"], entry["row"]


def test_every_narrative_has_its_length(
    rows: list[ImportRow], listed: list[dict[str, str]], verbatim: list[dict[str, str]]
) -> None:
    """The list counts a carriage return before a newline; we keep the newline only."""
    for row, entry, cells in zip(rows, listed, verbatim, strict=True):
        assert len(row.narrative or "") == int(entry["narrative_chars"]) - cells[RAW].count("\r\n"), entry["row"]
    assert sum(row.narrative is not None for row in rows) == 1933


def test_copies_and_conflicts_are_told_apart(
    rows: list[ImportRow], listed: list[dict[str, str]], verbatim: list[dict[str, str]]
) -> None:
    """Of the 18 rows listed as conflicting, 11 differ in spelling only (another date format, None for nothing): they
    say the same, so they are copies. The other 7 say something else.
    """
    primary = {
        row.external_id: (row, cells)
        for row, entry, cells in zip(rows, listed, verbatim, strict=True)
        if entry["version"] == "primary"
    }
    found: Counter[str] = Counter()
    for row, entry, cells in zip(rows, listed, verbatim, strict=True):
        first, first_cells = primary[row.external_id]
        if entry["version"] == "exact":
            assert row.fingerprint == first.fingerprint and cells == first_cells, entry["row"]
        elif entry["version"] == "conflict":
            says_the_same = _spelt_alike(cells) == _spelt_alike(first_cells) and row.received_on == first.received_on
            assert (row.fingerprint == first.fingerprint) == says_the_same, entry["row"]
            found["alike" if says_the_same else "other"] += 1
    assert found == {"alike": 11, "other": 7}


def test_what_was_sent_before_it_was_received_is_noted(rows: list[ImportRow], listed: list[dict[str, str]]) -> None:
    noted = [any("before it was received" in note for note in row.notes) for row in rows]
    assert noted == ["sent_before_received" in entry["tags"] for entry in listed]
    assert sum(noted) == 11 and sum(bool(row.notes) for row in rows) == 11


def test_values_are_normalised(rows: list[ImportRow]) -> None:
    assert {len(row.state) for row in rows if row.state} == {2}
    assert not any(row.postcode.endswith(".0") for row in rows if row.postcode)
    assert {row.timely for row in rows} == {True, False} and {row.disputed for row in rows} == {True, False, None}
    assert {row.channel for row in rows} == set(CHANNELS)
    assert {tag for row in rows for tag in row.tags} == {"Older American", "Servicemember"}


def test_no_company_is_taken_over(rows: list[ImportRow], verbatim: list[dict[str, str]]) -> None:
    for row, cells in zip(rows, verbatim, strict=True):
        fields = (row.product, row.sub_product, row.issue, row.sub_issue, row.company_response, row.state)
        assert cells["Company"] not in fields and cells["Company"] not in repr(row)


def _spelt_alike(cells: dict[str, str]) -> dict[str, str]:
    return {
        column: "" if cell in ("None", "N/A") else cell
        for column, cell in cells.items()
        if not column.startswith("Date ") and not column.startswith("Company public")
    }
