"""What happens later: a callback that is not made in time is written down, a summarised case goes to the archive."""

from uuid import UUID

from services.callback.commands.archive import ArchiveComplaint
from services.callback.commands.pass_deadline import PassCallbackDeadline
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.due import Deadline, Effect
from shared.decide.service import Later
from shared.events.callback import CallbackScheduled, CaseSummarised


def _pass_deadline(subject: str, event: CallbackScheduled) -> PassCallbackDeadline:
    return PassCallbackDeadline(
        actor=SYSTEM_ACTOR, at=event.at, complaint_id=_complaint(subject), cycle=event.cycle, due_at=event.due_at
    )


def _archive(subject: str, event: CaseSummarised) -> ArchiveComplaint:
    return ArchiveComplaint(actor=SYSTEM_ACTOR, at=event.at, complaint_id=_complaint(subject))


def _complaint(subject: str) -> UUID:
    return UUID(subject.rpartition(":")[2])


DEADLINES: tuple[Deadline, ...] = (
    Deadline(Later("callback_overdue", CallbackScheduled, lambda event: event.due_at), _pass_deadline),
    Deadline(Later("archive", CaseSummarised, lambda event: event.at), _archive),
)
EFFECTS: tuple[Effect, ...] = ()
