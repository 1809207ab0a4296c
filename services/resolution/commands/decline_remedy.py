"""客户不接受 The customer does not want the remedy offered."""

from typing import Any, ClassVar

from services.resolution.remedy import Remedy
from services.resolution.rules import must_be_offered, must_be_on_its_way, must_be_workable, must_have_no_part
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.wording import Reasoning
from shared.events.resolution import RemedyDeclined, ResolutionEvent
from shared.events.vocabulary import Digest, Evidence
from shared.privacy.personal import Personal


class DeclineRemedy(ComplaintCommand, path="/complaints/{complaint_id}/decline", may=("agent", "triage_lead")):
    """The customer declines; the option is spent and another one follows (domain 4.3, loop 7).

    With `final` they want no other offer either: that needs the same proof as an acceptance, since the firm's final
    position may follow at once. Recorded by somebody who neither proposed nor investigated.
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "reasons": "The customer wants the interest back as well.",
    }

    digest: Digest
    reasons: Reasoning
    final: bool = False
    evidence: Evidence | None = None

    def files(self) -> tuple[str, ...]:
        return (self.evidence.sha256,) if self.evidence is not None else ()


def decide(state: Resolution, command: DeclineRemedy, known: Known) -> list[ResolutionEvent]:
    findings = must_be_workable(state, command.actor)
    option = state.option_of(command.digest)
    if option is not None and option.ended == "declined" and (state.wants_no_other or not command.final):
        return []
    remedy = must_be_on_its_way(state, command.digest)
    must_have_no_part(state, findings, command.actor)
    must_be_offered(remedy)
    _refuse_accepted(remedy)
    _refuse_unproven(command, known)
    return [
        RemedyDeclined(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=remedy.option.id,
            digest=remedy.option.digest,
            reasons=Personal.of(state.person, command.reasons),
            final=command.final,
            evidence=command.evidence,
        )
    ]


def _refuse_accepted(remedy: Remedy) -> None:
    if remedy.has_begun:
        raise Refused("execution_started", "The execution has started. Wait for its outcome.")
    if remedy.acceptance is not None:
        raise Refused("already_accepted", "The customer accepted it before. A leader can still return the remedy.")


def _refuse_unproven(command: DeclineRemedy, known: Known) -> None:
    if command.evidence is None:
        if command.final:
            raise Refused("evidence_missing", "That the customer wants no other offer needs proof. Name it.")
        return
    if command.evidence.sha256 in known.files:
        known.file(command.evidence.sha256, command.subject_id())
