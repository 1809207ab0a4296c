"""One complaint as the desk's reads find it: by id or number, and only if the caller may see it."""

import re
from typing import Any

from sqlalchemy import or_, select

from services.desk.standing import Standing, visible
from services.desk.views.cases import VIEW
from shared.projections.read import Asked
from shared.projections.table import answering

_CASES = answering(VIEW)
_NOT_OF_A_NUMBER = re.compile(r"[^0-9A-Z]")


async def case_of(asked: Asked) -> Standing | None:
    """The complaint that the path names, as it stands; None if there is none, or none for this caller."""
    named = asked.path["complaint"].strip()
    statement = select(*(_CASES.c[name] for name in Standing.model_fields)).where(
        or_(_CASES.c.key == named.lower(), _CASES.c.number == as_number(named)), visible(_CASES, asked.actor)
    )
    rows: Any = await asked.rows(statement)
    return Standing.model_validate(rows[0]) if rows else None


def as_number(text: str) -> str:
    """A number as people type it, with or without its hyphen, in whatever case."""
    letters = _NOT_OF_A_NUMBER.sub("", text.upper())
    return f"{letters[:4]}-{letters[4:]}"
