"""回访记录 One try to reach the customer is written down."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from services.callback.limits import hours_of
from services.callback.rules import must_await_callback, must_know_zone, outside_hours
from services.callback.state import Call, Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.callback import CallbackAttempted, CallbackEvent
from shared.events.vocabulary import AttemptOutcome, Channel, Code, Instant, Reference
from shared.packs.hours import permits
from shared.packs.house import CALL_AHEAD, CALL_ENTERED_WITHIN, WRITTEN
from shared.privacy.personal import Personal

Action = Literal["file_ready", "identified", "asked_permission", "stated_subject", "discussed", "thanked"]
_WHEN_REACHED: tuple[Action, ...] = ("identified", "asked_permission", "stated_subject", "discussed", "thanked")


class RecordAttempt(ComplaintCommand, path="/complaints/{complaint_id}/callback-attempts", may=("callback_agent",)):
    """Record a try, successful or not, as 《回访记录表》 asks for (handbook rows F42, F44 to F46, domain 4.2).

    By somebody who did not handle the case, and at an hour of the customer's own clock at which they may be called
    (N8): the house's hours or their own, a time agreed with them, or whenever they asked for it. Letters, e-mails,
    SMS and messages in the app are not bound to hours.
    """

    example: ClassVar[dict[str, Any]] = {
        "outcome": "reached",
        "channel": "phone",
        "recording": "rec-20260304-1012",
        "actions": ["file_ready", "identified", "asked_permission", "stated_subject", "discussed", "thanked"],
        "notes": "Was glad to be asked.",
    }

    outcome: AttemptOutcome
    channel: Channel
    called_at: Instant | None = None
    """When it was; now if nothing is said. At most 24 hours ago: what is entered late shows as entered late."""
    recording: Reference | None = None
    no_recording_reason: Code | None = None
    actions: tuple[Action, ...] = Field((), max_length=6)
    """电话回访标准动作 (F42). Whoever was reached by voice was told who calls and why, asked, heard and thanked."""
    customer_requested: bool = False
    """The customer asked to be called at this very hour (F44)."""
    call_again_at: Instant | None = None
    """When the customer, who asked to be called later, wants to be called."""
    notes: Reasoning | None = None


def decide(state: Callback, command: RecordAttempt) -> list[CallbackEvent]:
    must_await_callback(state, command.actor)
    at = command.called_at or command.at
    actor = command.actor
    call = Call(actor.id, at, command.outcome, command.channel, command.call_again_at, actor.on_behalf_of)
    if call in state.now.calls:
        return []
    _entered_in_time(state, command, at)
    _complete(command, at)
    _at_a_permitted_hour(state, command, at)
    attempted = CallbackAttempted(
        at=at,
        by=command.actor.id,
        cycle=state.cycle,
        outcome=command.outcome,
        channel=command.channel,
        recording=command.recording,
        no_recording_reason=command.no_recording_reason,
        notes=None if command.notes is None else Personal.of(state.person, command.notes),
        actions=command.actions,
        customer_requested=command.customer_requested,
        call_again_at=command.call_again_at,
    )
    return [attempted]


def _entered_in_time(state: Callback, command: RecordAttempt, at: datetime) -> None:
    if at > command.at:
        raise Refused("called_in_future", "A call can't be recorded before it was made. Correct its time.")
    if command.at - at > CALL_ENTERED_WITHIN:
        raise Refused("entered_too_late", "A call is written down within 24 hours. Call again, and record that call.")
    if state.now.scheduled_at is not None and at < state.now.scheduled_at:
        raise Refused("called_too_early", "The call was before the handling ended. Only a call after that counts.")


def _complete(command: RecordAttempt, at: datetime) -> None:
    """必保: the record is complete (F44)."""
    if (command.recording is None) == (command.no_recording_reason is None):
        raise Refused(
            "recording_or_reason", "Name the recording, or the reason why there is none: exactly one of them."
        )
    spoken = command.outcome == "reached" and command.channel not in WRITTEN
    missing = [action for action in _WHEN_REACHED if spoken and action not in command.actions]
    if missing:
        raise Refused(
            "actions_missing",
            f"These belong to every call: {', '.join(missing)}. Do them, and record them.",
            missing=missing,
        )
    if command.call_again_at is None:
        return
    if command.outcome != "asked_later":
        raise Refused("nothing_to_call_again", "Only a customer who asked to be called later is called again.")
    if not at < command.call_again_at <= at + CALL_AHEAD:
        raise Refused("call_again_when", "The customer is called again after this call, and within 30 days of it.")


def _at_a_permitted_hour(state: Callback, command: RecordAttempt, at: datetime) -> None:
    """避免: nobody is called at their time of rest, unless they asked for it (F44, N8)."""
    slot = state.now.slot
    agreed = slot is not None and slot[0] <= at < slot[1]
    if agreed or command.customer_requested or command.channel in WRITTEN:
        return
    if not permits(hours_of(state.call_hours), must_know_zone(state), at):
        raise outside_hours(state, at)
