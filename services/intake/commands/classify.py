"""投诉分类 Say what business a complaint is about, how grave it is, and who is complained of."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.intake.rules import must_be_impartial, must_be_open
from services.intake.state import Classification, Intake
from shared.decide import ComplaintCommand, Refused
from shared.events.intake import ComplaintClassified, IntakeEvent
from shared.events.vocabulary import Code, Severity, StaffId


class ClassifyComplaint(
    ComplaintCommand, path="/complaints/{complaint_id}/classification", may=("agent", "triage_lead")
):
    """Ordinary or special, which business, who is complained of. Source: handbook rows F17 to F19; N16, N22.

    It may be changed until the complaint is closed, but a special complaint stays special and a restricted one
    restricted: what was decided under stricter rules is never quietly brought under milder ones.
    """

    example: ClassVar[dict[str, Any]] = {
        "category": "cards.repayment",
        "severity": "special",
        "reasons": ["vulnerable-customer"],
        "vulnerable": True,
    }

    category: Code
    severity: Severity
    reasons: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    """Why special; none for an ordinary complaint."""
    vulnerable: bool = False
    restricted: bool = False
    """Only the department that handles it, its approvers and compliance may read it."""
    complained_of: Annotated[tuple[StaffId, ...], Field(max_length=50)] = ()


def decide(state: Intake, command: ClassifyComplaint) -> list[IntakeEvent]:
    must_be_open(state)
    must_be_impartial(state, command.actor)
    classification = Classification(
        category=command.category,
        severity=command.severity,
        reasons=tuple(dict.fromkeys(command.reasons)),
        vulnerable=command.vulnerable,
        restricted=command.restricted,
        complained_of=tuple(dict.fromkeys(command.complained_of)),
    )
    _reasoned(classification)
    _never_downward(state, classification)
    if classification == state.classification:
        return []
    return [
        ComplaintClassified(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            category=classification.category,
            severity=classification.severity,
            reasons=classification.reasons,
            vulnerable=classification.vulnerable,
            restricted=classification.restricted,
            complained_of=classification.complained_of,
        )
    ]


def _reasoned(classification: Classification) -> None:
    if classification.severity == "special" and not classification.reasons:
        raise Refused("special_without_reason", "Say why the complaint is special: give at least one reason.")
    if classification.severity == "ordinary" and classification.reasons:
        raise Refused(
            "ordinary_with_reasons", "An ordinary complaint has no reasons. Leave them out, or make it special."
        )


def _never_downward(state: Intake, classification: Classification) -> None:
    if state.severity == "special" and classification.severity == "ordinary":
        raise Refused("special_stays", "A special complaint stays special. Classify it as special, with its reasons.")
    if state.restricted and not classification.restricted:
        raise Refused("restriction_stays", "The restriction of this case can't be lifted here. Keep it restricted.")
