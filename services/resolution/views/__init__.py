"""What resolution can be asked: one question a file.

Here, what all of them share: who may see what they show of a complaint. A row that said so itself would stay open when
the case is restricted, or a conflict declared, only after the row was written (N16).
"""

from typing import Annotated, Any

from pydantic import BeforeValidator
from sqlalchemy import Column, ColumnElement, Table, exists, true

from shared.events.intake import Classified, ComplaintClassified, ComplaintReclassified
from shared.events.investigation import ConflictDeclared, FindingsAccepted
from shared.projections.scope import conflict_declared, unrestricted
from shared.projections.view import At, Upsert, View, flag, text, texts

SCOPE: tuple[Column[Any], ...] = (text("department"), flag("restricted"), texts("conflicted"))
"""Columns of the complaint's own row, by which it is decided who may see whatever a view shows of it."""

Restricted = Annotated[bool, BeforeValidator(bool)]
"""As the scope has it, where nothing said is no."""


def restriction(event: Classified | FindingsAccepted) -> dict[str, bool]:
    """As values of a row. A restriction is never lifted: of two facts the one that knew less may come last."""
    return {"restricted": True} if event.restricted else {}


def classified(event: Classified, at: At) -> Upsert | None:
    return Upsert(at.subject_id, restricted=True) if event.restricted else None


def taken_over(event: FindingsAccepted, at: At) -> Upsert:
    """From here on the case is resolution's, and of this department."""
    return Upsert(at.subject_id, department=event.department, **restriction(event))


def keep_scope(view: View) -> None:
    """Let a view keep the complaint's own row, with SCOPE, beside its other rows or with what else it says there."""
    view.on(ComplaintClassified, ComplaintReclassified)(classified)
    view.on(FindingsAccepted)(taken_over)
    view.on(ConflictDeclared)(conflict_declared)


def open_to(table: Table, actor: Any) -> ColumnElement[bool]:
    """Rows with SCOPE: open to this actor."""
    scope = unrestricted(table, actor)
    return true() if scope is None else scope


def of_cases_open_to(table: Table, actor: Any) -> ColumnElement[bool]:
    """Rows that bear a `complaint_id`, of complaints that are open to this actor."""
    case: Any = table.alias()
    return exists().where(case.c.key == table.c.complaint_id, open_to(case, actor))
