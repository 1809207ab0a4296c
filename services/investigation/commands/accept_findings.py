"""认可调查结论 The lead accepts the findings: they stand, and whoever investigated is fixed."""

from typing import Any, ClassVar

from services.investigation.rules import CaseCommand, must_be_under_way, must_be_unsettled, must_review
from services.investigation.state import Investigation
from shared.decide import Known, Refused
from shared.events.investigation import FindingsAccepted, InvestigationEvent


class AcceptFindings(
    CaseCommand,
    path="/complaints/{complaint_id}/findings/acceptance",
    may=("department_lead",),
    contested=True,
    in_person=True,
):
    """Accept the findings as they were submitted (domain 4.2, FindingsAccepted; design 4.3).

    The fact names everyone who acted so far, since four eyes in approval and callback rest on it. The department's lead
    may well be the superior of whom it is about: somebody must answer for the findings, and approval lies elsewhere.
    """

    example: ClassVar[dict[str, Any]] = {}


def decide(state: Investigation, command: AcceptFindings, known: Known) -> list[InvestigationEvent]:
    must_be_under_way(state)
    must_review(state, command.actor, known)
    if state.accepted:
        return []
    must_be_unsettled(state, known)
    if state.findings is None or state.cause is None:
        raise Refused("no_findings", "There are no findings to accept. The investigator has not submitted any.")
    accepted = FindingsAccepted(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        verdict=state.findings.verdict,
        cause=state.cause.code,
        department=state.department,
        loss=state.findings.loss,
        submitted_by=state.findings.submitted_by,
        handled_by=tuple(dict.fromkeys((*state.hands, command.actor.id))),
        investigators=state.investigators,
        recused=tuple(dict.fromkeys((*state.barred, *state.complained_of))),
        severity=state.severity,
        restricted=state.restricted,
        person=state.person,
    )
    return [accepted]
