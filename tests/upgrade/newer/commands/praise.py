"""表扬 Record a customer's good word."""

from typing import Any, ClassVar

from services.intake.state import Intake
from shared.decide import ComplaintCommand
from tests.upgrade.newer.events import ComplaintPraised


class PraiseComplaint(ComplaintCommand, path="/complaints/{complaint_id}/praise", may=("agent",)):
    """The customer had a good word."""

    example: ClassVar[dict[str, Any]] = {"stars": 5}

    stars: int


def decide(state: Intake, command: PraiseComplaint) -> list[ComplaintPraised]:
    return [ComplaintPraised(at=command.at, by=command.actor.id, cycle=state.cycle, stars=command.stars)]
