"""改判成立 Find a complaint established after all, before the courteous reply has left."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.intake.rules import must_be_another, must_be_free_to_judge, must_go_on
from services.intake.state import Intake
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.wording import Reasoning
from shared.events.intake import IntakeEvent, JudgementOverturned
from shared.events.vocabulary import DepartmentId
from shared.privacy.personal import Personal


class OverturnJudgement(
    ComplaintCommand,
    path="/complaints/{complaint_id}/judgement/overturning",
    may=("department_lead",),
    needs=("staff:{actor}",),
    contested=True,
    in_person=True,
):
    """A department lead, none of the two who rejected it, finds it established: the cycle goes on. Source: domain 4.2.

    After the reply it takes a reopening instead, so that no satisfaction with a reply ever closes a remedy. A lead of
    the department complained of may do it: it is to their own department's cost.
    """

    example: ClassVar[dict[str, Any]] = {
        "grounds": "The contract's first page was never handed over, so the grounds are sufficient.",
        "demand": "To have the fee returned is reasonable.",
        "reasons": "The two overlooked the branch's own record of the day.",
        "department": "cards",
        "days_asked": 15,
    }

    grounds: Reasoning
    demand: Reasoning
    reasons: Reasoning
    """Why what the two found does not hold."""
    department: DepartmentId
    """Which department answers for it."""
    days_asked: Annotated[int, Field(ge=1, le=365)]
    """For how many days the customer was asked (F07)."""


def decide(state: Intake, command: OverturnJudgement, known: Known) -> list[IntakeEvent]:
    must_go_on(state)
    judgement = state.judgement
    if judgement is None or judgement.verdict != "not_established":
        raise Refused("not_rejected", "Only what two persons found not established can be overturned.")
    if state.replied is not None:
        raise Refused("already_replied", "The reply has left. If it was wrong, the complaint must be reopened.")
    second = judgement.confirmed_by or ""
    must_be_another(judgement.by, command.actor)
    must_be_another(second, command.actor)
    must_be_free_to_judge(state, command.actor, known)
    return [
        JudgementOverturned(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            judged_by=judgement.by,
            confirmed_by=second,
            grounds=Personal.of(state.person, command.grounds),
            demand=Personal.of(state.person, command.demand),
            reasons=Personal.of(state.person, command.reasons),
            department=command.department,
            days_asked=command.days_asked,
        )
    ]
