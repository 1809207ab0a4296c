"""婉转答复 Record the courteous, reasoned reply to a complaint that is not established."""

from typing import Any, ClassVar

from services.intake.rules import must_be_impartial, must_go_on
from services.intake.state import Intake, Told
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import LongText
from shared.events.intake import CourtesyReplySent, IntakeEvent
from shared.events.vocabulary import SYSTEM, Channel, Reference
from shared.privacy.personal import Personal


class SendCourtesyReply(
    ComplaintCommand, path="/complaints/{complaint_id}/courtesy-reply", may=("agent", "triage_lead")
):
    """The reply left the house. It ends intake's part of the cycle, and the callback follows. Source: F05, N9.

    `proof` names the dispatch: the same proof again is the same letter.
    """

    example: ClassVar[dict[str, Any]] = {
        "letter": "非常抱歉给您带来不便。经核实, 该费用写明于您签署的合同首页……",
        "channel": "letter",
        "proof": "post-2026-000317",
    }

    letter: LongText
    channel: Channel
    proof: Reference


def decide(state: Intake, command: SendCourtesyReply) -> list[IntakeEvent]:
    must_go_on(state)
    must_be_impartial(state, command.actor)
    if state.verdict != "not_established":
        raise Refused("not_rejected", "A courtesy reply follows only when two persons found it not established.")
    if state.replied == Told(command.channel, command.proof):
        return []
    if state.replied is not None:
        raise Refused("already_replied", "The reply of this cycle has left the house already.")
    return [
        CourtesyReplySent(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            letter=Personal.of(state.person, command.letter),
            channel=command.channel,
            proof=command.proof,
            handled_by=_everyone(state, command.actor.id),
            restricted=state.restricted,
            severity=state.severity,
        )
    ]


def _everyone(state: Intake, actor: str) -> tuple[str, ...]:
    """Everyone who acted here in any cycle: none of them may make the callback (N8)."""
    return tuple(dict.fromkeys(person for person in (*state.handled_by, actor) if person != SYSTEM))
