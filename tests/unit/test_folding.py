"""How a row changes: what is added, put into a list and taken out of it, and what follows from the rest."""

from dataclasses import replace
from typing import Any

import pytest

from shared.projections.folding import Row, fold
from shared.projections.view import Add, Append, Delete, Remove, Update, Upsert, View, flag, number, text, texts

VIEW = View("rows", version=1, columns=(number("tries"), texts("open"), text("ending"), flag("solved")))


def row(*changes: dict[str, Any], view: View = VIEW) -> Row:
    """The row after these changes, one after the other."""
    now: Row | None = None
    for values in changes:
        now = fold(view, now, Upsert("a", **values), "complaint:a", 3)
    assert now is not None
    return now


def test_an_absent_number_counts_as_none_at_all() -> None:
    assert row({"tries": Add(1)}, {"tries": Add(2)}, {"tries": Add(-1)})["tries"] == 2


def test_a_text_stands_once_in_a_list_until_it_is_taken_out() -> None:
    assert row({"open": Append("x")}, {"open": Append("y")}, {"open": Append("x")})["open"] == ["x", "y"]
    assert row({"open": Append("x")}, {"open": Append("y")}, {"open": Remove("x")})["open"] == ["y"]
    assert row({"open": Remove("x")})["open"] == []


def test_what_is_not_named_stays_and_what_there_is_no_column_for_is_refused() -> None:
    assert row({"ending": "closed"}, {"tries": 1})["ending"] == "closed"
    with pytest.raises(KeyError, match="rows has no column age"):
        row({"age": 1})


def test_what_follows_from_the_rest_is_worked_out_after_every_change() -> None:
    view = replace(VIEW, derived={"solved": lambda made: made["ending"] is not None and not made["open"]})
    held = ({"ending": "closed"}, {"open": Append("review")})
    assert row({"tries": 1}, view=view)["solved"] is False
    assert row(*held, view=view)["solved"] is False
    assert row(*held, {"open": Remove("review")}, view=view)["solved"] is True


def test_an_update_changes_the_row_that_is_there_and_makes_none() -> None:
    assert fold(VIEW, row({"tries": 1}), Update("a", tries=Add(1)), "complaint:a", 3) == row({"tries": 2})
    assert fold(VIEW, None, Update("a", tries=Add(1)), "complaint:a", 3) is None


def test_a_row_that_should_not_exist_is_none() -> None:
    assert fold(VIEW, row({"tries": 1}), Delete("a"), "complaint:a", 3) is None
