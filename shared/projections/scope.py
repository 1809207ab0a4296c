"""Who may see a restricted case: its department, those who decide on it, and compliance (N16)."""

from typing import Any

from sqlalchemy import ColumnElement, Table, or_, true

READ_ALL = frozenset({"compliance_officer", "approver", "higher_approver", "triage_lead", "system"})
"""Roles that decide or audit across departments."""

STAFF = (
    "agent",
    "triage_lead",
    "department_lead",
    "investigator",
    "resolution_officer",
    "approver",
    "higher_approver",
    "executor",
    "callback_agent",
    "reviewer",
    "quality_reviewer",
    "compliance_officer",
)
"""Every role that works on or audits complaints."""


def unrestricted(table: Table, actor: Any) -> ColumnElement[bool] | None:
    """The rows this actor may see: a restricted one only from inside its department, or with a role that reads all."""
    if actor.role in READ_ALL:
        return None
    return or_(table.c.restricted.is_not(true()), table.c.department == actor.department)
