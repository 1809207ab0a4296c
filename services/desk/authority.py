"""审批权限 The caller's own limit, and why they may not approve, as far as views can know before resolution decides."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson
from sqlalchemy import select

from services.desk.stages import APPROVING
from services.desk.views import limits, staff
from shared.decide import Actor
from shared.events.vocabulary import LimitEntry
from shared.packs.house import HOUSE_LIMITS
from shared.projections.read import Asked
from shared.projections.table import answering
from shared.reference.limits import LimitsTable, Table

_LIMITS: Final = answering(limits.VIEW)
_STAFF: Final = answering(staff.VIEW)

Why = tuple[str, Mapping[str, Any]]
"""The code of a refusal, and its details."""


async def table_in_force(asked: Asked) -> Table:
    """The table of limits as of now."""
    rows = await asked.rows(select(_LIMITS).order_by(_LIMITS.c.activation))
    return LimitsTable(activated=(*HOUSE_LIMITS.activated, *(_table(row) for row in rows))).at(asked.now)


def _table(row: Mapping[str, Any]) -> Table:
    entries = tuple(LimitEntry.model_validate(entry) for entry in orjson.loads(row["entries"]))
    return Table(row["name"], row["effective_from"], entries)


async def line_above(asked: Asked) -> frozenset[str]:
    """Everybody above the caller, at whatever level, as the directory has told; a ring ends where it closes."""
    above = select(_STAFF.c.reports_to.label("id")).where(_STAFF.c.key == asked.actor.id).cte("above", recursive=True)
    line = above.union(select(_STAFF.c.reports_to).join(above, _STAFF.c.key == above.c.id))
    return frozenset(row["id"] for row in await asked.rows(select(line.c.id).where(line.c.id.is_not(None))))


def why_not(row: Mapping[str, Any], given: int, actor: Actor, line: Collection[str]) -> Why | None:
    """Why this actor may not take the next step of an approval (N3); None if nothing is known that speaks against it.

    `row` is the one of the view `approvals`; `given` are the steps taken so far.
    """
    if actor.role not in APPROVING:
        return "wrong_role", {"roles": list(APPROVING)}
    if actor.role == "department_lead" and actor.department != row["department"]:
        return "not_responsible_department", {"department": row["department"]}
    for code, people in (
        ("recused", row["barred"]),
        ("own_proposal", row["proposers"]),
        ("investigated", row["investigators"]),
        ("excluded", row["excluded"]),
        ("approved_before", row["approvers"]),
        ("own_execution", row["executors"]),
    ):
        if actor.id in (people or ()):
            return code, {}
    if not frozenset(line).isdisjoint(row["barred"] or ()):
        return "reports_to_recused", {}
    if APPROVING.index(actor.role) < given:
        return "higher_role_needed", {"needed_role": APPROVING[given]}
    return None
