"""提交调查结论 The investigator puts what they found before the lead."""

from typing import Any, ClassVar

from services.investigation.rules import CaseCommand, must_be_unread, must_be_unsettled, must_investigate
from services.investigation.state import Investigation
from shared.decide import Known, Refused
from shared.decide.wording import LongText
from shared.events.investigation import FindingsSubmitted, InvestigationEvent
from shared.events.vocabulary import Money, Verdict
from shared.privacy.personal import Personal


class SubmitFindings(CaseCommand, path="/complaints/{complaint_id}/findings", may=("investigator",), in_person=True):
    """Submit verdict, reasons and the loss assessed (domain 4.2, FindingsSubmitted).

    Rests on a cause and on at least one piece of evidence or statement of this very cycle: an earlier cycle's evidence
    led to findings that did not hold. What was asked for has been answered, or was given up with reasons.
    """

    example: ClassVar[dict[str, Any]] = {
        "verdict": "upheld",
        "reasons": "The fee was charged from February on; no announcement was sent before.",
        "loss": {"minor": 12000, "currency": "CNY"},
    }

    verdict: Verdict
    reasons: LongText
    loss: Money


def decide(state: Investigation, command: SubmitFindings, known: Known) -> list[InvestigationEvent]:
    must_be_unsettled(state, known)
    must_investigate(state, command.actor)
    must_be_unread(state)
    if not state.proof_this_cycle:
        raise Refused(
            "evidence_needed", "Add a piece of evidence or a statement in this cycle before you submit findings."
        )
    if state.cause is None:
        raise Refused("cause_needed", "Record the cause before you submit findings.")
    if state.awaited:
        raise Refused(
            "information_awaited",
            f"An answer is still awaited: {', '.join(state.awaited)}. Record it, or give it up with reasons.",
            requests=list(state.awaited),
        )
    submitted = FindingsSubmitted(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        verdict=command.verdict,
        reasons=Personal.of(state.person, command.reasons),
        loss=command.loss,
    )
    return [submitted]
