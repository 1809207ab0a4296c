"""Rules that several commands of callback share: how far the complaint is, who may act on it, how it begins again."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from services.callback.limits import hours_of, special_in
from services.callback.state import Callback, Trigger
from shared.decide import Actor, NotFound, NotYetSeen, Refused
from shared.events.callback import ComplaintReopened
from shared.events.vocabulary import StaffId
from shared.packs.hours import UnknownZone, next_permitted, zone_of
from shared.privacy.personal import Personal

Stage = Literal["judgement", "investigation", "resolution"]
Reason = Literal[
    "dissatisfied", "new_facts", "disputed", "withdrawal_disputed", "remedy_reversed", "review_changed",
    "external_decision", "record_untrue",
]  # fmt: skip
_ONLY_THE_REMEDY = frozenset({"remedy_reversed", "review_changed", "external_decision", "record_untrue"})
"""Reasons that leave the findings standing."""


def acting(actor: Actor) -> frozenset[str]:
    """Who acts, and for whom: a rule about persons looks at both (N8)."""
    return frozenset(each for each in (actor.id, actor.on_behalf_of) if each)


def must_be_registered(state: Callback) -> None:
    """Raises NotFound."""
    if not state.person:
        raise NotFound("unknown_complaint", "There is no such complaint. Search for it by its number.")


def must_be_handled(state: Callback) -> Trigger:
    """What ended the handling in this cycle. Raises NotFound, Refused for one that intake ended, or NotYetSeen while
    nothing of it has arrived.
    """
    must_be_registered(state)
    if state.now.ending:
        raise Refused("ended", f"The complaint ended otherwise: {state.now.ending}.", ending=state.now.ending)
    if state.now.trigger is None:
        raise NotYetSeen(
            "resolution.concluded", "Neither a conclusion nor a courtesy reply of this cycle has arrived here yet."
        )
    return state.now.trigger


def must_await_callback(state: Callback, actor: Actor) -> None:
    """A callback is due and unanswered, and this actor may make it (N8). Raises as above, and Refused."""
    must_be_handled(state)
    if state.now.closed:
        raise Refused("closed", "The complaint is closed. Reopen it to call again.")
    if state.now.result is not None:
        raise Refused(
            "already_answered",
            f"The customer said in this cycle that they are {state.now.result}. Nothing more is to be recorded.",
            result=state.now.result,
        )
    if state.now.due_at is None:
        raise NotYetSeen("callback.scheduled", "The callback is not scheduled yet. Try again shortly.")
    must_not_have_handled(state, actor)
    if acting(actor) & state.untrue:
        raise Refused("record_untrue", "A record of yours about this customer was found untrue. Another must call.")


def must_be_impartial(state: Callback, actor: Actor) -> None:
    """Whoever is or was complained of, or is recused, has no say in how it ends, nor has anyone for them (回避)."""
    if acting(actor) & state.barred:
        raise Refused("recused", "You or the person you act for may not touch this case. Another must do this.")


def must_not_have_handled(state: Callback, actor: Actor) -> None:
    """Four eyes: whoever handled the case, in whichever cycle, or has an interest in it, neither calls nor has the last
    word (N8).
    """
    must_be_impartial(state, actor)
    if acting(actor) & state.hands:
        raise Refused("handled_the_case", "You, or the person you act for, handled this case. Another must do it.")


def must_not_have_called(state: Callback, actor: Actor) -> None:
    """Whoever called the customer in this cycle does not judge what came of it."""
    if acting(actor) & state.now.calling:
        raise Refused("called_the_customer", "You, or the person you act for, called the customer. Another decides.")


def must_have_no_review(state: Callback) -> None:
    """While a review is open the decision is not final (N2)."""
    if state.review is not None:
        raise Refused("review_open", f"Review {state.review} is not decided yet. Decide it first.", review=state.review)


def must_know_zone(state: Callback) -> ZoneInfo:
    """By which clock the customer lives. Raises Refused."""
    try:
        return zone_of(state.time_zone)
    except UnknownZone:
        raise Refused("zone_unknown", "Nobody knows the customer's time zone. Correct the register first.") from None


def outside_hours(state: Callback, at: datetime) -> Refused:
    """At this instant the customer rests (F44, N8); it says from when on they may be called. Raises as above."""
    zone = must_know_zone(state)
    permitted = next_permitted(hours_of(state.call_hours), zone, at)
    return Refused(
        "outside_hours",
        "This is the customer's time of rest. Call at the next permitted time, or agree on another with them.",
        next_permitted=None if permitted is None else permitted.isoformat(),
        zone=state.time_zone,
        local_time=at.astimezone(zone).strftime("%H:%M"),
    )


def begun_again(
    state: Callback, at: datetime, by: StaffId, reason: Reason, explanation: Personal | None = None
) -> ComplaintReopened:
    """The next cycle, at the stage that what ended this one, and the reason, leave to be done (domain 4.3)."""
    stage = _stage(state, reason)
    return ComplaintReopened(
        at=at,
        by=by,
        cycle=state.cycle + 1,
        reason=reason,
        explanation=explanation,
        special=special_in(state.cycle + 1, state.severity),
        stage=stage,
        excluded=_excluded(state.now.trigger, stage),
    )


def _stage(state: Callback, reason: Reason) -> Stage:
    trigger = state.now.trigger
    if trigger is None:
        return "investigation" if state.now.established else "judgement"
    if trigger.kind == "courtesy_reply":
        return "judgement"
    if trigger.kind == "resolution_concluded" and reason in _ONLY_THE_REMEDY:
        return "resolution"
    return "investigation"


def _excluded(trigger: Trigger | None, stage: Stage) -> tuple[StaffId, ...]:
    """Who decided is not asked again: who judged, or who investigated, and who approved if only the remedy is anew."""
    if trigger is None:
        return ()
    if stage == "judgement":
        return trigger.handled_by
    approvers = trigger.deciders if stage == "resolution" else ()
    return tuple(dict.fromkeys((*trigger.investigators, *approvers)))
