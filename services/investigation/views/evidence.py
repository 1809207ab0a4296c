"""Which evidence a complaint rests on."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import BigInteger, Column

from services.investigation.views import SCOPE, keep_scope, of_cases_open_to
from shared.events.investigation import EvidenceAdded
from shared.projections.scope import STAFF
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text

VIEW = View(
    name="evidence",
    version=3,
    columns=(
        text("complaint_id"),
        text("evidence"),
        text("kind"),
        text("title"),
        text("sha256"),
        Column("size", BigInteger),
        text("media_type"),
        flag("stored"),
        text("obtained_from"),
        text("supersedes"),
        text("superseded_by"),
        text("added_by"),
        moment("added_at"),
        number("cycle"),
        *SCOPE,
    ),
    personal=frozenset({"title"}),
    indexes=(("complaint_id", "added_at"),),
)
keep_scope(VIEW)


class EvidencePiece(BaseModel):
    """One piece of evidence. Its fingerprint proves that it is the same, wherever it is kept."""

    complaint_id: UUID
    evidence: str
    kind: Literal["document", "recording", "statement", "screenshot", "system_record", "other"]
    title: str | None
    """Empty once the person is erased."""
    sha256: str
    size: int
    """Bytes."""
    media_type: str
    stored: bool
    """The file is kept here, under this hash; else another system has it."""
    obtained_from: str
    supersedes: str | None
    superseded_by: str | None
    """The later piece that took its place; both stay."""
    added_by: str
    added_at: datetime
    cycle: int


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
        stored=event.stored,
        obtained_from=event.obtained_from,
        supersedes=event.supersedes,
        added_by=event.by,
        added_at=event.at,
        cycle=event.cycle,
    )
    if event.supersedes is None:
        return [piece]
    return [piece, Upsert(f"{at.subject_id}/{event.supersedes}", superseded_by=event.evidence)]


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
