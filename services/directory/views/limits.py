"""审批权限 The tables of authority limits: those ever activated, and the one that waits for its second person."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from services.directory.limits import PROPOSAL
from services.directory.rules import ROLES
from shared.events.directory import LimitsActivated, LimitsProposed
from shared.events.vocabulary import LimitEntry
from shared.projections.view import At, Change, Delete, Question, Upsert, View, moment, text

VIEW = View(
    "limits",
    version=1,
    columns=(
        text("table_name"),
        text("status"),
        text("entries"),
        moment("effective_from"),
        text("proposed_by"),
        text("activated_by"),
        moment("recorded_at"),
    ),
)


def _parsed(entries: Any) -> Any:
    """The column holds JSON text."""
    return json.loads(entries) if isinstance(entries, str) else entries


class Limits(BaseModel):
    """A whole table of authority limits. In force is the last activated of those already effective."""

    table_name: str
    status: Literal["proposed", "activated"]
    entries: Annotated[list[LimitEntry], BeforeValidator(_parsed)] = Field(
        description="Role, department (* is every department) and limit in minor units. Who is not named may approve 0."
    )
    effective_from: datetime | None = Field(description="Null while it is only proposed.")
    proposed_by: str
    activated_by: str | None = Field(description="The second person.")
    recorded_at: datetime = Field(description="When it was proposed, or activated.")


def _text(entries: Iterable[LimitEntry]) -> str:
    return json.dumps([entry.model_dump() for entry in entries], separators=(",", ":"), sort_keys=True)


@VIEW.on(LimitsProposed)
def proposed(event: LimitsProposed, at: At) -> Upsert:
    return Upsert(
        PROPOSAL,
        table_name=event.table,
        status="proposed",
        entries=_text(event.entries),
        proposed_by=event.by,
        recorded_at=at.recorded,
    )


@VIEW.on(LimitsActivated)
def activated(event: LimitsActivated, at: At) -> tuple[Change, ...]:
    table = Upsert(
        event.table,
        table_name=event.table,
        status="activated",
        entries=_text(event.entries),
        effective_from=event.effective_from,
        proposed_by=event.proposed_by,
        activated_by=event.by,
        recorded_at=at.recorded,
    )
    return Delete(PROPOSAL), table


VIEW.ask(
    Question(
        path="/limits/{table}",
        may=ROLES,
        model=Limits,
        summary="One table by its name, or `proposal`: the one that waits for its second person.",
        one=True,
    )
)
VIEW.ask(
    Question(
        path="/limits",
        may=ROLES,
        model=Limits,
        summary="Every table proposed or activated, the newest first; not the house's default.",
        filters=("status",),
        order="recorded_at",
        descending=True,
    )
)
