"""待我审批 What waits for the caller's approval, the earliest due first."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, and_, select

from services.desk.authority import line_above, table_in_force, why_not
from services.desk.granting import answered_for, counted_for, files_of, granted_under
from services.desk.measures import CASES
from services.desk.paging import ByDue, place_of
from services.desk.stages import APPROVING
from services.desk.standing import visible
from services.desk.views import approvals
from shared.decide import Actor
from shared.events.vocabulary import RemedyKind, Severity, Verdict
from shared.language import refusal
from shared.projections.read import Answered, Asked, Read
from shared.projections.table import answering

APPROVALS: Final = answering(approvals.VIEW)
_OF_CASES: Final = ("number", "person", "severity", "due_at", "given", "steps")
_OF_APPROVALS: Final = tuple(str(column.name) for column in approvals.VIEW.columns)


class Wanted(ByDue):
    """For whom."""

    below: bool = Field(False, description="Also what waits for a role below the caller's, who may step in.")


class Waiting(BaseModel):
    """A submitted remedy whose next step of approval is for a role that the caller has."""

    complaint_id: str
    number: str
    cycle: int
    option: str
    digest: str = Field(description="Of the very terms: the approval names it.")
    kind: RemedyKind
    amount: int = Field(description="In the currency's minor unit; 0 without money.")
    currency: str
    due_at: datetime = Field(description="By when the complaint is to be decided.")
    submitted_at: datetime
    execute_by: datetime | None
    severity: Severity
    department: str
    verdict: Verdict
    cause: str
    proposer: str
    step: int = Field(description="Which step of the approval is next.")
    granted: int = Field(description="What this customer was granted before it, as it counts against limits (N4).")
    total: int = Field(description="That with this remedy: what the approval answers for.")
    limit: int = Field(description="The caller's own, in the same currency.")
    limits_table: str
    within_limit: bool = Field(description="False: with the caller's approval it goes on to the role above.")
    why_not: str | None = Field(description="The code of why the caller may not approve it; null if nothing is known.")
    says: str | None = Field(description="The same in a sentence of the language asked for.")


class Page(BaseModel):
    items: list[Waiting]
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last.")


async def answer(asked: Asked) -> Answered:
    """Resolution decides anew when somebody approves: what is shown here is how it stands now."""
    wanted: Wanted = asked.parameters
    statement = all_waiting().where(visible(CASES, asked.actor), _for_me(asked.actor, below=wanted.below))
    rows = await asked.rows(wanted.page(statement))
    shown = rows[: wanted.limit]
    items = await waiting(asked, shown)
    following = place_of(shown[-1]) if len(rows) > wanted.limit else None
    subjects = (subject for row in shown for subject in (f"complaint:{row['complaint_id']}", row["person"]))
    return Answered(Page(items=items, next=following), tuple(subjects))


async def waiting(asked: Asked, rows: Iterable[Mapping[str, Any]]) -> list[Waiting]:
    """Each with what it comes to, against the caller's own limit."""
    rows = list(rows)
    files = await files_of(asked, {row["person"] for row in rows})
    granted = await granted_under(asked, files, {row["complaint_id"] for row in rows})
    table, line = await table_in_force(asked), await line_above(asked)
    actor = asked.actor
    items = []
    for row in rows:
        counted = counted_for(granted, files[row["person"]], row["complaint_id"], asked.now)
        total = answered_for(counted, row["complaint_id"], row["digest"], row["amount"], row["currency"])
        limit = table.limit(actor.role, actor.department, row["currency"]).minor
        why = why_not(row, row["given"], actor, line)
        items.append(
            Waiting(
                **{name: row[name] for name in Waiting.model_fields if name in row},
                step=row["given"] + 1,
                granted=max(total - row["amount"], 0),
                total=total,
                limit=limit,
                limits_table=table.name,
                within_limit=total <= limit,
                why_not=why and why[0],
                says=why and refusal(why[0], asked.language, why[1], "resolution"),
            )
        )
    return items


def all_waiting() -> Select[Any]:
    """Every remedy that waits for a step of its approval, with the terms and whom it concerns."""
    columns = (*(APPROVALS.c[name] for name in _OF_APPROVALS), *(CASES.c[name] for name in _OF_CASES))
    return select(*columns).join(CASES, CASES.c.key == APPROVALS.c.key).where(
        CASES.c.stage == "approval_pending", CASES.c.digest == APPROVALS.c.digest
    )  # fmt: skip


def _for_me(actor: Actor, *, below: bool) -> ColumnElement[bool]:
    """A department's lead decides for that department alone."""
    step = APPROVING.index(actor.role)
    roles = APPROVING[: step + 1] if below else (actor.role,)
    for_role = and_(CASES.c.waits_for.in_(roles), CASES.c.solved.is_(False))
    return and_(for_role, APPROVALS.c.department == actor.department) if step == 0 else for_role


READ = Read(
    path="/worklists/approvals",
    may=APPROVING,
    model=Page,
    summary="What waits for my approval, the earliest due first, with own limit and what was granted before",
    answer=answer,
    parameters=Wanted,
)
