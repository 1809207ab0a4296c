"""改约回访 The customer agrees to be called at another time."""

from datetime import datetime
from typing import Any, ClassVar

from services.callback.limits import hours_of
from services.callback.rules import must_await_callback, must_know_zone, outside_hours
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.events.callback import CallbackEvent, CallbackRescheduled
from shared.events.vocabulary import Instant, Reference
from shared.packs.hours import Window, windows
from shared.packs.house import CALL_AHEAD, CALL_SLOT


class RescheduleCallback(ComplaintCommand, path="/complaints/{complaint_id}/callback-slot", may=("callback_agent",)):
    """Agree with the customer on a time to call them (handbook row F44, domain 4.2).

    At most four hours long and 30 days ahead. At a time of rest, or after the callback is due, only if the customer
    themself asked for it; then nothing is missed until that time is over.
    """

    example: ClassVar[dict[str, Any]] = {
        "begin": "2026-03-05T18:00:00+08:00",
        "end": "2026-03-05T19:00:00+08:00",
        "requested_by_customer": False,
        "proof": "rec-20260304-1012",
    }

    begin: Instant
    end: Instant
    requested_by_customer: bool
    proof: Reference
    """Where the customer agreed, or asked: a recording, a letter."""


def decide(state: Callback, command: RescheduleCallback) -> list[CallbackEvent]:
    must_await_callback(state, command.actor)
    if state.now.slot == (command.begin, command.end):
        return []
    if not command.begin < command.end <= command.begin + CALL_SLOT:
        raise Refused("slot_length", "The agreed time ends after it begins, at most four hours later.")
    if not command.at <= command.begin <= command.at + CALL_AHEAD:
        raise Refused("slot_when", "Agree on a time that is still to come, within the next 30 days.")
    past_due = state.now.due_at is not None and command.end > state.now.due_at
    if not command.requested_by_customer:
        _not_past_due(state.now.due_at, past_due=past_due)
        _within_hours(state, command)
    rescheduled = CallbackRescheduled(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        begin=command.begin,
        end=command.end,
        requested_by_customer=command.requested_by_customer,
        proof=command.proof,
        past_due=past_due,
    )
    return [rescheduled]


def _not_past_due(due_at: datetime | None, *, past_due: bool) -> None:
    if past_due and due_at is not None:
        raise Refused(
            "slot_past_due",
            "The callback is due before that time ends. Only the customer can ask for a later one.",
            due_at=due_at.isoformat(),
        )


def _within_hours(state: Callback, command: RescheduleCallback) -> None:
    zone, hours = must_know_zone(state), hours_of(state.call_hours)
    if windows(hours, zone, command.begin, command.end) != (Window(command.begin, command.end),):
        raise outside_hours(state, command.begin)
