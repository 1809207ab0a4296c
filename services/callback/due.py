"""What happens later: a callback or a review that is not made in time is written down, a finished case is archived."""

from uuid import UUID

from services.callback.commands.archive import ArchiveComplaint
from services.callback.commands.pass_deadline import PassCallbackDeadline
from services.callback.commands.pass_review_deadline import PassReviewDeadline
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.due import Deadline, Effect
from shared.decide.service import Later
from shared.events.callback import (
    CallbackRecordAudited,
    CallbackRescheduled,
    CallbackScheduled,
    CaseSummarised,
    ReviewRequested,
)


def _pass_deadline(subject: str, event: CallbackScheduled) -> PassCallbackDeadline:
    return PassCallbackDeadline(
        actor=SYSTEM_ACTOR, at=event.at, complaint_id=_complaint(subject), cycle=event.cycle, due_at=event.due_at
    )


def _pass_slot(subject: str, event: CallbackRescheduled) -> PassCallbackDeadline:
    return PassCallbackDeadline(
        actor=SYSTEM_ACTOR, at=event.at, complaint_id=_complaint(subject), cycle=event.cycle, due_at=event.end
    )


def _pass_review(subject: str, event: ReviewRequested) -> PassReviewDeadline:
    return PassReviewDeadline(
        actor=SYSTEM_ACTOR,
        at=event.at,
        complaint_id=_complaint(subject),
        review=event.review,
        due_at=event.decide_by,
    )


def _archive(subject: str, event: CaseSummarised | CallbackRecordAudited) -> ArchiveComplaint:
    return ArchiveComplaint(actor=SYSTEM_ACTOR, at=event.at, complaint_id=_complaint(subject))


def _complaint(subject: str) -> UUID:
    return UUID(subject.rpartition(":")[2])


DEADLINES: tuple[Deadline, ...] = (
    Deadline(Later("callback_overdue", CallbackScheduled, lambda event: event.due_at), _pass_deadline),
    Deadline(
        Later("callback_slot_over", CallbackRescheduled, lambda event: event.end if event.past_due else None),
        _pass_slot,
    ),
    Deadline(Later("review_overdue", ReviewRequested, lambda event: event.decide_by), _pass_review),
    Deadline(Later("archive", CaseSummarised, lambda event: event.at), _archive),
    # The last that was missing may come before the summary or after it.
    Deadline(
        Later("archive_audited", CallbackRecordAudited, lambda event: event.at if event.finished else None), _archive
    ),
)
EFFECTS: tuple[Effect, ...] = ()
