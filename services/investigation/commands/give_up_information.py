"""不再等待补充材料 The investigator goes on without an answer."""

from typing import Any, ClassVar

from services.investigation.rules import CaseCommand, must_be_awaited, must_be_unsettled, must_investigate
from services.investigation.state import Investigation
from shared.decide import Known
from shared.decide.wording import Reasoning
from shared.events.investigation import InformationReceived, InvestigationEvent
from shared.events.vocabulary import Code
from shared.privacy.personal import Personal


class GiveUpInformation(
    CaseCommand, path="/complaints/{complaint_id}/information/giving-up", may=("investigator",), in_person=True
):
    """Give up waiting for an answer, with reasons, so that findings no longer wait for it.

    Silence never counts as an answer by itself: findings rest on what somebody decided to do without.
    """

    example: ClassVar[dict[str, Any]] = {"request": "R1", "reasons": "The merchant has been wound up since."}

    request: Code
    reasons: Reasoning


def decide(state: Investigation, command: GiveUpInformation, known: Known) -> list[InvestigationEvent]:
    must_be_unsettled(state, known)
    must_investigate(state, command.actor)
    request = must_be_awaited(state, command.request)
    given_up = InformationReceived(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        request=command.request,
        complete=False,
        content=Personal.of(state.person, command.reasons),
        of=request.of,
        given_up=True,
    )
    return [given_up]
