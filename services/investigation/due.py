"""What happens later: an answer that is not here in time is written down. Nothing leaves the house."""

from uuid import UUID

from services.investigation.commands.pass_information_deadline import PassInformationDeadline
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.due import Deadline, Effect
from shared.decide.service import Later
from shared.events.investigation import InformationRequested


def _pass_deadline(subject: str, event: InformationRequested) -> PassInformationDeadline:
    complaint_id = UUID(subject.rpartition(":")[2])
    return PassInformationDeadline(actor=SYSTEM_ACTOR, at=event.at, complaint_id=complaint_id, request=event.request)


DEADLINES: tuple[Deadline, ...] = (
    Deadline(Later("information_overdue", InformationRequested, lambda event: event.due_at), _pass_deadline),
)
EFFECTS: tuple[Effect, ...] = ()
