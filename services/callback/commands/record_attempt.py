"""回访记录 One try to reach the customer is written down."""

from typing import Any, ClassVar

from services.callback.rules import must_await_callback
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.callback import CallbackAttempted, CallbackEvent
from shared.events.vocabulary import AttemptOutcome, Channel, Code, Reference
from shared.privacy.personal import Personal


class RecordAttempt(ComplaintCommand, path="/complaints/{complaint_id}/callback-attempts", may=("callback_agent",)):
    """Record a try, successful or not, as 《回访记录表》 asks for (handbook rows F44 to F46, domain 4.2).

    By somebody who did not handle the case (N8), and with a recording or the reason why there is none.
    """

    example: ClassVar[dict[str, Any]] = {
        "outcome": "reached",
        "channel": "phone",
        "recording": "rec-20260304-1012",
        "notes": "Asked to be called after work.",
    }

    outcome: AttemptOutcome
    channel: Channel
    recording: Reference | None = None
    no_recording_reason: Code | None = None
    notes: Reasoning | None = None


def decide(state: Callback, command: RecordAttempt) -> list[CallbackEvent]:
    must_await_callback(state, command.actor)
    if (command.recording is None) == (command.no_recording_reason is None):
        raise Refused(
            "recording_or_reason", "Name the recording, or the reason why there is none: exactly one of them."
        )
    attempted = CallbackAttempted(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        outcome=command.outcome,
        channel=command.channel,
        recording=command.recording,
        no_recording_reason=command.no_recording_reason,
        notes=None if command.notes is None else Personal.of(state.person, command.notes),
    )
    return [attempted]
