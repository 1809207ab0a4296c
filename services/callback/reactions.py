"""What callback does of itself on what others state: schedule the callback, begin again, archive."""

from uuid import UUID

from services.callback.limits import call_by, callback_due
from services.callback.rules import begun_again
from services.callback.state import Callback, Handled
from shared.events.callback import (
    CallbackEvent,
    CallbackHoursChanged,
    CallbackScheduled,
    ComplaintArchived,
    ComplaintReopened,
)
from shared.events.intake import (
    ComplaintReferred,
    ComplaintTakenOver,
    CourtesyReplySent,
    RegisteredInError,
    RegistrationCorrected,
    WithdrawalConfirmed,
    WithdrawalDisputed,
)
from shared.events.resolution import RemedyReversed, ResolutionConcluded
from shared.events.vocabulary import SYSTEM


def when_resolution_concluded_schedule_callback(
    state: Callback, event: ResolutionConcluded, trigger_id: UUID
) -> list[CallbackEvent]:
    """有投诉…处理后有回访: exactly one callback a cycle (F01, F44). A conclusion of a lower cycle brings none (N24)."""
    return _schedule(state, event, trigger_id)


def when_courtesy_reply_sent_schedule_callback(
    state: Callback, event: CourtesyReplySent, trigger_id: UUID
) -> list[CallbackEvent]:
    """A rejection is called back too (N9)."""
    return _schedule(state, event, trigger_id)


def when_complaint_taken_over_schedule_callback(
    state: Callback, event: ComplaintTakenOver, trigger_id: UUID
) -> list[CallbackEvent]:
    """What another system had resolved is called back from here: three days from the day it came (F44)."""
    return _schedule(state, event, trigger_id)


def _schedule(state: Callback, event: Handled, trigger_id: UUID) -> list[CallbackEvent]:
    trigger = state.now.trigger
    if event.cycle != state.cycle or state.now.due_at is not None or trigger is None:
        return []
    due_at = callback_due(event.at)
    # Who handled an earlier cycle, has an interest, or once told an untruth of this customer, does not call either.
    barred = state.hands | state.untrue | state.barred | state.conflicted
    others = sorted(barred - {*trigger.handled_by, *trigger.investigators})
    scheduled = CallbackScheduled(
        at=event.at,
        by=SYSTEM,
        cycle=state.cycle,
        trigger=trigger_id,
        trigger_kind=trigger.kind,
        due_at=due_at,
        handled_by=(*trigger.handled_by, *others),
        investigators=trigger.investigators,
        call_by=call_by(due_at, state.call_hours, state.time_zone),
    )
    return [scheduled]


def when_registration_corrected_tell_new_hours(state: Callback, event: RegistrationCorrected) -> list[CallbackEvent]:
    """Another clock, or other hours, while a callback is due: it must be made before another instant (F44).

    A time agreed with the customer stays what was agreed.
    """
    now = state.now
    awaited = now.due_at is not None and now.slot is None and now.result is None and not now.closed
    if event.field not in ("time_zone", "call_hours") or now.due_at is None or not awaited:
        return []
    before = call_by(now.due_at, state.call_hours, state.time_zone)
    return [CallbackHoursChanged(at=event.at, by=SYSTEM, cycle=state.cycle, call_by=before)]


def when_remedy_reversed_reopen(state: Callback, event: RemedyReversed) -> list[CallbackEvent]:
    """What had ended it was taken back: the remedy is to be decided anew (domain 4.2)."""
    if event.cycle != state.cycle or state.now.trigger is None:
        return []
    return [begun_again(state, event.at, SYSTEM, "remedy_reversed")]


def when_withdrawal_disputed_reopen(state: Callback, event: WithdrawalDisputed) -> list[CallbackEvent]:
    """It goes on where it was, without who had recorded the withdrawal (domain 4.3, loop 5)."""
    if event.cycle != state.cycle or state.now.ending != "withdrawn":
        return []
    again: ComplaintReopened = begun_again(state, event.at, SYSTEM, "withdrawal_disputed")
    excluded = () if event.requested_by == SYSTEM else (event.requested_by,)
    return [again.model_copy(update={"stage": event.stage, "excluded": excluded})]


def when_complaint_referred_archive(state: Callback, event: ComplaintReferred) -> list[CallbackEvent]:
    """Nothing is left to do here (domain 4.2)."""
    return _archive(state, event)


def when_registered_in_error_archive(state: Callback, event: RegisteredInError) -> list[CallbackEvent]:
    """Nothing is left to do; the number stays findable (domain 4.2)."""
    return _archive(state, event)


def when_withdrawal_confirmed_archive(state: Callback, event: WithdrawalConfirmed) -> list[CallbackEvent]:
    """Confirmed by somebody else, the withdrawal is the end (domain 4.3, loop 5)."""
    return _archive(state, event)


def _archive(
    state: Callback, event: ComplaintReferred | RegisteredInError | WithdrawalConfirmed
) -> list[CallbackEvent]:
    if event.cycle != state.cycle or not state.now.ending or state.now.archived:
        return []
    return [ComplaintArchived(at=event.at, by=SYSTEM, cycle=state.cycle, ending=state.now.ending)]
