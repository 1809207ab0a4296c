"""审核回访 What audits of callback records found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Table

from services.callback.views import SCOPE, scope_row, visible
from shared.events.callback import CallbackRecordAudited
from shared.projections.scope import STAFF
from shared.projections.view import At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    name="audits",
    version=2,
    columns=(
        text("complaint_id"),
        number("cycle"),
        text("caller"),
        text("auditor"),
        moment("audited_at"),
        flag("complete"),
        flag("conform"),
        flag("truthful"),
        flag("items"),
        flag("result_void"),
        text("remarks"),
        text("department"),
        flag("restricted"),
        texts("conflicted"),
    ),
    personal=frozenset({"remarks"}),
    indexes=(("complaint_id", "audited_at"), ("audited_at",), ("caller", "audited_at")),
)


class Audit(BaseModel):
    """One audit of what a caller recorded in a cycle (F49)."""

    complaint_id: UUID
    cycle: int
    caller: str
    auditor: str
    audited_at: datetime
    complete: bool
    conform: bool
    truthful: bool
    items: bool
    result_void: bool
    """What the customer is said to have said counts no more."""


class AuditWithRemarks(Audit):
    """With the auditor's remarks."""

    remarks: str | None
    """Empty once the person is erased."""


VIEW.on(*SCOPE)(scope_row)


@VIEW.on(CallbackRecordAudited)
def audited(event: CallbackRecordAudited, at: At) -> Upsert:
    return Upsert(
        str(at.id),
        complaint_id=at.subject_id,
        cycle=event.cycle,
        caller=event.caller,
        auditor=event.by,
        audited_at=event.at,
        complete=event.complete,
        conform=event.conform,
        truthful=event.truthful,
        items=event.items,
        result_void=event.result_void,
        remarks=event.remarks,
    )


def only_audits(table: Table, actor: Any) -> ColumnElement[bool]:
    """The audits of complaints that one may see."""
    return visible(table, actor, table.c.audited_at.is_not(None))


VIEW.ask(
    Question(
        path="/callback-audits",
        may=STAFF,
        model=Audit,
        summary="Audits of callback records, the latest first",
        filters=("caller", "truthful"),
        ranges=("audited_at",),
        order="audited_at",
        descending=True,
        where=only_audits,
    )
)
VIEW.ask(
    Question(
        path="/complaints/{complaint_id}/callback-audits",
        may=STAFF,
        model=AuditWithRemarks,
        summary="Audits of one complaint's callback records, with the auditors' remarks",
        order="audited_at",
        where=only_audits,
        purpose=True,
    )
)
