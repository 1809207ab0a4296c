"""How far a complaint is, and whom it waits for: one word a stage, in the order of its life (domain 4.1)."""

from typing import Final, Literal

Stage = Literal[
    "registered", "acknowledged", "rejection_proposed", "established", "not_established", "investigation_opened",
    "investigating", "awaiting_information", "findings_submitted", "findings_accepted", "approval_pending", "approved",
    "offered", "accepted", "executing", "payment_unknown", "execution_failed", "courtesy_replied",
    "concluded", "callback_due", "callback_attempted", "reached", "satisfied", "dissatisfied", "unreachable",
    "reaffirmed", "withdrawn", "withdrawal_confirmed", "referred",
    "in_error", "reopened", "closed", "summarised", "archived",
]  # fmt: skip

Pending = Literal["withdrawal", "voiding", "reversal", "review"]
"""What holds it up beside its stage, until it is decided: then it goes on from where it stood."""

WAITS_FOR: Final[dict[str, str | None]] = {
    "registered": "agent",
    "acknowledged": "triage_lead",
    "rejection_proposed": "reviewer",
    "established": "triage_lead",
    "not_established": "agent",
    "investigation_opened": "department_lead",
    "investigating": "investigator",
    "awaiting_information": "investigator",
    "findings_submitted": "department_lead",
    "findings_accepted": "resolution_officer",
    "approval_pending": "approver",
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
"""The role that has the next step; None where nobody has, or only the system."""

SOLVED: Final = frozenset({"withdrawal_confirmed", "referred", "in_error", "closed", "summarised", "archived"})
"""Until one of these, the first agent keeps track of it 首问负责 (F29)."""
