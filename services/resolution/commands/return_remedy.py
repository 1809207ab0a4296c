"""退回 The approver sends a remedy back; what was approved of it is dead."""

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
from shared.events.resolution import RemedyReturned, ResolutionEvent
from shared.events.vocabulary import Digest
from shared.privacy.personal import Personal
from shared.reference.staff import line_subjects


class ReturnRemedy(
    ComplaintCommand,
    path="/complaints/{complaint_id}/remedy-return",
    may=APPROVING,
    needs=("staff:{actor}",),
    contested=True,
    in_person=True,
):
    """Ask for another or a better option, until the execution has started, or after it failed (loops 8 and 10).

    Once a part of it was paid the rest is owed: it is started again, not returned.
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "reasons": "The interest lost is not in it. Propose an option that has it.",
    }

    digest: Digest
    reasons: Reasoning

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        return line_subjects((self.actor.id,), states)


def decide(state: Resolution, command: ReturnRemedy, known: Known) -> list[ResolutionEvent]:
    findings = must_be_workable(state, command.actor)
    option = state.option_of(command.digest)
    if option is not None and option.ended == "returned":
        return []
    remedy = must_be_on_its_way(state, command.digest)
    must_be_impartial(state, findings, command.actor, known)
    must_not_have_begun(remedy)
    must_hold_the_office(command.actor, known)
    return [
        RemedyReturned(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=remedy.option.id,
            digest=remedy.option.digest,
            reasons=Personal.of(state.person, command.reasons),
        )
    ]
