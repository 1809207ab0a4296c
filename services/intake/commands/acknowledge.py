"""受理告知 Record that the customer was told that the complaint is in hand."""

from typing import Any, ClassVar

from services.intake.rules import must_be_open
from services.intake.state import Intake, Told
from shared.decide import ComplaintCommand, Refused
from shared.events.intake import ComplaintAcknowledged, IntakeEvent
from shared.events.vocabulary import Channel, Reference


class AcknowledgeComplaint(
    ComplaintCommand, path="/complaints/{complaint_id}/acknowledgement", may=("agent", "triage_lead", "system")
):
    """The customer was told that the complaint is in hand; once a cycle, before it is judged. Source: domain 4.2.

    The triage lead may too: an agent has no access to a restricted case.
    """

    example: ClassVar[dict[str, Any]] = {"channel": "sms", "proof": "sms-20260302-0815"}

    channel: Channel
    proof: Reference


def decide(state: Intake, command: AcknowledgeComplaint) -> list[IntakeEvent]:
    must_be_open(state)
    if state.acknowledged == Told(command.channel, command.proof):
        return []
    if state.acknowledged is not None:
        raise Refused(
            "already_acknowledged", "This was acknowledged already, by another message. Nothing is left to do."
        )
    if state.judgement is not None:
        raise Refused("already_judged", "It is judged already, so there is nothing left to acknowledge.")
    return [
        ComplaintAcknowledged(
            at=command.at, by=command.actor.id, cycle=state.cycle, channel=command.channel, proof=command.proof
        )
    ]
