"""提交审批 Put one option before the approver."""

from typing import Any, ClassVar

from services.resolution.commands.propose_remedy import OptionId
from services.resolution.limits import SummingCommand, sum_of
from services.resolution.remedy import Option
from services.resolution.rules import acting_in, must_be_a_choice, must_be_workable, rounds_are_over
from services.resolution.state import Resolution
from shared.decide import Actor, Known, Refused
from shared.events.resolution import RemedySubmitted, ResolutionEvent


class SubmitRemedy(
    SummingCommand,
    path="/complaints/{complaint_id}/remedy-submission",
    may=("investigator", "resolution_officer"),
):
    """The proposer submits their option: from now on only these very terms can be approved (domain 4.2).

    After three offers that the customer declined or let lapse, none is submitted any more: the firm's final position
    follows (loop 7).
    """

    example: ClassVar[dict[str, Any]] = {
        "option": "refund-1",
    }

    option: OptionId

    def summed(self, state: Resolution) -> Option | None:
        return state.option(self.option)


def decide(state: Resolution, command: SubmitRemedy, known: Known) -> list[ResolutionEvent]:
    findings = must_be_workable(state, command.actor)
    option = state.option(command.option)
    if option is None:
        raise Refused("no_such_option", "This cycle has no option of that id. Propose it first.")
    if state.remedy is not None and state.remedy.option.id == option.id:
        return []
    _refuse_unready(state, option, command.actor)
    return [
        RemedySubmitted(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=option.id,
            digest=option.digest,
            amount=option.amount,
            kind=option.kind,
            verdict=findings.verdict,
            cause=findings.cause,
            department=findings.department,
            severity=state.severity,
            restricted=state.restricted,
            total=sum_of(state, option, known, command.at),
            execute_by=option.execute_by,
        )
    ]


def _refuse_unready(state: Resolution, option: Option, actor: Actor) -> None:
    if state.remedy is not None:
        raise Refused("another_under_way", "A remedy is on its way. It must be returned or declined first.")
    if option.ended is not None:
        raise Refused(
            "option_ended", f"This option was {option.ended}. Propose another one under a new id.", became=option.ended
        )
    if not acting_in(option.proposers, actor):
        raise Refused("not_the_proposer", "Only who proposed an option does this. Ask them, or propose your own.")
    if rounds_are_over(state):
        raise Refused(
            "rounds_used_up",
            "The customer wants none of what was offered. A higher approver states the final position.",
        )
    must_be_a_choice(state)
