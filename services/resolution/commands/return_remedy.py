"""退回 The approver sends a remedy back; what was approved of it is dead."""

from typing import Any, ClassVar

from pydantic import Field

from services.resolution.limits import APPROVING
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Refused
from shared.events.resolution import RemedyReturned, ResolutionEvent
from shared.events.vocabulary import Digest
from shared.privacy.personal import Personal


class ReturnRemedy(ComplaintCommand, path="/complaints/{complaint_id}/remedy-return", may=APPROVING, contested=True):
    """Ask for another or a better option, at any time until the execution has started (domain 4.2)."""

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "reasons": "The interest lost is not in it. Propose an option that has it.",
    }

    digest: Digest
    reasons: str = Field(min_length=1, max_length=16_000, pattern=r"\S")


def decide(state: Resolution, command: ReturnRemedy) -> list[ResolutionEvent]:
    findings = state.workable(command.actor)
    known = state.option_of(command.digest)
    if known is not None and known.ended == "returned":
        return []
    remedy = state.underway(command.digest)
    if remedy.payment is not None:
        raise Refused("execution_started", "The execution has started. Wait for its outcome.")
    return [
        RemedyReturned(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=remedy.option.id,
            digest=remedy.option.digest,
            reasons=Personal.of(findings.person, command.reasons),
        )
    ]
