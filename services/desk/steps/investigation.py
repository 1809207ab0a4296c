"""What investigation says of where a complaint stands."""

from services.desk.steps.row import Steps, at_stage, changed, moves_to
from shared.events import investigation
from shared.projections.view import Append, At, Remove, Upsert


def opened(event: investigation.InvestigationOpened | investigation.InvestigationReopened, at: At) -> Upsert:
    return at_stage("investigation_opened", event, at, department=event.department)


def given_to(event: investigation.InvestigatorAssigned | investigation.InvestigatorReplaced, at: At) -> Upsert:
    return at_stage("investigating", event, at, investigator=event.investigator)


def asked_for(event: investigation.InformationRequested, at: At) -> Upsert:
    return changed(at, awaited=Append(event.request))


def received(event: investigation.InformationReceived, at: At) -> Upsert | None:
    """An answer that is not complete leaves the question open."""
    return changed(at, awaited=Remove(event.request)) if event.complete or event.given_up else None


def conflict_declared(event: investigation.ConflictDeclared, at: At) -> Upsert:
    """Their access ends at once."""
    declared = Append(event.person)
    if event.replacement_needed:
        return at_stage("replacement_needed", event, at, conflicted=declared)
    return changed(at, conflicted=declared)


def findings_accepted(event: investigation.FindingsAccepted, at: At) -> Upsert:
    return at_stage("findings_accepted", event, at, verdict=event.verdict, cause=event.cause)


STEPS: Steps = {
    investigation.InvestigationOpened: opened,
    investigation.InvestigationReopened: opened,
    investigation.InvestigatorAssigned: given_to,
    investigation.InvestigatorReplaced: given_to,
    investigation.InformationRequested: asked_for,
    investigation.InformationReceived: received,
    investigation.ConflictDeclared: conflict_declared,
    investigation.FindingsAccepted: findings_accepted,
    investigation.FindingsSubmitted: moves_to("findings_submitted"),
    investigation.FindingsReturned: moves_to("investigating"),
}
