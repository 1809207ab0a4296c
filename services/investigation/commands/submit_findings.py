"""提交调查结论 The investigator puts what they found before the lead."""

from typing import Any, ClassVar

from services.investigation.rules import must_be_unsettled, must_investigate
from services.investigation.state import Investigation
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import LongText
from shared.events.investigation import FindingsSubmitted, InvestigationEvent
from shared.events.vocabulary import Money, Verdict
from shared.privacy.personal import Personal


class SubmitFindings(ComplaintCommand, path="/complaints/{complaint_id}/findings", may=("investigator",)):
    """Submit verdict, reasons and the loss assessed (domain 4.2, FindingsSubmitted).

    Rests on a cause and on at least one piece of evidence of this very cycle: an earlier cycle's evidence led to
    findings that did not hold.
    """

    example: ClassVar[dict[str, Any]] = {
        "verdict": "upheld",
        "reasons": "The fee was charged from February on; no announcement was sent before.",
        "loss": {"minor": 12000, "currency": "CNY"},
    }

    verdict: Verdict
    reasons: LongText
    loss: Money


def decide(state: Investigation, command: SubmitFindings) -> list[InvestigationEvent]:
    must_be_unsettled(state)
    must_investigate(state, command.actor)
    if state.findings is not None:
        raise Refused("findings_submitted", "Findings are with the lead already. Wait, or have them returned.")
    if not state.evidence_this_cycle:
        raise Refused("evidence_needed", "Add at least one piece of evidence in this cycle before you submit findings.")
    if state.cause is None:
        raise Refused("cause_needed", "Record the cause before you submit findings.")
    submitted = FindingsSubmitted(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        verdict=command.verdict,
        reasons=Personal.of(state.person, command.reasons),
        loss=command.loss,
    )
    return [submitted]
