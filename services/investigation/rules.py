"""Rules that several commands of investigation share: a case under way, and who may investigate or decide on it."""

from services.investigation.state import Investigation, Staff
from shared.decide import Actor, Forbidden, NotFound, NotYetSeen, Refused


def must_be_under_way(state: Investigation) -> None:
    """Raises NotFound, NotYetSeen before the investigation is opened in this cycle, Refused after closing."""
    if not state.person:
        raise NotFound("unknown_complaint", "There is no such complaint. Search for it by its number.")
    if state.closed:
        raise Refused("closed", "The complaint is closed. Reopen it to go on.")
    if not state.opened:
        raise NotYetSeen("investigation.opened", "No department has the case yet. Try again shortly.")


def must_be_unsettled(state: Investigation) -> None:
    """Under way, its findings not accepted, its investigator without an interest in it. Raises as above."""
    must_be_under_way(state)
    if state.accepted:
        raise Refused("findings_accepted", "The findings are accepted and stand. What is new needs a reopening.")
    if state.needs_replacement:
        raise Refused(
            "investigator_must_be_replaced", "The investigator has an interest in the case. Name another one first."
        )


def must_investigate(state: Investigation, actor: Actor) -> None:
    """Raises Refused for whoever is not the investigator at this moment."""
    if actor.id != state.investigator:
        raise Refused("not_the_investigator", "Only the investigator of this case does this. Ask to be assigned.")


def must_lead(state: Investigation, actor: Actor) -> None:
    """A lead decides on their own department's cases, and on none that is about themself.

    Raises Forbidden, Refused.
    """
    if actor.department != state.department:
        raise Forbidden("not_responsible_department", f"The department {state.department} answers for this case.")
    if acting_in(state.complained_of, actor):
        raise Refused("complained_of", "It is about you or the person you act for. Another lead must decide.")


def must_review(state: Investigation, actor: Actor) -> None:
    """Nobody decides on findings of a case that they investigated themself, in whatever cycle."""
    must_lead(state, actor)
    if acting_in(state.investigators, actor):
        raise Refused("investigated_it", "You or the person you act for investigated it. Let another lead decide.")


def acting_in(staff: Staff, actor: Actor) -> bool:
    """Whether the actor, or whoever they act for, is among these."""
    return actor.id in staff or actor.on_behalf_of in staff
