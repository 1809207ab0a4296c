"""服务记录、备注 What was remarked on a case, and what was said with the customer in between."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Table, and_, exists

from shared.events.callback import ComplaintReopened
from shared.events.intake import (
    Classified,
    ComplaintClassified,
    ComplaintEstablished,
    ComplaintReclassified,
    ComplaintRegistered,
    ComplaintTakenOver,
    CustomerChased,
    JudgementOverturned,
    NoteAdded,
    NoteCorrected,
    ProgressTold,
    ResponsibleDepartmentAssigned,
)
from shared.events.investigation import ConflictDeclared
from shared.events.vocabulary import Channel
from shared.projections.scope import STAFF, conflict_declared, unrestricted
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    "notes",
    version=2,
    columns=(
        text("complaint_id"),
        text("kind"),
        text("note"),
        text("text"),
        text("reasons"),
        text("channel"),
        text("proof"),
        text("written_by"),
        text("role"),
        moment("written_at"),
        number("cycle"),
        text("department"),
        flag("restricted"),
        texts("conflicted"),
    ),
    personal=frozenset({"text", "reasons"}),
    indexes=(("complaint_id", "written_at"),),
)


class Note(BaseModel):
    """A remark, the correction of one, or what was said with the customer. None of them is ever changed."""

    complaint_id: str
    kind: Literal["note", "correction", "chased", "told"] = Field(
        description="A remark; what a remark should have said; the customer asked again; they were told how it stands."
    )
    note: str | None = Field(description="The remark's name, such as n1; a correction bears that of what it corrects.")
    text: str | None = Field(description="Null once the person is erased.")
    reasons: str | None = Field(description="Why it is corrected.")
    channel: Channel | None
    proof: str | None = Field(description="The message by which the customer was told.")
    written_by: str
    role: str | None = Field(description="In which role they wrote it.")
    written_at: datetime
    cycle: int


def _row(kind: str, event: NoteAdded | NoteCorrected | CustomerChased | ProgressTold, at: At, **values: Any) -> Upsert:
    return Upsert(
        f"{at.subject_id}/{at.version:07d}",
        complaint_id=at.subject_id,
        kind=kind,
        written_by=event.by,
        role=at.envelope.role if at.envelope else None,
        written_at=event.at,
        cycle=event.cycle,
        **values,
    )


@VIEW.on(NoteAdded)
def added(event: NoteAdded, at: At) -> Upsert:
    return _row("note", event, at, note=event.note, text=event.text)


@VIEW.on(NoteCorrected)
def corrected(event: NoteCorrected, at: At) -> Upsert:
    return _row("correction", event, at, note=event.note, text=event.text, reasons=event.reasons)


@VIEW.on(CustomerChased)
def chased(event: CustomerChased, at: At) -> Upsert:
    return _row("chased", event, at, text=event.said, channel=event.channel)


@VIEW.on(ProgressTold)
def told(event: ProgressTold, at: At) -> Upsert:
    return _row("told", event, at, text=event.told, channel=event.channel, proof=event.proof)


@VIEW.on(ComplaintRegistered)
def registered(event: ComplaintRegistered, at: At) -> Upsert:
    """One row more than there are remarks: the complaint's own, which says who may see all of them (N16)."""
    return Upsert(at.subject_id, restricted=False)


@VIEW.on(ComplaintClassified, ComplaintReclassified)
def classified(event: Classified, at: At) -> Upsert:
    return Upsert(at.subject_id, restricted=event.restricted)


@VIEW.on(ComplaintTakenOver, ComplaintEstablished, JudgementOverturned, ResponsibleDepartmentAssigned)
def of_department(
    event: ComplaintTakenOver | ComplaintEstablished | JudgementOverturned | ResponsibleDepartmentAssigned, at: At
) -> Upsert:
    return Upsert(at.subject_id, department=event.department)


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert | None:
    return Upsert(at.subject_id, department=None) if event.stage == "judgement" else None


def of_cases_open_to(table: Table, actor: Any) -> ColumnElement[bool]:
    """The remarks, without the complaint's own row, and without those of a restricted case of others."""
    remark = table.c.kind.is_not(None)
    case: Any = table.alias()
    scope = unrestricted(case, actor)
    return remark if scope is None else and_(remark, exists().where(case.c.key == table.c.complaint_id, scope))


VIEW.on(ConflictDeclared)(conflict_declared)

VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/notes",
        may=STAFF,
        model=Note,
        summary="What was remarked on one complaint and said with its customer, in order.",
        filters=("kind",),
        order="written_at",
        where=of_cases_open_to,
        purpose=True,
    )
)
