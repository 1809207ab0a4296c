"""Roles, and which of them look across departments."""

READ_ALL = frozenset(
    {
        "compliance_officer",
        "approver",
        "higher_approver",
        "triage_lead",
        "reviewer",
        "executor",
        "callback_agent",
        "risk_control",
        "system",
    }
)
"""Roles that decide on, carry out or audit cases of every department; an agent's is not among them (N16)."""

AUDITOR = "compliance_officer"
"""Whoever holds it reads every case and changes none, in whatever other role and in nobody's name (N18)."""

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
    "risk_control",
    "back_office",
    "hr",
)
"""Every role that works on or audits complaints."""
