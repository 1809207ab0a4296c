"""批准 The leader in charge approves a submitted remedy, with a written instruction 批示."""

from typing import Any, ClassVar

from pydantic import Field

from services.resolution.limits import APPROVING, authority
from services.resolution.state import Approval, Resolution
from shared.decide import Actor, ComplaintCommand, Forbidden, Known, Refused
from shared.events.investigation import FindingsAccepted
from shared.events.resolution import RemedyApproved, ResolutionEvent
from shared.events.vocabulary import Digest
from shared.privacy.personal import Personal


class ApproveRemedy(
    ComplaintCommand,
    path="/complaints/{complaint_id}/approval",
    may=APPROVING,
    needs=("staff:{actor}", "limits:house"),
    contested=True,
):
    """Approve exactly the terms submitted, within one's own authority limit (F10, N3, N4).

    The limit covers the remedy with all that the complaint and the customer were given before. Never on behalf of
    anyone, never by the proposer, an investigator, a recused person or somebody who reports to one.
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "instruction": "同意, 按期退回多扣的款项。",
    }

    digest: Digest
    instruction: str = Field(min_length=1, max_length=16_000, pattern=r"\S")


def decide(state: Resolution, command: ApproveRemedy, known: Known) -> list[ResolutionEvent]:
    actor = command.actor
    findings = state.workable(actor)
    remedy = state.underway(command.digest)
    if remedy.approval is not None:
        if remedy.approval.approver == actor.id:
            return []
        raise Refused("already_approved", "Somebody approved this remedy already. Nothing is left to approve.")
    _refuse_interested(state, findings, actor, known)
    option = remedy.option
    limit, table = authority(state, option, Approval(actor.id, actor.role, actor.department), known, command.at)
    return [
        RemedyApproved(
            at=command.at,
            by=actor.id,
            cycle=state.cycle,
            option=option.id,
            digest=option.digest,
            amount=option.amount,
            step=1,
            of=1,
            instruction=Personal.of(findings.person, command.instruction),
            limit=limit,
            limits=table,
            role=actor.role,
            department=actor.department,
        )
    ]


def _refuse_interested(state: Resolution, findings: FindingsAccepted, actor: Actor, known: Known) -> None:
    if actor.on_behalf_of is not None:
        raise Forbidden("acting_for_another", "Nobody approves on behalf of another. Approve in your own name.")
    if actor.id in {option.proposer for option in state.options}:
        raise Refused("own_proposal", "You proposed an option of this case. Somebody else must approve.")
    if actor.id in {*findings.investigators, findings.submitted_by}:
        raise Refused("investigated", "You investigated this complaint. Somebody else must approve.")
    member = known.staff(actor.id)
    if not member.active:
        raise Refused("has_left", "The directory says that you have left. Ask an administrator.")
    if member.reports_to in state.barred:
        raise Refused("reports_to_recused", "You report to somebody who may not touch this case. Ask another leader.")
