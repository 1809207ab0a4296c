"""投诉分类 Say what business a complaint is about, how grave it is, and who is complained of."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field

from services.intake.customer import Customer
from services.intake.limits import matter_row, others_alike, similar_of_late, similar_rows, triggers
from services.intake.rules import must_be_impartial, must_be_open
from services.intake.state import Classification, Intake
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.wording import Reasoning
from shared.events.intake import ComplaintClassified, ComplaintReclassified, DuplicateSuspected, IntakeEvent
from shared.events.vocabulary import Code, Severity, StaffId
from shared.privacy.personal import Personal


class ClassifyComplaint(
    ComplaintCommand, path="/complaints/{complaint_id}/classification", may=("agent", "triage_lead")
):
    """Ordinary or special, which business, who is complained of. Source: handbook rows F17 to F19; N16, N22.

    What makes a complaint special by itself is added, whatever the severity asked for: a large claim, a vulnerable
    customer, a regulator, a large group, many alike, a second reopening (domain 1.4, gap 4). It may be changed, with an
    explanation, until it ends; but a special complaint stays special and a restricted one restricted: what was decided
    under stricter rules is never quietly brought under milder ones. No clock is rewound.
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
    urgent: bool = False
    """A lost card, fraud under way: handled at once (F32)."""
    alleged_cause: Code | None = None
    """What the customer holds to be the cause."""
    explanation: Reasoning | None = None
    """Why it is classified anew; not for the first time."""

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        """The customer's file, which may say that they are vulnerable."""
        person = states[self.subject_id()].person
        return (person,) if person else ()


def decide(state: Intake, command: ClassifyComplaint, known: Known) -> list[IntakeEvent]:
    must_be_open(state)
    must_be_impartial(state, command.actor)
    _reasoned(state, command, special_by_itself := _by_itself(state, command, known))
    classification = _classification(command, special_by_itself, known.states.get(state.person, Customer()))
    if classification == state.classification:
        return []
    return [_stated(state, command, classification), *_suspected(state, command, known)]


def _by_itself(state: Intake, command: ClassifyComplaint, known: Known) -> tuple[str, ...]:
    counted = state.classification is not None and state.classification.category == command.category
    rows = (known.guards.get(row) for row in similar_rows(command.category))
    similar = similar_of_late(rows, command.at) + (0 if counted or state.taken_over else 1)
    vulnerable = command.vulnerable or _vulnerable(known.states.get(state.person, Customer()))
    return triggers(state, vulnerable=vulnerable, similar=similar)


def _vulnerable(file: Customer) -> bool:
    return bool(file.plain.get("vulnerable"))


def _reasoned(state: Intake, command: ClassifyComplaint, by_itself: tuple[str, ...]) -> None:
    if command.severity == "special" and not command.reasons and not by_itself:
        raise Refused("special_without_reason", "Say why the complaint is special: give at least one reason.")
    if command.severity == "ordinary" and command.reasons:
        raise Refused(
            "ordinary_with_reasons", "An ordinary complaint has no reasons. Leave them out, or make it special."
        )
    if state.severity == "special" and command.severity == "ordinary":
        raise Refused("special_stays", "A special complaint stays special. Classify it as special, with its reasons.")
    if state.restricted and not command.restricted:
        raise Refused("restriction_stays", "The restriction of this case can't be lifted here. Keep it restricted.")


def _classification(command: ClassifyComplaint, by_itself: tuple[str, ...], file: Customer) -> Classification:
    reasons = tuple(dict.fromkeys((*command.reasons, *by_itself)))
    return Classification(
        category=command.category,
        severity="special" if reasons else "ordinary",
        reasons=reasons,
        vulnerable=command.vulnerable or _vulnerable(file),
        restricted=command.restricted,
        complained_of=tuple(dict.fromkeys(command.complained_of)),
        urgent=command.urgent,
        alleged_cause=command.alleged_cause,
    )


def _stated(state: Intake, command: ClassifyComplaint, classification: Classification) -> IntakeEvent:
    said: dict[str, Any] = {
        "at": command.at,
        "by": command.actor.id,
        "cycle": state.cycle,
        "category": classification.category,
        "severity": classification.severity,
        "reasons": classification.reasons,
        "vulnerable": classification.vulnerable,
        "restricted": classification.restricted,
        "complained_of": classification.complained_of,
        "urgent": classification.urgent,
        "alleged_cause": classification.alleged_cause,
    }
    if state.classification is None:
        if command.explanation is not None:
            raise Refused("explanation_out_of_place", "It is not classified yet. Put what there is to say in a remark.")
        return ComplaintClassified(**said)
    if command.explanation is None:
        raise Refused("explanation_missing", "It is classified already. Explain why it is to be classified anew.")
    return ComplaintReclassified(**said, explanation=Personal.of(state.person, command.explanation))


def _suspected(state: Intake, command: ClassifyComplaint, known: Known) -> list[IntakeEvent]:
    """The customer's other complaints of this category, each once: a person looks whether it is the same matter."""
    row = known.guards.get(matter_row(state.person, command.category))
    others: tuple[UUID, ...] = others_alike(row, command.complaint_id, command.at)
    return [
        DuplicateSuspected(at=command.at, by=command.actor.id, cycle=state.cycle, other=other)
        for other in others
        if other not in state.suspected
    ]
