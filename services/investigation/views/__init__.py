"""One file a view: its columns, its fold, and the questions it answers.

Here, what all of them share: who may see what they show of a complaint. A row that said so itself would stay open when
the case is restricted, or a conflict declared, only after the row was written (N16).
"""

from typing import Any

from sqlalchemy import Column, ColumnElement, Table, exists, true

from shared.events.intake import Classified, ComplaintClassified, ComplaintReclassified
from shared.events.investigation import ConflictDeclared, InvestigationOpened, InvestigationReopened
from shared.projections.scope import conflict_declared, unrestricted
from shared.projections.view import At, Upsert, View, flag, text, texts

SCOPE: tuple[Column[Any], ...] = (text("department"), flag("restricted"), texts("conflicted"))
"""Columns of the complaint's own row, by which it is decided who may see whatever a view shows of it."""


def classified(event: Classified, at: At) -> Upsert | None:
    """A restriction is never lifted."""
    return Upsert(at.subject_id, restricted=True) if event.restricted else None


def opened(event: InvestigationOpened | InvestigationReopened, at: At) -> Upsert:
    return Upsert(at.subject_id, department=event.department)


def keep_scope(view: View) -> None:
    """Let a view of many rows a complaint keep one row more: the complaint's own, with SCOPE."""
    view.on(ComplaintClassified, ComplaintReclassified)(classified)
    view.on(InvestigationOpened, InvestigationReopened)(opened)
    view.on(ConflictDeclared)(conflict_declared)


def open_to(table: Table, actor: Any) -> ColumnElement[bool]:
    """Rows with SCOPE: open to this actor."""
    scope = unrestricted(table, actor)
    return true() if scope is None else scope


def of_cases_open_to(table: Table, actor: Any) -> ColumnElement[bool]:
    """Rows that bear a `complaint_id`, of complaints that are open to this actor."""
    case: Any = table.alias()
    return exists().where(case.c.key == table.c.complaint_id, open_to(case, actor))
