"""冲正 Take back what was paid, by a compensating entry."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from services.resolution.authority import APPROVING
from services.resolution.reversal import Reversal
from services.resolution.rules import must_decide_on_reversal
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.command import derived_id
from shared.decide.wording import Reasoning
from shared.events.resolution import RemedyReversed, ResolutionEvent
from shared.events.vocabulary import Digest
from shared.privacy.personal import Personal
from shared.reference.staff import line_subjects


class ReverseRemedy(
    ComplaintCommand,
    path="/complaints/{complaint_id}/reversal",
    may=APPROVING,
    needs=("staff:{actor}", "limits:house"),
    contested=True,
    in_person=True,
):
    """The second of two persons agrees, within their limit, and the provider is told (domain 4.2).

    By an approver who neither proposed it nor paid the remedy. What was recorded is never changed: a compensating entry
    of its own follows, and the complaint is reopened. The customer's sum drops only when the provider has booked it.
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "reasons": "The statement shows both payments. The second one comes back.",
    }

    digest: Digest
    reasons: Reasoning

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        return line_subjects((self.actor.id,), states)


def decide(state: Resolution, command: ReverseRemedy, known: Known) -> list[ResolutionEvent]:
    reversal = must_decide_on_reversal(state, command.digest, command.actor, known)
    _refuse_above_limit(reversal, command, known)
    return [
        RemedyReversed(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=reversal.option,
            digest=reversal.digest,
            amount=reversal.amount,
            entry=f"rev-{derived_id(str(command.complaint_id), str(state.cycle), reversal.digest, 'reversal')}",
            proposed_by=reversal.proposer,
            reasons=Personal.of(reversal.person, command.reasons),
            customer=reversal.person,
        )
    ]


def _refuse_above_limit(reversal: Reversal, command: ReverseRemedy, known: Known) -> None:
    table = known.limits().at(command.at)
    limit = table.limit(command.actor.role, command.actor.department, reversal.amount.currency)
    if limit.minor < reversal.amount.minor:
        raise Refused(
            "reversal_above_limit",
            "The amount exceeds your authority limit. Somebody with a higher one must decide on the reversal.",
            limit=limit.minor,
            amount=reversal.amount.minor,
            currency=limit.currency,
        )
