"""撤销责任追究 A measure falls; that it was recorded stays."""

from typing import Any, ClassVar
from uuid import UUID

from services.resolution.accountability import Accountability
from services.resolution.commands.record_accountability import MeasureId
from services.resolution.rules import must_not_be_barred
from services.resolution.state import Resolution
from shared.decide import Command, Known, NotFound, Refused
from shared.decide.wording import Reasoning
from shared.events.accountability import SCOPE, AccountabilityEvent, AccountabilityMeasureRevoked
from shared.privacy.personal import Personal


class RevokeAccountability(
    Command,
    path="/complaints/{complaint_id}/accountability/{measure}/revocation",
    may=("hr",),
    subject="accountability:{complaint_id}",
    needs=("complaint:{complaint_id}",),
    in_person=True,
):
    """By HR, by another person than who recorded it, and not from the department that it concerns (F11; N16).

    Whom it is about stands sealed, so that nobody here can be told apart from them by name: those who belong to their
    department, its lead among them, therefore revoke nothing.
    """

    example: ClassVar[dict[str, Any]] = {"reasons": "The recording shows that the colleague followed the rules."}

    complaint_id: UUID
    measure: MeasureId
    reasons: Reasoning


def decide(state: Accountability, command: RevokeAccountability, known: Known) -> list[AccountabilityEvent]:
    case: Resolution = known.states[f"complaint:{command.complaint_id}"]
    must_not_be_barred(case, command.actor)
    measure = state.measure(command.measure)
    if measure is None:
        raise NotFound("no_such_measure", "There is no measure of this id. Look at the record again.")
    if command.actor.id == measure.recorded_by:
        raise Refused("same_person", "You recorded this measure. Another person of HR must revoke it.")
    if command.actor.department == measure.department:
        raise Refused("own_department", "It concerns your own department. Another person of HR must revoke it.")
    if measure.revoked:
        return []
    return [
        AccountabilityMeasureRevoked(
            at=command.at, by=command.actor.id, measure=measure.id, reasons=Personal.of(SCOPE, command.reasons)
        )
    ]
