"""提交审批 Put one option before the approver."""

from typing import Any, ClassVar

from services.resolution.commands.propose_remedy import OptionId
from services.resolution.state import Option, Resolution
from shared.decide import ComplaintCommand, Refused
from shared.events.resolution import RemedySubmitted, ResolutionEvent

OPTIONS_IF_SPECIAL = 2
"""A special complaint is decided between real options, one of them "no remedy" (F09, domain 4.2)."""


class SubmitRemedy(
    ComplaintCommand,
    path="/complaints/{complaint_id}/remedy-submission",
    may=("investigator", "resolution_officer"),
):
    """The proposer submits their option: from now on only these very terms can be approved (domain 4.2)."""

    example: ClassVar[dict[str, Any]] = {
        "option": "refund-1",
    }

    option: OptionId


def decide(state: Resolution, command: SubmitRemedy) -> list[ResolutionEvent]:
    findings = state.workable(command.actor)
    option = state.option(command.option)
    if option is None:
        raise Refused("no_such_option", "This cycle has no option of that id. Propose it first.")
    if state.remedy is not None and state.remedy.option.id == option.id:
        return []
    _refuse_unready(state, option, command.actor.id)
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
        )
    ]


def _refuse_unready(state: Resolution, option: Option, actor: str) -> None:
    if state.remedy is not None:
        raise Refused("another_under_way", "Another remedy is on its way. It must be returned or declined first.")
    if option.ended is not None:
        raise Refused("option_ended", f"This option was {option.ended}. Propose another one under a new id.")
    if option.proposer != actor:
        raise Refused("not_the_proposer", "Only who proposed an option submits it. Ask them, or propose your own.")
    if state.severity == "special" and not _several(state):
        raise Refused(
            "too_few_options",
            'A special complaint needs at least two options, one of them "no_remedy". Propose the missing ones.',
        )


def _several(state: Resolution) -> bool:
    kinds = [option.kind for option in state.options]
    return len(kinds) >= OPTIONS_IF_SPECIAL and "no_remedy" in kinds
