"""上报 Bring a complaint before somebody above."""

from typing import Any, ClassVar, Literal

from services.intake.rules import must_be_registered
from services.intake.state import Intake
from shared.decide import ComplaintCommand
from shared.decide.wording import Reasoning
from shared.events.intake import ComplaintReportedUpward, IntakeEvent
from shared.events.vocabulary import SYSTEM
from shared.privacy.personal import Personal


class ReportUpward(
    ComplaintCommand,
    path="/complaints/{complaint_id}/upward-reports",
    may=("agent", "triage_lead", "department_lead", SYSTEM),
):
    """Report a complaint to a role above, which can't refuse to hear it. Source: handbook rows F20, F27; domain 4.2.

    A registered complaint may be reported in whatever state, also after its ending, and by whomever it is about.
    """

    example: ClassVar[dict[str, Any]] = {
        "to": "higher_approver",
        "reasons": "媒体来电, 客户称将在网上公开。",
        "emergency": True,
    }

    to: Literal["triage_lead", "department_lead", "approver", "higher_approver", "risk_control", "compliance_officer"]
    reasons: Reasoning
    emergency: bool = False
    """An emergency or important matter, which can't wait (F27)."""


def decide(state: Intake, command: ReportUpward) -> list[IntakeEvent]:
    must_be_registered(state)
    return [
        ComplaintReportedUpward(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            to=command.to,
            reasons=Personal.of(state.person, command.reasons),
            emergency=command.emergency,
        )
    ]
