"""不批准 The approver does not want this option in whatever form; what was approved of it is dead."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from services.resolution.authority import APPROVING
from services.resolution.rules import (
    must_be_impartial,
    must_be_on_its_way,
    must_be_workable,
    must_hold_the_office,
    must_not_have_begun,
)
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Known
from shared.decide.wording import Reasoning
from shared.events.resolution import RemedyRejected, ResolutionEvent
from shared.events.vocabulary import Digest
from shared.privacy.personal import Personal
from shared.reference.staff import line_subjects


class RejectRemedy(
    ComplaintCommand,
    path="/complaints/{complaint_id}/remedy-rejection",
    may=APPROVING,
    needs=("staff:{actor}",),
    contested=True,
    in_person=True,
):
    """Say no to an option for good: its proposers look for another kind of remedy (F10, domain 4.2)."""

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "reasons": "The fee was agreed in writing. An apology is due, no refund.",
    }

    digest: Digest
    reasons: Reasoning

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        return line_subjects((self.actor.id,), states)


def decide(state: Resolution, command: RejectRemedy, known: Known) -> list[ResolutionEvent]:
    findings = must_be_workable(state, command.actor)
    option = state.option_of(command.digest)
    if option is not None and option.ended == "rejected":
        return []
    remedy = must_be_on_its_way(state, command.digest)
    must_be_impartial(state, findings, command.actor, known)
    must_not_have_begun(remedy)
    must_hold_the_office(command.actor, known)
    return [
        RemedyRejected(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=remedy.option.id,
            digest=remedy.option.digest,
            reasons=Personal.of(state.person, command.reasons),
        )
    ]
