"""How far a complaint is, whom it waits for, and by when: in words of its life (domain 4.1), as its row tells it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from shared.packs.house import APPROVERS_IF_SPECIAL

Stage = Literal[
    "registered", "acknowledged", "rejection_proposed", "established", "not_established", "investigation_opened",
    "investigating", "awaiting_information", "replacement_needed", "findings_submitted", "findings_accepted",
    "approval_pending", "approved", "offered", "accepted", "executing", "payment_unknown", "execution_failed",
    "courtesy_replied", "concluded", "callback_due", "callback_attempted", "reached", "satisfied", "dissatisfied",
    "unreachable", "record_untrue", "reaffirmed", "withdrawn", "withdrawal_confirmed", "referred",
    "in_error", "reopened", "closed", "summarised", "archived",
]  # fmt: skip

Pending = Literal["withdrawal", "voiding", "reversal", "review", "external_decision"]
"""What is to be decided beside its stage: until then it is not solved, and then it goes on from where it stood.

A decision from outside that changes the firm's own waits for the reopening that carries it out.
"""

Outcome = Literal[
    "executed", "no_remedy", "final_position", "not_established", "withdrawn", "referred", "in_error",
]  # fmt: skip
"""How a cycle was decided, or ended without a decision."""

Closing = Literal["satisfied", "unreachable", "dissatisfied_final"]

APPROVING: Final = ("department_lead", "approver", "higher_approver")
"""Roles that may approve, from below: an approval is given in steps, and each takes at least the next of them (N4)."""

WAITS_FOR: Final[Mapping[str, str | None]] = {
    "registered": "agent",
    "acknowledged": "triage_lead",
    "rejection_proposed": "reviewer",
    "established": "triage_lead",
    "not_established": "agent",
    "investigation_opened": "department_lead",
    "investigating": "investigator",
    "awaiting_information": "investigator",
    "replacement_needed": "department_lead",
    "findings_submitted": "department_lead",
    "findings_accepted": "resolution_officer",
    "approval_pending": "department_lead",
    "approved": "resolution_officer",
    "offered": "agent",
    "accepted": "executor",
    "executing": "executor",
    "payment_unknown": "executor",
    "execution_failed": "executor",
    "courtesy_replied": "callback_agent",
    "concluded": "callback_agent",
    "callback_due": "callback_agent",
    "callback_attempted": "callback_agent",
    "reached": "callback_agent",
    "satisfied": "callback_agent",
    "dissatisfied": "callback_agent",
    "unreachable": "triage_lead",
    "record_untrue": "callback_agent",
    "reaffirmed": "triage_lead",
    "withdrawn": "agent",
    "withdrawal_confirmed": None,
    "referred": None,
    "in_error": None,
    "reopened": "triage_lead",
    "closed": "triage_lead",
    "summarised": None,
    "archived": None,
}
"""The role that has the next step, unless the row says otherwise; None where nobody has, or only the system."""

SOLVED: Final = frozenset({"withdrawal_confirmed", "referred", "in_error", "closed", "summarised", "archived"})
"""Until one of these, the first agent keeps track of it 首问负责 (F29)."""

TO_CALL: Final = ("callback_due", "callback_attempted", "reached", "record_untrue")
"""Somebody is to call the customer, or to ask the one reached what they say."""

_DUE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("registered", "acknowledged", "rejection_proposed"), "began_at"),
    **dict.fromkeys(
        (
            "established", "investigation_opened", "investigating", "awaiting_information", "replacement_needed",
            "findings_submitted", "findings_accepted", "approval_pending", "approved",
        ),
        "decide_by",
    ),
    **dict.fromkeys(("accepted", "executing", "payment_unknown", "execution_failed"), "execute_by"),
    **dict.fromkeys(TO_CALL, "call_by"),
    "withdrawn": "confirm_by",
}  # fmt: skip
"""By which of the row's dates the next step of a stage is due; the others are due at once."""

Row = Mapping[str, Any]


def stage_of(row: Row) -> str:
    """The stage, as what else is known refines it: answers that are awaited, calls that reached nobody, and an approval
    that takes one person more since the complaint became special."""
    at = str(row["reached"])
    match at:
        case "investigating" if row["awaited"]:
            return "awaiting_information"
        case "callback_due" if row["tried"]:
            return "callback_attempted"
        case "approved" if row["given"] < needed(row["steps"], row["severity"]):
            return "approval_pending"
        case _:
            return at


def needed(steps: int, severity: str) -> int:
    """By how many persons a remedy must be approved, as far as is known by now."""
    return max(steps, APPROVERS_IF_SPECIAL if severity == "special" else 1)


def waits_for(row: Row) -> str | None:
    """The role that has the next step."""
    stage = stage_of(row)
    match stage:
        case "approval_pending":
            return APPROVING[min(row["given"], len(APPROVING) - 1)]
        case "offered" if not needs_acceptance(row):
            return "resolution_officer" if row["kind"] == "no_remedy" else "executor"
        case "record_untrue" if row["closing"]:
            return "triage_lead"  # closed on it: a lead reopens
        case _:
            return WAITS_FOR[stage]


def needs_acceptance(row: Row) -> bool:
    """Money, what is forgiven, and whatever the customer gives something up for (domain 4.2)."""
    return bool(row["amount"]) or row["digest"] in row["settlements"]


def is_solved(row: Row) -> bool:
    """Nothing is left for the customer to wait for: its stage is an ending, and nothing is to be decided beside it."""
    return row["reached"] in SOLVED and not row["pending"]


def due_at(row: Row) -> datetime:
    """By when the next step is due; of a review beside a stage that nobody has to hurry with, by when it is decided."""
    stage = stage_of(row)
    due: datetime = row[_date_of(stage, row)] or row["decide_by"] or row["since"]
    if "review" not in row["pending"]:
        return due
    review: datetime = row["review_by"]
    return min(due, review) if stage in TO_CALL else review


def _date_of(stage: str, row: Row) -> str:
    if stage == "offered":
        return "lapses_at" if needs_acceptance(row) else "execute_by"
    return _DUE.get(stage, "since")
