"""无法联系 A lead finds that everything was tried."""

from typing import Any, ClassVar

from services.callback.limits import days_of, tried_enough
from services.callback.rules import must_await_callback, must_know_zone, must_not_have_called
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.callback import CallbackEvent, UnreachableConcluded
from shared.events.vocabulary import Reference
from shared.packs.house import UNREACHABLE_ATTEMPTS, UNREACHABLE_CHANNELS, UNREACHABLE_DAYS, WRITTEN
from shared.privacy.personal import Personal


class ConcludeUnreachable(
    ComplaintCommand, path="/complaints/{complaint_id}/unreachable", may=("department_lead", "triage_lead")
):
    """Conclude that the customer can't be reached (domain 4.2): tried at least three times, on two of their days, by
    two channels, the last in writing.

    By a lead who neither called them nor handled the case. Are they reached after all, it falls.
    """

    example: ClassVar[dict[str, Any]] = {
        "letter": "post-20260309-31",
        "reasons": "Three calls on three days, then a registered letter; no answer.",
    }

    letter: Reference
    """The last, written attempt."""
    reasons: Reasoning


def decide(state: Callback, command: ConcludeUnreachable) -> list[CallbackEvent]:
    must_await_callback(state, command.actor)
    must_not_have_called(state, command.actor)
    if state.now.unreachable:
        return []
    if state.now.reached_by:
        raise Refused("reached", "The customer was reached. Record what they said.")
    calls, zone = state.now.calls, must_know_zone(state)
    if not tried_enough(calls, zone):
        tries, days, channels = UNREACHABLE_ATTEMPTS, UNREACHABLE_DAYS, UNREACHABLE_CHANNELS
        raise Refused(
            "tried_too_little",
            f"Try at least {tries} times, on {days} days, by {channels} channels.",
            attempts=tries,
            days=days,
            channels=channels,
        )
    if max(calls, key=lambda call: call.at).channel not in WRITTEN:
        raise Refused("last_not_written", "The last attempt is a written one. Write to the customer, and record it.")
    _promised_nothing(state, command)
    concluded = UnreachableConcluded(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        attempts=len(calls),
        days=days_of(calls, zone),
        channels=tuple(dict.fromkeys(call.channel for call in calls)),
        letter=command.letter,
        reasons=Personal.of(state.person, command.reasons),
    )
    return [concluded]


def _promised_nothing(state: Callback, command: ConcludeUnreachable) -> None:
    """Whoever was told to be called at a time waits for that call."""
    slot_end = state.now.slot[1] if state.now.slot else command.at
    promised = max(slot_end, *(call.again_at or command.at for call in state.now.calls))
    if promised > command.at:
        raise Refused(
            "call_promised",
            "The customer expects a call that is still to come. Make it first.",
            at=promised.isoformat(),
        )
