"""溯源整改 Say what the firm does so that it does not happen again."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.resolution.rules import must_have_findings, must_not_be_barred
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.wording import Reasoning
from shared.events.resolution import CorrectiveActionRaised, ResolutionEvent
from shared.events.vocabulary import Instant, StaffId
from shared.privacy.personal import Personal
from shared.reference.roles import STAFF

OWNING = tuple(role for role in STAFF if role != "compliance_officer")
"""Who can see to an action, and say that it is done: compliance checks that, so it is never the one (N18)."""
ActionId = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class RaiseAction(
    ComplaintCommand,
    path="/complaints/{complaint_id}/actions",
    may=("department_lead", "triage_lead", "compliance_officer"),
    needs=("staff:{owner}",),
):
    """Against the cause that was found: what is done, by whom and by when (F26, No.3 Art. 26).

    Also after the conclusion and after closing. Compliance may ask for one too: it is the firm's own homework and moves
    nothing in the case (N18), which goes its way whether it is done or not.
    """

    example: ClassVar[dict[str, Any]] = {
        "action": "a1",
        "what": "扣款前核对是否已有相同的扣款。 Check for the same charge before charging.",
        "owner": "zhou.jie",
        "due_at": "2035-06-30T18:00:00+08:00",
    }

    action: ActionId
    what: Reasoning
    owner: StaffId
    """Who sees to it."""
    due_at: Instant


def decide(state: Resolution, command: RaiseAction, known: Known) -> list[ResolutionEvent]:
    must_not_be_barred(state, command.actor)
    findings = must_have_findings(state)
    before = state.action(command.action)
    if before is not None:
        if (before.owner, before.due_at) == (command.owner, command.due_at):
            return []
        raise Refused("action_exists", "There is another action of this id. Give yours another id.")
    owner = known.staff(command.owner)
    if not owner.active or not set(OWNING).intersection(owner.roles):
        raise Refused("owner_cannot_act", "Whoever should see to it has left, or no role for it. Name somebody else.")
    if command.due_at <= command.at:
        raise Refused("due_in_the_past", "It would be due already. Choose a later day.")
    return [
        CorrectiveActionRaised(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            action=command.action,
            cause=findings.cause,
            what=Personal.of(state.person, command.what),
            owner=command.owner,
            due_at=command.due_at,
            department=owner.department or findings.department,
        )
    ]
