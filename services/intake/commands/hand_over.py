"""首问责任移交 Let somebody else keep track of a complaint for the customer until it is solved."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from services.intake.rules import acting, must_be_open
from services.intake.state import Intake
from shared.decide import Actor, ComplaintCommand, Forbidden, Known, Refused
from shared.events.intake import ComplaintHandedOver, IntakeEvent
from shared.events.vocabulary import Code, StaffId

KEEPERS = ("agent", "triage_lead")
"""Who may keep track of a complaint for its customer."""


class HandOver(
    ComplaintCommand,
    path="/complaints/{complaint_id}/owner",
    may=("agent", "regulator_desk", "triage_lead", "administrator"),
    needs=("staff:{to}",),
):
    """Whoever took a complaint keeps track of it until it is solved (首问负责, F29); they or a lead may pass that on.

    An administrator does it for those who have left.
    """

    example: ClassVar[dict[str, Any]] = {"to": "yang.fan", "reason": "on-leave"}

    to: StaffId
    reason: Code

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        """The record of whoever has it now."""
        owner = states[self.subject_id()].owner
        return (f"staff:{owner}",) if owner else ()


def decide(state: Intake, command: HandOver, known: Known) -> list[IntakeEvent]:
    must_be_open(state)
    if state.owner == command.to:
        return []
    _may_pass_it_on(state, command.actor, known)
    _may_keep_it(state, command.to, known)
    return [
        ComplaintHandedOver(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            previous=state.owner or None,
            to=command.to,
            reason=command.reason,
        )
    ]


def _may_pass_it_on(state: Intake, actor: Actor, known: Known) -> None:
    if actor.role == "triage_lead" or state.owner in acting(actor):
        return
    if actor.role == "administrator" and state.owner and known.staff(state.owner).left:
        return
    raise Forbidden("not_the_owner", "Whoever keeps track of it hands it over, or a triage lead does. Ask one of them.")


def _may_keep_it(state: Intake, to: str, known: Known) -> None:
    member = known.staff(to)
    if not member.active or not any(role in KEEPERS for role in member.roles):
        raise Refused("not_a_keeper", "Only an agent or a triage lead on the staff keeps track of it. Name another.")
    if to in state.complained_of:
        raise Refused("keeper_complained_of", "The complaint is about that person. Name another to keep track of it.")
