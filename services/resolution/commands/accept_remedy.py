"""客户接受 The customer accepts the remedy offered in this cycle."""

from typing import Any, ClassVar

from services.resolution.state import Remedy, Resolution
from shared.decide import ComplaintCommand, Refused
from shared.events.investigation import FindingsAccepted
from shared.events.resolution import RemedyAccepted, ResolutionEvent
from shared.events.vocabulary import Digest, Evidence


class AcceptRemedy(ComplaintCommand, path="/complaints/{complaint_id}/acceptance", may=("agent", "triage_lead")):
    """The customer accepts these very terms before the offer lapses, and there is proof of it (客户签字, F11).

    Recorded by somebody who neither proposed nor investigated: who wants the case off their desk does not also vouch
    for the customer's word (domain 4.2).
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "evidence": {
            "kind": "signature",
            "reference": "letter-20260320-0031",
            "sha256": "0c1d2e3f4a5b60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
        },
    }

    digest: Digest
    evidence: Evidence


def decide(state: Resolution, command: AcceptRemedy) -> list[ResolutionEvent]:
    findings = state.workable(command.actor)
    remedy = state.underway(command.digest)
    if remedy.acceptance is not None:
        if remedy.acceptance == command.evidence:
            return []
        raise Refused("already_accepted", "The acceptance stands with other evidence. Nothing more is needed.")
    _refuse_interested(remedy, findings, command.actor.id)
    if command.at >= remedy.offered().lapses_at:
        raise Refused("offer_lapsed", "The offer has lapsed. Make it again before the customer can accept.")
    return [
        RemedyAccepted(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=remedy.option.id,
            digest=remedy.option.digest,
            evidence=command.evidence,
        )
    ]


def _refuse_interested(remedy: Remedy, findings: FindingsAccepted, actor: str) -> None:
    if actor == remedy.option.proposer:
        raise Refused("own_proposal", "You proposed this remedy. Another agent must record the acceptance.")
    if actor in {*findings.investigators, findings.submitted_by}:
        raise Refused("investigated", "You investigated this complaint. Another agent must record the acceptance.")
