"""Rules that several commands of callback share: the complaint is known, its handling has ended, a call is awaited."""

from services.callback.state import Callback, Trigger
from shared.decide import Actor, NotFound, NotYetSeen, Refused


def must_be_registered(state: Callback) -> None:
    """Raises NotFound."""
    if not state.person:
        raise NotFound("unknown_complaint", "There is no such complaint. Search for it by its number.")


def must_be_handled(state: Callback) -> Trigger:
    """What ended the handling in this cycle. Raises NotFound, or NotYetSeen while nothing of it has arrived."""
    must_be_registered(state)
    if state.trigger is None:
        raise NotYetSeen(
            "resolution.concluded", "Neither a conclusion nor a courtesy reply of this cycle has arrived here yet."
        )
    return state.trigger


def must_await_callback(state: Callback, actor: Actor) -> None:
    """A callback is due and unanswered, and this actor may make it (N8). Raises as above, and Refused."""
    trigger = must_be_handled(state)
    if state.closed:
        raise Refused("closed", "The complaint is closed. Reopen it to call again.")
    if state.result is not None:
        raise Refused("already_answered", f"The customer said in this cycle that they are {state.result}.")
    if state.due_at is None:
        raise NotYetSeen("callback.scheduled", "The callback is not scheduled yet. Try again shortly.")
    if {actor.id, actor.on_behalf_of} & {*trigger.handled_by, *trigger.investigators}:
        raise Refused("handled_the_case", "You, or the person you act for, handled this case. Another must call.")
