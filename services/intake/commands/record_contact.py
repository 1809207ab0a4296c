"""催办、告知进度 Record that the customer asked again, or was told how it stands."""

from typing import Any, ClassVar, Literal

from services.intake.rules import must_be_impartial, must_be_open
from services.intake.state import Intake, Told
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.intake import CustomerChased, IntakeEvent, ProgressTold
from shared.events.vocabulary import Channel, Reference
from shared.privacy.personal import Personal


class RecordContact(
    ComplaintCommand, path="/complaints/{complaint_id}/customer-contacts", may=("agent", "triage_lead")
):
    """The customer asked again, or was told how it stands: what was said, by which channel. Source: F24; domain 4.2.

    How often they had to ask is shown and counted. What was told has a proof: the same proof again is the same message.
    """

    example: ClassVar[dict[str, Any]] = {
        "what": "progress_told",
        "channel": "sms",
        "words": "您的投诉正在调查, 预计三月十七日前答复。",
        "proof": "sms-20260305-1012",
    }

    what: Literal["customer_chased", "progress_told"]
    channel: Channel
    words: Reasoning | None = None
    """What the customer said, if anything is worth keeping; what they were told, in any case."""
    proof: Reference | None = None


def decide(state: Intake, command: RecordContact) -> list[IntakeEvent]:
    must_be_open(state)
    must_be_impartial(state, command.actor)
    return [_chased(state, command)] if command.what == "customer_chased" else _told(state, command)


def _chased(state: Intake, command: RecordContact) -> CustomerChased:
    if command.proof is not None:
        raise Refused("proof_out_of_place", "A proof belongs to what the customer was told. Leave it out.")
    said = None if command.words is None else Personal.of(state.person, command.words)
    return CustomerChased(at=command.at, by=command.actor.id, cycle=state.cycle, channel=command.channel, said=said)


def _told(state: Intake, command: RecordContact) -> list[IntakeEvent]:
    if command.words is None or command.proof is None:
        raise Refused("told_what", "Write down what the customer was told, and the message that proves it.")
    if Told(command.channel, command.proof) in state.told:
        return []
    return [
        ProgressTold(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            channel=command.channel,
            told=Personal.of(state.person, command.words),
            proof=command.proof,
        )
    ]
