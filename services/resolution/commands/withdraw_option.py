"""撤回处理方案 Take one's own option off the table."""

from typing import Any, ClassVar

from services.resolution.commands.propose_remedy import OptionId
from services.resolution.rules import acting_in, must_be_workable
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.resolution import RemedyOptionWithdrawn, ResolutionEvent
from shared.privacy.personal import Personal


class WithdrawOption(
    ComplaintCommand,
    path="/complaints/{complaint_id}/option-withdrawal",
    may=("investigator", "resolution_officer"),
):
    """Its proposer takes an option back, while none is submitted (domain 4.2).

    Beside a submitted one all options stay: they are what the approver compares it with.
    """

    example: ClassVar[dict[str, Any]] = {"option": "refund-1", "reasons": "The branch has paid it back already."}

    option: OptionId
    reasons: Reasoning


def decide(state: Resolution, command: WithdrawOption) -> list[ResolutionEvent]:
    must_be_workable(state, command.actor)
    option = state.option(command.option)
    if option is None:
        raise Refused("no_such_option", "This cycle has no option of that id. Propose it first.")
    if not acting_in(option.proposers, command.actor):
        raise Refused("not_the_proposer", "Only who proposed an option does this. Ask them, or propose your own.")
    if option.ended == "withdrawn":
        return []
    if option.ended is not None:
        raise Refused("option_ended", f"This option was {option.ended}. Nothing is left to do.", became=option.ended)
    if state.remedy is not None:
        raise Refused("another_under_way", "A remedy is on its way. It must be returned or declined first.")
    return [
        RemedyOptionWithdrawn(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=option.id,
            digest=option.digest,
            reasons=Personal.of(state.person, command.reasons),
        )
    ]
