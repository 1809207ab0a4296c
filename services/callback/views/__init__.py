"""One file a view: its columns, its fold, and the questions it answers.

Where a complaint has several rows (one a cycle, a call, a review), one more row, whose key is the complaint's id, says
who may see all of them, so that a restriction also hides what was written before it (N16).
"""

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, exists

from shared.events.base import Event
from shared.events.intake import (
    Classified,
    ComplaintClassified,
    ComplaintReclassified,
    ComplaintRegistered,
    ComplaintTakenOver,
    CourtesyReplySent,
)
from shared.events.investigation import ConflictDeclared
from shared.events.resolution import ResolutionConcluded
from shared.projections.scope import unrestricted
from shared.projections.view import Append, At, Upsert

SCOPE: tuple[type[Event], ...] = (
    ComplaintRegistered,
    ComplaintTakenOver,
    ComplaintClassified,
    ComplaintReclassified,
    ResolutionConcluded,
    CourtesyReplySent,
    ConflictDeclared,
)
"""The facts that say who may see a complaint."""


def scope_row(event: Any, at: At) -> Upsert:
    """The complaint's own row: its department, whether it is restricted, and who is in conflict; only ever more so."""
    return Upsert(at.subject_id, **scope_of(event))


def scope_of(event: Any) -> dict[str, Any]:
    """What a fact says of it. Never lifted: a conclusion may rest on an older classification than the one known."""
    match event:
        case ComplaintRegistered():
            return {"restricted": False}
        case ComplaintTakenOver():
            return {"department": event.department}
        case ResolutionConcluded():
            return {"department": event.department, **_narrower(restricted=event.restricted)}
        case CourtesyReplySent():
            return {"department": None, **_narrower(restricted=event.restricted)}
        case ConflictDeclared():
            return {"conflicted": Append(event.person)}
        case Classified():
            return _narrower(restricted=event.restricted)
        case _:
            raise TypeError(f"{type(event).__name__} says nothing of who may see a complaint")


def _narrower(*, restricted: bool) -> dict[str, Any]:
    return {"restricted": True} if restricted else {}


def visible(table: Table, actor: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The rows that fulfil the condition and whose complaint this actor may see."""
    complaint: Any = table.alias()
    scope = unrestricted(complaint, actor)
    return (
        condition if scope is None else and_(condition, exists().where(complaint.c.key == table.c.complaint_id, scope))
    )
