"""指派调查人 The lead of the responsible department names who investigates, or who takes over."""

from typing import Any, ClassVar

from services.investigation.rules import acting_in, must_be_under_way, must_lead
from services.investigation.state import Investigation
from shared.decide import ComplaintCommand, Known, Refused
from shared.events.investigation import InvestigationEvent, InvestigatorAssigned, InvestigatorReplaced
from shared.events.vocabulary import Code, Reference, StaffId
from shared.reference.staff import StaffMember


class AssignInvestigator(
    ComplaintCommand,
    path="/complaints/{complaint_id}/investigator",
    may=("department_lead",),
    needs=("staff:{investigator}",),
):
    """Name an investigator without a direct interest in the case (N7; handbook row F08, domain 4.2).

    Fixed once the findings are accepted. Naming another one needs a reason; cause and findings then start anew, since
    whoever submits answers for both. The evidence stays.
    """

    example: ClassVar[dict[str, Any]] = {"investigator": "zhou.jie", "declaration": "declaration-20260303-17"}

    investigator: StaffId
    declaration: Reference
    """Where their signed declaration lies that they have no direct interest."""
    reason: Code | None = None
    """Why another one takes over. Only for a replacement."""


def decide(state: Investigation, command: AssignInvestigator, known: Known) -> list[InvestigationEvent]:
    must_be_under_way(state)
    must_lead(state, command.actor)
    if state.accepted:
        raise Refused("findings_accepted", "The findings are accepted, so whoever investigated is fixed.")
    if command.investigator == state.investigator and not state.needs_replacement:
        return []
    _must_be_disinterested(state, command)
    _must_be_able(state, known.staff(command.investigator))
    stated = {"at": command.at, "by": command.actor.id, "cycle": state.cycle}
    if not state.investigator:
        return [InvestigatorAssigned(**stated, investigator=command.investigator, declaration=command.declaration)]
    if command.reason is None:
        raise Refused("reason_needed", f"{state.investigator} investigates already. Say why another takes over.")
    replaced = InvestigatorReplaced(
        **stated,
        previous=state.investigator,
        investigator=command.investigator,
        declaration=command.declaration,
        reason=command.reason,
    )
    return [replaced]


def _must_be_disinterested(state: Investigation, command: AssignInvestigator) -> None:
    person = command.investigator
    if acting_in((person,), command.actor):
        raise Refused("own_assignment", "You decide on the findings, so you can't investigate. Name another.")
    if person in state.complained_of:
        raise Refused("complained_of", f"The complaint is about {person}. Name another investigator.")
    if person in state.conflicted:
        raise Refused("conflict_declared", f"{person} declared a conflict of interest. Name another investigator.")
    if person in state.excluded:
        raise Refused("investigated_before", f"{person} investigated an earlier cycle. Name another investigator.")
    if person in state.recused:
        raise Refused("recused", f"{person} is barred from this case. Name another investigator.")


def _must_be_able(state: Investigation, member: StaffMember) -> None:
    if not member.active:
        raise Refused("staff_left", "They do not work here any more. Name another investigator.")
    if "investigator" not in member.roles:
        raise Refused("not_an_investigator", "They do not have the role investigator. Name somebody who has.")
    if member.reports_to in state.complained_of:
        raise Refused("reports_to_complained_of", "The complaint is about their superior. Name another investigator.")
