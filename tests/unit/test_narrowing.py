"""How a list is narrowed: which parameters it takes, and what they ask of a row."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import create_engine, literal, select
from sqlalchemy.dialects import postgresql

from shared.projections.table import ViewTable, answering
from shared.projections.view import Question, View, moment, text, texts
from shared.web.narrowing import Piece, Value, conditions, escaped, parameters


class Shown(BaseModel):
    name: str


VIEW = View(
    "shown",
    version=1,
    columns=(text("complaint_id"), text("status"), text("name"), text("product"), moment("due_at"), texts("hands")),
    indexes=(("status", "due_at"), ("hands",)),
    searched=("name", "product"),
)
LIST = Question(
    "/cases/{complaint_id}/shown",
    may=("agent",),
    model=Shown,
    summary="All.",
    filters=("status",),
    search=("name", "product"),
    several=("hands",),
    ranges=("due_at",),
)
NOTHING = {"complaint_id": None, "status": None, "hands": None, "due_at_from": None, "due_at_until": None, "q": None}
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def asked(**given: object) -> list[str]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    found = conditions(LIST, answering(VIEW), NOTHING | given)
    return [str(each.compile(dialect=dialect, compile_kwargs={"literal_binds": True})) for each in found]


def test_a_list_takes_a_parameter_for_each_way_to_narrow_it() -> None:
    names = [parameter.name for parameter in parameters(LIST, answering(VIEW))]
    assert tuple(names) == LIST.narrowed_by == ("status", "hands", "due_at_from", "due_at_until", "q")


def test_what_is_not_given_asks_nothing() -> None:
    assert asked() == []


def test_each_parameter_asks_its_own() -> None:
    assert asked(complaint_id="a", status="due") == [
        "views.shown_v1.complaint_id = 'a'",
        "views.shown_v1.status = 'due'",
    ]
    assert "hands @> ARRAY['li.na']" in asked(hands="li.na")[0]
    since, until = asked(due_at_from=NOON, due_at_until=NOON)
    assert "due_at >= '2026-03-03 12:00" in since
    assert "due_at < '2026-03-03 12:00" in until


def test_a_search_asks_whether_one_of_the_columns_has_the_piece() -> None:
    (found,) = asked(q="wang")
    assert found.count("ILIKE '%%wang%%'") == 2
    assert "name" in found and "product" in found and " OR " in found
    assert "ESCAPE" not in found, "with it, the index would not be used"


@given(st.text(alphabet="a%_\\王", max_size=8), st.text(alphabet="a%_\\王", max_size=8))
def test_a_piece_is_taken_at_its_word(piece: str, within: str) -> None:
    """Nothing that LIKE takes for a sign of its own is left: it is found exactly where it stands."""
    with create_engine("sqlite://").connect() as connection:
        likes = select(literal(within).like(f"%{escaped(piece)}%", escape="\\"))
        assert bool(connection.scalar(likes)) == (piece in within)


@pytest.mark.parametrize("text", ["a", " a ", "", "a" * 101, "a\0b"])
def test_a_piece_to_search_for_is_bounded(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Piece).validate_python(text)
    assert all("input" not in error["msg"].lower() for error in refused.value.errors())


def test_a_surname_of_one_character_may_be_searched_for() -> None:
    assert TypeAdapter(Piece).validate_python(" 王 ") == "王"


@pytest.mark.parametrize("text", ["a" * 201, "a\0"])
def test_a_value_to_compare_with_is_bounded(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Value).validate_python(text)


def test_a_question_that_searches_without_an_index_is_refused() -> None:
    view = View("other", version=1, columns=(text("name"),))
    with pytest.raises(TypeError, match="other does not keep name as searched"):
        view.ask(Question("/others", may=("agent",), model=Shown, summary="All.", search=("name",)))


def test_texts_that_are_searched_and_lists_have_indexes_for_what_stands_within_them() -> None:
    indexes = {str(index.name): index.dialect_options["postgresql"] for index in ViewTable(VIEW, 1)._table.indexes}
    assert {name: options["using"] for name, options in indexes.items()} == {
        "shown_v1_g1_status_due_at": "btree",
        "shown_v1_g1_hands": "gin",
        "shown_v1_g1_name_pieces": "gin",
        "shown_v1_g1_product_pieces": "gin",
    }
    assert indexes["shown_v1_g1_name_pieces"]["ops"] == {"name": "gin_trgm_ops"}
