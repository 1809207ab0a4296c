"""指派调查人 The lead of the responsible department names who investigates, or who takes over."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from services.investigation.rules import CaseCommand, acting_in, must_be_under_way, must_review, tie
from services.investigation.state import Investigation
from shared.decide import Known, NotYetSeen, Refused
from shared.events.investigation import InvestigationEvent, InvestigatorAssigned, InvestigatorReplaced
from shared.events.vocabulary import Code, Reference, StaffId
from shared.reference.contacts import Contact


class AssignInvestigator(
    CaseCommand,
    path="/complaints/{complaint_id}/investigator",
    may=("department_lead",),
    needs=("staff:{investigator}",),
):
    """Name an investigator of the department without an interest in the case (N7; handbook row F08, No.3 Art. 17).

    Fixed once the findings are accepted. Naming another one, such as for somebody who is away or has left, needs a
    reason; cause and findings then start anew, since whoever submits answers for both. Everything else stays.
    """

    example: ClassVar[dict[str, Any]] = {"investigator": "zhou.jie", "declaration": "declaration-20260303-17"}

    investigator: StaffId
    declaration: Reference
    """Where their signed declaration lies that they have no direct interest."""
    reason: Code | None = None
    """Why another one takes over. Only for a replacement."""

    def concerned(self) -> tuple[str, ...]:
        return (self.investigator, *super().concerned())

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        began_as = states[self.subject_id()].from_contact
        return (*super().needed_then(states), *((f"contact:{began_as}",) if began_as else ()))


def decide(state: Investigation, command: AssignInvestigator, known: Known) -> list[InvestigationEvent]:
    must_be_under_way(state)
    must_review(state, command.actor, known)
    if state.accepted:
        raise Refused("findings_accepted", "The findings are accepted, so whoever investigated is fixed.")
    _must_be_disinterested(state, command, known)
    _must_be_able(state, command.investigator, known)
    if command.investigator == state.investigator:
        return []
    stated = {"at": command.at, "by": command.actor.id, "cycle": state.cycle}
    if not state.investigator:
        return [InvestigatorAssigned(**stated, investigator=command.investigator, declaration=command.declaration)]
    if command.reason is None:
        raise Refused(
            "reason_needed",
            f"{state.investigator} investigates already. Say why another takes over.",
            investigator=state.investigator,
        )
    replaced = InvestigatorReplaced(
        **stated,
        previous=state.investigator,
        investigator=command.investigator,
        declaration=command.declaration,
        reason=command.reason,
    )
    return [replaced]


def _must_be_able(state: Investigation, person: str, known: Known) -> None:
    member = known.staff(person)
    if not member.active:
        raise Refused("staff_left", "They do not work here any more. Name another investigator.")
    if "investigator" not in member.roles:
        raise Refused("not_an_investigator", "They do not have the role investigator. Name somebody who has.")
    if member.department != state.department:
        raise Refused(
            "other_department",
            f"They belong to {member.department}. Name an investigator of {state.department}.",
            theirs=member.department,
            department=state.department,
        )


def _must_be_disinterested(state: Investigation, command: AssignInvestigator, known: Known) -> None:
    person = command.investigator
    if acting_in((person,), command.actor):
        raise Refused("own_assignment", "You decide on the findings, so you can't investigate. Name another.")
    for bars, code, why in (
        (state.complained_of, "complained_of", "The complaint is about {}."),
        (state.conflicted, "conflict_declared", "{} declared a conflict of interest."),
        (state.excluded, "investigated_before", "{} investigated an earlier cycle, or was excluded from this one."),
        (state.recused, "recused", "{} is barred from this case."),
        (state.prior, "handled_before", "{} judged or handled this case before."),
    ):
        if person in bars:
            raise _another(code, why, person)
    if person in _hands_of_contact(state, known):
        raise _another("handled_before", "{} handled this before it became a complaint.", person)
    match tie(state, person, known):
        case "below":
            raise _another("reports_to_complained_of", "The complaint is about somebody above {}.", person)
        case "above":
            raise _another("leads_complained_of", "The complaint is about somebody below {}.", person)


def _another(code: str, why: str, person: str) -> Refused:
    return Refused(code, f"{why.format(person)} Name another investigator.", investigator=person)


def _hands_of_contact(state: Investigation, known: Known) -> tuple[str, ...]:
    if state.from_contact is None:
        return ()
    subject = f"contact:{state.from_contact}"
    contact = known.states.get(subject)
    if not isinstance(contact, Contact) or not contact.became_complaint:
        raise NotYetSeen(subject, "Who handled it before it became a complaint has not arrived here yet.")
    return contact.hands
