"""Which evidence a complaint rests on."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import BigInteger, Column, ColumnElement, Table, and_, exists

from shared.events.intake import ComplaintClassified
from shared.events.investigation import EvidenceAdded, InvestigationOpened, InvestigationReopened
from shared.projections.scope import STAFF, unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text

VIEW = View(
    name="evidence",
    version=2,
    columns=(
        text("complaint_id"),
        text("evidence"),
        text("kind"),
        text("title"),
        text("sha256"),
        Column("size", BigInteger),
        text("media_type"),
        text("obtained_from"),
        text("supersedes"),
        text("superseded_by"),
        text("added_by"),
        moment("added_at"),
        number("cycle"),
        text("department"),
        flag("restricted"),
    ),
    personal=frozenset({"title"}),
    indexes=(("complaint_id", "added_at"),),
)


class EvidencePiece(BaseModel):
    """One piece of evidence. The file itself lies elsewhere; its fingerprint proves that it is the same."""

    complaint_id: UUID
    evidence: str
    kind: Literal["document", "recording", "statement", "screenshot", "system_record", "other"]
    title: str | None
    """Empty once the person is erased."""
    sha256: str
    size: int
    """Bytes."""
    media_type: str
    obtained_from: str
    supersedes: str | None
    superseded_by: str | None
    """The later piece that took its place; both stay."""
    added_by: str
    added_at: datetime
    cycle: int


@VIEW.on(ComplaintClassified)
def classified(event: ComplaintClassified, at: At) -> Upsert:
    """One row more than there are pieces: the complaint's own, which says who may see all of them.

    A piece that said so itself would stay open to everyone when the case is restricted only after it was added (N16).
    """
    return Upsert(at.subject_id, restricted=event.restricted)


@VIEW.on(InvestigationOpened, InvestigationReopened)
def opened(event: InvestigationOpened | InvestigationReopened, at: At) -> Upsert:
    return Upsert(at.subject_id, department=event.department)


@VIEW.on(EvidenceAdded)
def added(event: EvidenceAdded, at: At) -> list[Upsert]:
    piece = Upsert(
        f"{at.subject_id}/{event.evidence}",
        complaint_id=at.subject_id,
        evidence=event.evidence,
        kind=event.kind,
        title=event.title,
        sha256=event.sha256,
        size=event.size,
        media_type=event.media_type,
        obtained_from=event.obtained_from,
        supersedes=event.supersedes,
        added_by=event.by,
        added_at=event.at,
        cycle=event.cycle,
    )
    if event.supersedes is None:
        return [piece]
    return [piece, Upsert(f"{at.subject_id}/{event.supersedes}", superseded_by=event.evidence)]


def of_cases_open_to(table: Table, actor: Any) -> ColumnElement[bool]:
    """The pieces, without the complaint's own row."""
    piece = table.c.evidence.is_not(None)
    case: Any = table.alias()
    scope = unrestricted(case, actor)
    if scope is None:
        return piece
    return and_(piece, exists().where(case.c.key == table.c.complaint_id, scope))


VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/evidence",
        may=STAFF,
        model=EvidencePiece,
        summary="The evidence of one complaint, in the order in which it was added",
        order="added_at",
        where=of_cases_open_to,
    )
)
