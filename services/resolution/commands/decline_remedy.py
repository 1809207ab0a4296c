"""客户不接受 The customer does not want the remedy offered."""

from typing import Any, ClassVar

from pydantic import Field

from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Refused
from shared.events.resolution import RemedyDeclined, ResolutionEvent
from shared.events.vocabulary import Digest
from shared.privacy.personal import Personal


class DeclineRemedy(ComplaintCommand, path="/complaints/{complaint_id}/decline", may=("agent", "triage_lead")):
    """The customer declines; the option is spent and another one follows (domain 4.3, loop 7)."""

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "reasons": "The customer wants the interest back as well.",
    }

    digest: Digest
    reasons: str = Field(min_length=1, max_length=16_000, pattern=r"\S")


def decide(state: Resolution, command: DeclineRemedy) -> list[ResolutionEvent]:
    findings = state.workable(command.actor)
    known = state.option_of(command.digest)
    if known is not None and known.ended == "declined":
        return []
    remedy = state.underway(command.digest)
    remedy.offered()
    if remedy.payment is not None:
        raise Refused("execution_started", "The execution has started. Wait for its outcome.")
    if remedy.acceptance is not None:
        raise Refused("already_accepted", "The customer accepted it before. A leader can still return the remedy.")
    return [
        RemedyDeclined(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=remedy.option.id,
            digest=remedy.option.digest,
            reasons=Personal.of(findings.person, command.reasons),
        )
    ]
