"""How a caller narrows a list: equal to, containing a value, between two instants, or searched for a piece of text."""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import Query
from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, FromClause, or_

from shared.events.vocabulary import Instant
from shared.projections.view import SEARCH, Question
from shared.web.commands import names_in

LONGEST = 200
"""Characters of a value that a row is asked to have."""


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("nul_character", "A text has no NUL character. Leave it out.")
    return text


Value = Annotated[str, StringConstraints(max_length=LONGEST), AfterValidator(_without_nul)]
"""A value to compare with; no database holds a NUL, so asking for one is a fault of the request."""


def _long_enough(piece: str) -> str:
    if len(piece) == 1 and piece.isascii():
        raise PydanticCustomError(
            "piece_too_short", "Type a little more: two letters or digits, or one Chinese character."
        )
    return piece


Piece = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_without_nul),
    AfterValidator(_long_enough),
]
"""A piece of text to search for. One Chinese character is a surname; of one letter, nearly every row would have it."""


def parameters(question: Question, table: FromClause) -> Iterator[inspect.Parameter]:
    """The query parameters of a list, each optional."""
    for name in question.filters:
        kind = table.c[name].type.python_type
        yield _parameter(name, Value if kind is str else kind)
    for name in question.several:
        yield _parameter(name, Value, "Rows whose list contains it.")
    for name in question.ranges:
        yield _parameter(f"{name}_from", Instant, "At or after this instant.")
        yield _parameter(f"{name}_until", Instant, "Before this instant.")
    if question.search:
        found_in = ", ".join(question.search)
        yield _parameter(SEARCH, Piece, f"Rows with this piece of text, in whatever case, in one of: {found_in}.")


def _parameter(name: str, kind: Any, description: str | None = None) -> inspect.Parameter:
    # One Query object each: FastAPI writes the parameter's name into it.
    asked = Annotated[kind | None, Query(description=description)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=asked, default=None)


def conditions(question: Question, table: FromClause, given: Mapping[str, Any]) -> Iterator[ColumnElement[bool]]:
    """What a row must fulfil for what was given; a parameter that is None asks nothing."""
    asked = {name: value for name, value in given.items() if value is not None}
    for name in (*names_in(question.path), *question.filters):
        if name in asked:
            yield table.c[name] == asked[name]
    for name in question.several:
        if name in asked:
            yield table.c[name].contains([asked[name]])
    for name in question.ranges:
        if since := asked.get(f"{name}_from"):
            yield table.c[name] >= since
        if until := asked.get(f"{name}_until"):
            yield table.c[name] < until
    if question.search and SEARCH in asked:
        pattern = f"%{escaped(asked[SEARCH])}%"
        # Without an ESCAPE clause, or the trigram index would not be used: backslash is what LIKE escapes by anyway.
        yield or_(*(table.c[name].ilike(pattern) for name in question.search))


def escaped(piece: str) -> str:
    """The text as LIKE takes it at its word."""
    return re.sub(r"[\\%_]", r"\\\g<0>", piece)
