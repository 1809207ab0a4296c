"""Cursor paging: a page ends at a row, and the next begins after that very row, however many came in between."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, DateTime, FromClause, Select, tuple_

from shared.web.problems import BadRequest

MOST = 200
USUAL = 50
_BITS = 31
"""Of the numbers that lists are ordered by."""


def encode(order: Any, key: str) -> str:
    raw = orjson.dumps([order, key])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(cursor: str, column: ColumnElement[Any]) -> tuple[Any, str]:
    """Raises BadRequest: a cursor is ours, and only passed back."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        order, key = orjson.loads(raw)
        if not isinstance(key, str):
            raise TypeError
        if "\0" in key:
            raise ValueError
        return _place(order, column), key
    except (binascii.Error, ValueError, TypeError, OverflowError):
        raise BadRequest("bad_cursor", "This cursor is not one of ours. Start again without it.") from None


def _place(order: Any, column: ColumnElement[Any]) -> Any:
    """Where the page before ended, as the database takes it. Raises ValueError, TypeError, OverflowError."""
    if isinstance(column.type, DateTime):
        return datetime.fromisoformat(order).astimezone(UTC)
    if not isinstance(order, column.type.python_type) or (isinstance(order, str) and "\0" in order):
        raise TypeError
    if isinstance(order, int) and order.bit_length() > _BITS:
        raise OverflowError
    return order


def page(
    statement: Select[Any], table: FromClause, order: str, cursor: str | None, limit: int, *, down: bool
) -> Select[Any]:
    """The statement for one page, with one row more than asked for, to know whether there is a next."""
    column, key = table.c[order], table.c.key
    if cursor is not None:
        after = tuple_(*decode(cursor, column))
        place: ColumnElement[Any] = tuple_(column, key)
        statement = statement.where(place < after if down else place > after)
    ordering = (column.desc(), key.desc()) if down else (column, key)
    return statement.order_by(*ordering).limit(limit + 1)
