"""投诉判断 Judge whether a complaint is established: are the grounds sufficient, is the demand reasonable."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from services.intake.rules import (
    RejectingCommand,
    must_be_free_to_judge,
    must_be_of_another_department,
    must_go_on,
)
from services.intake.state import Intake
from shared.decide import Known, Refused
from shared.decide.wording import Reasoning
from shared.events.intake import ComplaintEstablished, IntakeEvent, RejectionProposed
from shared.events.vocabulary import DepartmentId
from shared.privacy.personal import Personal


class JudgeComplaint(
    RejectingCommand,
    path="/complaints/{complaint_id}/judgement",
    may=("triage_lead",),
    needs=("staff:{actor}",),
    contested=True,
    in_person=True,
):
    """Answer both tests of F04. "Established" stands at once; "not established" is only proposed, with reasons, until
    a second person confirms it. Source: handbook rows F04 to F07; N9, N23.

    Judging again is refused, even in the same words: what was written cannot be compared once it is sealed, and a
    changed text must not be dropped in silence.
    """

    example: ClassVar[dict[str, Any]] = {
        "verdict": "established",
        "grounds": "The statement shows two debits for one repayment, so the grounds are sufficient.",
        "demand": "To have the second debit returned is reasonable.",
        "department": "cards",
        "days_asked": 15,
    }

    verdict: Literal["established", "not_established"]
    grounds: Reasoning
    """Are the grounds sufficient 理由是否充分?"""
    demand: Reasoning
    """Is the demand reasonable 要求是否合理?"""
    department: DepartmentId
    """Established: which department answers for it. Not established: which one is complained of."""
    days_asked: Annotated[int, Field(ge=1, le=365)] | None = None
    """Established: how many days the customer was asked for (F07)."""
    reasons: Reasoning | None = None
    """Not established: why."""


def decide(state: Intake, command: JudgeComplaint, known: Known) -> list[IntakeEvent]:
    must_go_on(state)
    _not_judged_yet(state)
    _ready(state)
    must_be_free_to_judge(state, command.actor, known)
    if command.verdict == "established":
        return [_established(state, command)]
    must_be_of_another_department(state, command.department, command.actor, known)
    return [_rejection(state, command)]


def _not_judged_yet(state: Intake) -> None:
    if state.verdict == "rejection_proposed":
        raise Refused("rejection_pending", "A rejection is proposed. A second person must confirm or return it first.")
    if state.judgement is not None:
        raise Refused("already_judged", "It is judged already. Only a reopening lets it be judged anew.")


def _ready(state: Intake) -> None:
    if state.acknowledged is None:
        raise Refused("not_acknowledged", "Tell the customer first that the complaint is in hand, and record it.")
    if state.classification is None:
        raise Refused("not_classified", "Classify the complaint first.")


def _established(state: Intake, command: JudgeComplaint) -> ComplaintEstablished:
    if command.days_asked is None:
        raise Refused("days_missing", "Ask the customer for time to investigate, and say for how many days.")
    if command.reasons is not None:
        raise Refused(
            "reasons_out_of_place", "Reasons belong to a rejection. Put what you found in grounds and demand."
        )
    return ComplaintEstablished(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        grounds=Personal.of(state.person, command.grounds),
        demand=Personal.of(state.person, command.demand),
        department=command.department,
        days_asked=command.days_asked,
    )


def _rejection(state: Intake, command: JudgeComplaint) -> RejectionProposed:
    if command.reasons is None:
        raise Refused("reasons_missing", "A rejection needs its reasons. Write down why it is not established.")
    if command.days_asked is not None:
        raise Refused(
            "days_out_of_place", "No time is asked for where nothing will be investigated. Leave the days out."
        )
    return RejectionProposed(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        grounds=Personal.of(state.person, command.grounds),
        demand=Personal.of(state.person, command.demand),
        reasons=Personal.of(state.person, command.reasons),
        department=command.department,
    )
