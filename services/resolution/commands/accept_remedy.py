"""客户接受 The customer accepts the remedy offered in this cycle."""

from typing import Any, ClassVar

from services.resolution.rules import (
    must_be_of_the_customer,
    must_be_offered,
    must_be_on_its_way,
    must_be_workable,
    must_have_no_part,
)
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Known, Refused
from shared.events.resolution import RemedyAccepted, ResolutionEvent
from shared.events.vocabulary import Digest, Evidence


class AcceptRemedy(ComplaintCommand, path="/complaints/{complaint_id}/acceptance", may=("agent", "triage_lead")):
    """The customer accepts these very terms before the offer lapses, and there is proof of it (客户签字, F11).

    Recorded by somebody who neither proposed nor investigated: who wants the case off their desk does not also vouch
    for the customer's word (domain 4.2). The evidence may be a file that is kept here for this very case.
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

    def files(self) -> tuple[str, ...]:
        return (self.evidence.sha256,)


def decide(state: Resolution, command: AcceptRemedy, known: Known) -> list[ResolutionEvent]:
    findings = must_be_workable(state, command.actor)
    _refuse_lapsed(state, command.digest)
    remedy = must_be_on_its_way(state, command.digest)
    must_be_of_the_customer(state, remedy)
    if remedy.acceptance is not None:
        if remedy.acceptance == command.evidence:
            return []
        raise Refused("already_accepted", "The customer accepted this remedy already. It is to be executed now.")
    must_have_no_part(state, findings, command.actor)
    if command.at >= must_be_offered(remedy).lapses_at:
        raise _lapsed()
    if command.evidence.sha256 in known.files:
        known.file(command.evidence.sha256, command.subject_id())
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


def _refuse_lapsed(state: Resolution, digest: str) -> None:
    option = state.option_of(digest)
    if option is not None and option.ended == "lapsed":
        raise _lapsed()


def _lapsed() -> Refused:
    return Refused("offer_lapsed", "The offer has lapsed. Propose another option before the customer can accept.")
