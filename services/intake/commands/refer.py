"""转介 Tell a customer in writing that their complaint is somebody else's, and whose."""

from typing import Any, ClassVar, Literal

from services.intake.rules import must_be_free_to_judge, must_go_on
from services.intake.state import Intake, Told
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.wording import Line, LongText, Reasoning
from shared.events.intake import ComplaintReferred, IntakeEvent
from shared.events.vocabulary import Reference
from shared.privacy.personal import Personal


class ReferComplaint(
    ComplaintCommand,
    path="/complaints/{complaint_id}/referral",
    may=("triage_lead",),
    needs=("staff:{actor}",),
    contested=True,
):
    """Out of scope, or another firm's: the customer was told in writing whom to turn to. It ends here. Source: 4.2.

    Only while nobody has judged it, in whatever cycle: else one person could turn away what takes two to reject (N9).
    `proof` names the dispatch: the same proof again is the same letter.
    """

    example: ClassVar[dict[str, Any]] = {
        "reason": "other_firm",
        "to": "平安保险股份有限公司, 客服电话 95511",
        "reasons": "The policy is of another firm, which the customer confirmed.",
        "letter": "非常抱歉, 您所反映的保单由另一家公司承保, 您可以直接联系……",
        "channel": "letter",
        "proof": "post-2026-000318",
    }

    reason: Literal["out_of_scope", "other_firm"]
    to: Line
    """Whom the customer was sent to, and how to reach them."""
    reasons: Reasoning
    letter: LongText
    channel: Literal["letter", "email", "app", "web", "sms"]
    """In writing only."""
    proof: Reference


def decide(state: Intake, command: ReferComplaint, known: Known) -> list[IntakeEvent]:
    if state.referral == Told(command.channel, command.proof):
        return []
    must_go_on(state)
    if state.verdict == "rejection_proposed":
        raise Refused("rejection_pending", "A rejection is proposed. A second person must confirm or return it first.")
    if state.ever_judged:
        raise Refused("already_judged", "It is judged already, so the firm has taken it up and answers for it.")
    must_be_free_to_judge(state, command.actor, known)
    return [
        ComplaintReferred(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            reason=command.reason,
            to=Personal.of(state.person, command.to),
            reasons=Personal.of(state.person, command.reasons),
            letter=Personal.of(state.person, command.letter),
            channel=command.channel,
            proof=command.proof,
        )
    ]
