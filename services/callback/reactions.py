"""What callback does of itself when the handling of a complaint has ended."""

from uuid import UUID

from services.callback.limits import callback_due
from services.callback.state import Callback
from shared.events.callback import CallbackEvent, CallbackScheduled
from shared.events.intake import CourtesyReplySent
from shared.events.resolution import ResolutionConcluded
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


def _schedule(state: Callback, event: ResolutionConcluded | CourtesyReplySent, trigger_id: UUID) -> list[CallbackEvent]:
    if event.cycle != state.cycle or state.due_at is not None or state.trigger is None:
        return []
    scheduled = CallbackScheduled(
        at=event.at,
        by=SYSTEM,
        cycle=state.cycle,
        trigger=trigger_id,
        trigger_kind=state.trigger.kind,
        due_at=callback_due(event.at),
        handled_by=state.trigger.handled_by,
        investigators=state.trigger.investigators,
    )
    return [scheduled]
