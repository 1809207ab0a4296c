"""不同意冲正 What was carried out stands."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from services.resolution.authority import APPROVING
from services.resolution.reversal import latest_of
from services.resolution.rules import must_decide_on_reversal
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Known
from shared.decide.wording import Reasoning
from shared.events.resolution import ResolutionEvent, ReversalRefused
from shared.events.vocabulary import Digest
from shared.privacy.personal import Personal
from shared.reference.staff import line_subjects


class RefuseReversal(
    ComplaintCommand,
    path="/complaints/{complaint_id}/reversal-refusal",
    may=APPROVING,
    needs=("staff:{actor}",),
    contested=True,
    in_person=True,
):
    """The second of two persons does not agree (domain 4.2). It may be proposed again, with better reasons."""

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "reasons": "The other payment was for another charge.",
    }

    digest: Digest
    reasons: Reasoning

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        return line_subjects((self.actor.id,), states)


def decide(state: Resolution, command: RefuseReversal, known: Known) -> list[ResolutionEvent]:
    before = latest_of(state.reversals, command.digest)
    if before is not None and before.cycle == state.cycle and before.ended == "refused":
        return []
    reversal = must_decide_on_reversal(state, command.digest, command.actor, known)
    return [
        ReversalRefused(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            digest=reversal.digest,
            reasons=Personal.of(reversal.person, command.reasons),
        )
    ]
