"""批准 The leader in charge approves a submitted remedy, with a written instruction 批示."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from services.resolution.authority import APPROVING, Step, next_step
from services.resolution.limits import SummingCommand
from services.resolution.remedy import Remedy
from services.resolution.rules import (
    acting_in,
    must_be_a_choice,
    must_be_impartial,
    must_be_of_the_customer,
    must_be_on_its_way,
    must_be_workable,
    must_hold_the_office,
)
from services.resolution.state import Resolution
from shared.decide import Actor, Known, Refused
from shared.decide.wording import Reasoning
from shared.events.resolution import ApprovalEscalated, RemedyApproved, ResolutionEvent
from shared.events.vocabulary import Digest
from shared.privacy.personal import Personal
from shared.reference.staff import line_subjects


class ApproveRemedy(
    SummingCommand,
    path="/complaints/{complaint_id}/approval",
    may=APPROVING,
    needs=("staff:{actor}", "limits:house"),
    contested=True,
    in_person=True,
):
    """Approve exactly the terms submitted, within one's own authority limit, or as the step below who may (F10, F30).

    The limit covers the remedy with all that the complaint and the customer were given before, under any of their files
    (N4). Above it the approval goes on to the role above and another person; a special complaint takes two at least.
    Never on behalf of anyone, never by the proposer, an investigator, a recused person, or somebody with one above them
    at whatever level (N3).
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "instruction": "同意, 按期退回多扣的款项。",
    }

    digest: Digest
    instruction: Reasoning

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        return (*super().needed_then(states), *line_subjects((self.actor.id,), states))


def decide(state: Resolution, command: ApproveRemedy, known: Known) -> list[ResolutionEvent]:
    actor = command.actor
    findings = must_be_workable(state, actor)
    remedy = must_be_on_its_way(state, command.digest)
    must_be_of_the_customer(state, remedy)
    if len(remedy.approvals) >= state.approvals_needed:
        if actor.id in remedy.approvers:
            return []
        raise Refused("already_approved", "This remedy is approved already. Nothing is left to approve.")
    must_be_impartial(state, findings, actor, known)
    _refuse_same_hand(remedy, actor)
    must_be_a_choice(state)
    step = next_step(state, remedy, findings, actor, known, command.at)
    must_hold_the_office(actor, known)
    approved = _approved(state, remedy, step, command)
    return [approved] if step.is_last else [approved, _escalated(state, remedy, step, command)]


def _refuse_same_hand(remedy: Remedy, actor: Actor) -> None:
    if acting_in(remedy.approvers, actor):
        raise Refused("approved_before", "You approved the step before. This step takes another person.")
    if acting_in(remedy.executors, actor):
        raise Refused("own_execution", "You executed this remedy before. Somebody else must approve.")


def _approved(state: Resolution, remedy: Remedy, step: Step, command: ApproveRemedy) -> RemedyApproved:
    option = remedy.option
    return RemedyApproved(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        option=option.id,
        digest=option.digest,
        amount=option.amount,
        step=step.number,
        of=step.of,
        instruction=Personal.of(state.person, command.instruction),
        limit=step.limit,
        limits=step.table,
        role=command.actor.role,
        department=command.actor.department,
        total=step.total if step.is_last else None,
    )


def _escalated(state: Resolution, remedy: Remedy, step: Step, command: ApproveRemedy) -> ApprovalEscalated:
    return ApprovalEscalated(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        option=remedy.option.id,
        digest=remedy.option.digest,
        to=step.next_role,
        total=step.total,
        limit=step.limit,
    )
