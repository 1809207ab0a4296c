"""Who may see a case: a restricted one its department, those who decide on it, and compliance (N16); none whoever
declared a conflict of interest in it (domain 4.2).
"""

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, or_, true

from shared.events.investigation import ConflictDeclared
from shared.projections.view import Append, At, Upsert
from shared.reference.roles import READ_ALL, STAFF

__all__ = ["READ_ALL", "STAFF", "conflict_declared", "unrestricted"]


def unrestricted(table: Table, actor: Any) -> ColumnElement[bool] | None:
    """The rows this actor may see: a restricted one only from inside its department, or with a role that reads all;
    and where the view keeps who is `conflicted`, none in which they declared a conflict.
    """
    scope = None if actor.role in READ_ALL else _of_department(table, actor)
    if "conflicted" not in table.c:
        return scope
    free = func.array_position(table.c.conflicted, actor.id).is_(None)
    return free if scope is None else and_(free, scope)


def _of_department(table: Table, actor: Any) -> ColumnElement[bool]:
    return or_(table.c.restricted.is_not(true()), table.c.department == actor.department)


def conflict_declared(event: ConflictDeclared, at: At) -> Upsert:
    """Their access ends at once, also to what was written before."""
    return Upsert(at.subject_id, conflicted=Append(event.person))
