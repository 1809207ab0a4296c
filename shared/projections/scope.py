"""Who may see a restricted case: its department, those who decide on it, and compliance (N16)."""

from typing import Any

from sqlalchemy import ColumnElement, Table, or_, true

from shared.reference.roles import READ_ALL, STAFF

__all__ = ["READ_ALL", "STAFF", "unrestricted"]


def unrestricted(table: Table, actor: Any) -> ColumnElement[bool] | None:
    """The rows this actor may see: a restricted one only from inside its department, or with a role that reads all."""
    if actor.role in READ_ALL:
        return None
    return or_(table.c.restricted.is_not(true()), table.c.department == actor.department)
