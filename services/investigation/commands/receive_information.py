"""收到补充材料 An answer to what was asked for came in."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.investigation.rules import CaseCommand, must_be_awaited, must_be_unsettled, must_contribute
from services.investigation.state import Investigation
from shared.decide import Known, Refused
from shared.decide.wording import LongText
from shared.events.investigation import InformationReceived, InvestigationEvent
from shared.events.vocabulary import Code
from shared.privacy.personal import Personal


class ReceiveInformation(CaseCommand, path="/complaints/{complaint_id}/information", may=("agent", "investigator")):
    """Record an answer. One that is not complete leaves the request open (domain 4.2, InformationReceived).

    What came with it is added as evidence first and named here.
    """

    example: ClassVar[dict[str, Any]] = {
        "request": "R1",
        "complete": True,
        "content": "The customer sent a picture of the message.",
        "evidence": ["E2"],
    }

    request: Code
    complete: bool = True
    content: LongText
    evidence: Annotated[tuple[Code, ...], Field(max_length=50)] = ()


def decide(state: Investigation, command: ReceiveInformation, known: Known) -> list[InvestigationEvent]:
    must_be_unsettled(state, known)
    must_contribute(state, command.actor)
    request = must_be_awaited(state, command.request)
    if strange := [code for code in command.evidence if code not in state.evidence]:
        raise Refused(
            "evidence_unknown", f"There is no evidence {strange[0]} on this case. Add it first.", evidence=strange[0]
        )
    received = InformationReceived(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        request=command.request,
        complete=command.complete,
        content=Personal.of(state.person, command.content),
        evidence=tuple(dict.fromkeys(command.evidence)),
        of=request.of,
    )
    return [received]
