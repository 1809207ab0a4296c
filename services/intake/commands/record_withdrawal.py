"""申请撤诉 Record that the customer wants to withdraw the complaint."""

from typing import Any, ClassVar

from services.intake.rules import must_be_impartial, must_be_open
from services.intake.state import Intake
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.wording import Reasoning
from shared.events.intake import IntakeEvent, WithdrawalRequested
from shared.events.vocabulary import SYSTEM, Channel, Evidence
from shared.privacy.personal import Personal


class RecordWithdrawal(
    ComplaintCommand,
    path="/complaints/{complaint_id}/withdrawal",
    may=("agent", "triage_lead", SYSTEM),
    in_person=True,
):
    """The customer's own wish to withdraw, with evidence that is kept here. Source: No.3 Art. 15; N14; loop 5.

    In effect at once: nothing is judged or replied any more. It is final when resolution grants it, which is refused
    once money is on its way. Then somebody else asks the customer whether it was their own wish. The same evidence
    again is the same wish.
    """

    example: ClassVar[dict[str, Any]] = {
        "evidence": {
            "kind": "recording",
            "reference": "rec-20260304-1510",
            "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        },
        "channel": "phone",
        "words": "钱已经到账了, 我不投诉了。",
    }

    evidence: Evidence
    """Of the customer's own word; its file is sent here first."""
    channel: Channel
    words: Reasoning

    def files(self) -> tuple[str, ...]:
        return (self.evidence.sha256,)


def decide(state: Intake, command: RecordWithdrawal, known: Known) -> list[IntakeEvent]:
    if any(each.evidence == command.evidence.sha256 and each.cycle == state.cycle for each in state.withdrawals):
        return []
    must_be_open(state)
    must_be_impartial(state, command.actor)
    _not_too_late(state)
    known.file(command.evidence.sha256, command.subject_id())
    if any(each.evidence == command.evidence.sha256 for each in state.withdrawals):
        raise Refused("evidence_used", "That was the customer's word in an earlier cycle. Get their word of today.")
    return [
        WithdrawalRequested(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            evidence=command.evidence,
            channel=command.channel,
            words=Personal.of(state.person, command.words),
        )
    ]


def _not_too_late(state: Intake) -> None:
    if state.withdrawing:
        raise Refused("withdrawal_pending", "The customer asked to withdraw it. Wait until that is granted or refused.")
    if state.replied is not None:
        raise Refused(
            "already_replied", "The reply of this cycle has left. What the customer says is for the callback."
        )
    if state.resolved_before:
        raise Refused(
            "resolved_before", "It was resolved before it was taken over. Let the callback hear the customer."
        )
