"""撤诉确认 Ask the customer, as somebody else, whether the withdrawal is their own wish."""

from typing import Any, ClassVar

from services.intake.rules import must_be_another, must_be_impartial, must_be_registered
from services.intake.state import Intake, Withdrawal
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.intake import IntakeEvent, WithdrawalConfirmed, WithdrawalDisputed
from shared.events.vocabulary import Channel, Reference
from shared.privacy.personal import Personal


class ConfirmWithdrawal(
    ComplaintCommand,
    path="/complaints/{complaint_id}/withdrawal/confirmation",
    may=("agent", "callback_agent", "triage_lead"),
    contested=True,
    in_person=True,
):
    """Whether the customer stands by the withdrawal, asked by somebody other than who recorded it. Source: loop 5.

    It guards against pressure. Within three days; later it is still taken, but the missed day stays to be seen. If the
    customer does not stand by it, the complaint is reopened where it was.
    """

    example: ClassVar[dict[str, Any]] = {
        "stands_by_it": True,
        "channel": "phone",
        "recording": "rec-20260305-0930",
        "words": "是我自己要撤的。",
    }

    stands_by_it: bool
    channel: Channel
    recording: Reference
    words: Reasoning


def decide(state: Intake, command: ConfirmWithdrawal) -> list[IntakeEvent]:
    must_be_registered(state)
    withdrawal = _granted(state)
    must_be_another(withdrawal.by, command.actor)
    must_be_impartial(state, command.actor)
    if withdrawal.word is not None:
        return _again(withdrawal, command)
    said: dict[str, Any] = {
        "at": command.at,
        "by": command.actor.id,
        "cycle": state.cycle,
        "channel": command.channel,
        "recording": command.recording,
        "words": Personal.of(state.person, command.words),
    }
    if command.stands_by_it:
        return [WithdrawalConfirmed(**said)]
    stage = "investigation" if state.verdict == "established" else "judgement"
    return [WithdrawalDisputed(**said, stage=stage, requested_by=withdrawal.by)]


def _granted(state: Intake) -> Withdrawal:
    withdrawal = state.withdrawal
    if state.ending != "withdrawn" or withdrawal is None:
        raise Refused("not_withdrawn", "No withdrawal of this complaint waits to be confirmed. Load it again.")
    return withdrawal


def _again(withdrawal: Withdrawal, command: ConfirmWithdrawal) -> list[IntakeEvent]:
    word = "confirmed" if command.stands_by_it else "disputed"
    if (withdrawal.word, withdrawal.recording) == (word, command.recording):
        return []
    raise Refused("already_answered", "The customer was asked already. What they say now is a matter for a reopening.")
