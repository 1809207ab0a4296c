"""添加证据 A piece of evidence is put on the case, by its fingerprint."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from services.investigation.rules import acting_in, must_be_unsettled, must_investigate
from services.investigation.state import Investigation
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Line
from shared.events.investigation import EvidenceAdded, InvestigationEvent
from shared.events.vocabulary import Code, Sha256
from shared.privacy.personal import Personal


class AddEvidence(ComplaintCommand, path="/complaints/{complaint_id}/evidence", may=("investigator", "agent")):
    """Add a piece of evidence. It is never replaced: a better one supersedes it (domain 4.2, EvidenceAdded)."""

    example: ClassVar[dict[str, Any]] = {
        "evidence": "E1",
        "kind": "recording",
        "title": "The call of 3 March",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "size": 482133,
        "media_type": "audio/wav",
        "obtained_from": "telephony",
    }

    evidence: Code
    """The code it is known by on this case, for ever."""
    kind: Literal["document", "recording", "statement", "screenshot", "system_record", "other"]
    title: Line
    sha256: Sha256
    size: int = Field(ge=1, le=10**10)
    """Bytes."""
    media_type: str = Field(max_length=120, pattern=r"^[a-z]+/[a-z0-9.+-]+$")
    obtained_from: Code
    supersedes: Code | None = None


def decide(state: Investigation, command: AddEvidence) -> list[InvestigationEvent]:
    must_be_unsettled(state)
    if command.actor.role == "investigator":
        must_investigate(state, command.actor)
    if acting_in(state.complained_of, command.actor):
        raise Refused("complained_of", "The complaint is about you. Give what you have to the investigator.")
    known = state.evidence.get(command.evidence)
    if known == command.sha256:
        return []
    if known is not None:
        raise Refused(
            "evidence_never_replaced", f"{command.evidence} is another piece already. Add this one under its own code."
        )
    if command.supersedes is not None and command.supersedes not in state.evidence:
        raise Refused("superseded_unknown", f"There is no evidence {command.supersedes} that this could supersede.")
    added = EvidenceAdded(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        evidence=command.evidence,
        kind=command.kind,
        title=Personal.of(state.person, command.title),
        sha256=command.sha256,
        size=command.size,
        media_type=command.media_type,
        obtained_from=command.obtained_from,
        supersedes=command.supersedes,
        department=state.department,
        restricted=state.restricted,
    )
    return [added]
