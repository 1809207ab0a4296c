"""添加证据 A piece of evidence is put on the case, by its fingerprint."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from services.investigation.rules import CaseCommand, must_be_unsettled, must_contribute
from services.investigation.state import Investigation
from shared.decide import Known, Refused
from shared.decide.wording import Line
from shared.events.investigation import EvidenceAdded, InvestigationEvent
from shared.events.vocabulary import Code, Sha256
from shared.privacy.personal import Personal


class AddEvidence(CaseCommand, path="/complaints/{complaint_id}/evidence", may=("agent", "investigator")):
    """Add a piece of evidence. It is never replaced: a better one supersedes it (domain 4.2, EvidenceAdded).

    Either a file that was sent here before, named by the hash that was told then (`stored`), or a thing that another
    system keeps, such as a recording, by its own hash, size and type.
    """

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
    stored: bool = False
    """The file was sent to `/complaints/{complaint_id}/files`. Its size and type need not be said again."""
    size: int | None = Field(None, ge=1, le=10**10)
    """Bytes."""
    media_type: str | None = Field(None, max_length=120, pattern=r"^[a-z]+/[a-z0-9.+-]+$")
    obtained_from: Code
    supersedes: Code | None = None
    """The piece that this one is better than. Both stay."""

    def files(self) -> tuple[str, ...]:
        return (self.sha256,) if self.stored else ()


def decide(state: Investigation, command: AddEvidence, known: Known) -> list[InvestigationEvent]:
    must_be_unsettled(state, known)
    must_contribute(state, command.actor)
    there = state.evidence.get(command.evidence)
    if there == command.sha256:
        return []
    if there is not None:
        raise Refused(
            "evidence_never_replaced",
            f"{command.evidence} is another piece already. Add this one under its own code.",
            evidence=command.evidence,
        )
    _must_supersede_something(state, command)
    size, media_type = _marks(command, known)
    added = EvidenceAdded(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        evidence=command.evidence,
        kind=command.kind,
        title=Personal.of(state.person, command.title),
        sha256=command.sha256,
        size=size,
        media_type=media_type,
        obtained_from=command.obtained_from,
        supersedes=command.supersedes,
        department=state.department,
        restricted=state.restricted,
        stored=command.stored,
    )
    return [added]


def _must_supersede_something(state: Investigation, command: AddEvidence) -> None:
    earlier = command.supersedes
    if earlier is None:
        return
    if earlier == command.evidence:
        raise Refused("supersedes_itself", "A piece can't supersede itself. Name the earlier piece, or none.")
    if earlier not in state.evidence:
        raise Refused(
            "superseded_unknown",
            f"There is no evidence {earlier} that this could supersede. Check its code.",
            evidence=earlier,
        )
    if earlier in state.superseded:
        raise Refused(
            "superseded_already",
            f"A later piece supersedes {earlier} already. Supersede that one.",
            evidence=earlier,
        )


def _marks(command: AddEvidence, known: Known) -> tuple[int, str]:
    """Size and media type: of the stored file, or as they are said of a thing that another system keeps."""
    if not command.stored:
        if command.size is None or command.media_type is None:
            raise Refused("marks_needed", "Say size and media type of what is kept elsewhere, or send the file here.")
        return command.size, command.media_type
    file = known.file(command.sha256, command.subject_id())
    if command.size not in (None, file.size) or command.media_type not in (None, file.media_type):
        raise Refused(
            "file_differs",
            f"The file that is kept here has {file.size} bytes of {file.media_type}. Say the same, or nothing.",
            size=file.size,
            media_type=file.media_type,
        )
    return file.size, file.media_type
