"""退回调查结论 The lead wants more, and says what."""

from typing import Any, ClassVar

from services.investigation.rules import CaseCommand, must_be_under_way, must_be_unsettled, must_review
from services.investigation.state import Investigation
from shared.decide import Known, Refused
from shared.decide.wording import Reasoning
from shared.events.investigation import FindingsReturned, InvestigationEvent
from shared.privacy.personal import Personal


class ReturnFindings(
    CaseCommand,
    path="/complaints/{complaint_id}/findings/return",
    may=("department_lead",),
    contested=True,
    in_person=True,
):
    """Send the findings back with reasons: back to investigating (domain 4.2; 4.3, loop 10)."""

    example: ClassVar[dict[str, Any]] = {"reasons": "Listen to the call of 3 March too, and say who approved the fee."}

    reasons: Reasoning


def decide(state: Investigation, command: ReturnFindings, known: Known) -> list[InvestigationEvent]:
    must_be_under_way(state)
    must_review(state, command.actor, known)
    must_be_unsettled(state, known)
    if state.findings is None:
        raise Refused("no_findings", "There are no findings to return. The investigator has not submitted any.")
    returned = FindingsReturned(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        reasons=Personal.of(state.person, command.reasons),
    )
    return [returned]
