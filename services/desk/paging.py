"""Pages of a worklist in the order of what is due: each begins after the very row at which the one before ended."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, Select, tuple_

from services.desk.measures import CASES

_CURSOR: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z)_([0-9a-f-]{36})")


def _place(cursor: str) -> str:
    """Raises ValueError for what is no place in such a list."""
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise PydanticCustomError("no_such_page", "Pass `next` of the page before, as it is.")
    datetime.fromisoformat(match[1])
    return cursor


class ByDue(BaseModel):
    """Which part of the list."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=200)
    after: Annotated[str, Field(max_length=80), AfterValidator(_place)] | None = Field(
        None, description="`next` of the page before."
    )

    def page(self, statement: Select[Any]) -> Select[Any]:
        """The rows of one page, and one more, to know whether there is a next."""
        if self.after is not None:
            due, _, key = self.after.partition("_")
            place: ColumnElement[Any] = tuple_(CASES.c.due_at, CASES.c.key)
            statement = statement.where(place > tuple_(datetime.fromisoformat(due), key))
        return statement.order_by(CASES.c.due_at, CASES.c.key).limit(self.limit + 1)


def place_of(row: Mapping[str, Any]) -> str:
    """The place after this row."""
    return f"{row['due_at'].astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}_{row['complaint_id']}"
