"""拟冲正 Somebody says that what was carried out must be taken back."""

from typing import Any, ClassVar

from services.resolution.remedy import Remedy
from services.resolution.reversal import latest_of
from services.resolution.rules import acting_in, must_not_be_barred
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.resolution import ResolutionEvent, ReversalProposed
from shared.events.vocabulary import Digest
from shared.privacy.personal import Personal


class ProposeReversal(ComplaintCommand, path="/complaints/{complaint_id}/reversal-proposal", may=("executor",)):
    """The first of two persons: what was paid in this cycle was not due, or went wrong (domain 4.2).

    Only the whole remedy, after the conclusion, and once. Until somebody with the authority agrees nothing moves.
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "reasons": "The branch had paid the same charge back the day before.",
    }

    digest: Digest
    reasons: Reasoning


def decide(state: Resolution, command: ProposeReversal) -> list[ResolutionEvent]:
    must_not_be_barred(state, command.actor)
    remedy = _paid(state, command.digest)
    before = latest_of(state.reversals, command.digest)
    if before is not None and before.ended != "refused":
        if before.entry is None and acting_in(before.proposers, command.actor):
            return []
        raise Refused("already_reversed", "It is being taken back already. Nothing is left to propose.")
    return [
        ReversalProposed(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=remedy.option.id,
            digest=remedy.option.digest,
            amount=remedy.option.amount,
            reasons=Personal.of(remedy.person, command.reasons),
        )
    ]


def _paid(state: Resolution, digest: str) -> Remedy:
    remedy = state.remedy
    if state.concluded != "executed" or remedy is None or remedy.option.digest != digest or not remedy.option.pays:
        raise Refused("nothing_to_reverse", "Nothing was paid under these terms in this cycle. Read the case again.")
    return remedy
