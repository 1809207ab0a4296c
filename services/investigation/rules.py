"""Rules that several commands of investigation share: a case under way, and who has an interest in it (N7).

Which of them bars from what, and why, is told in docs/decisions/0014-who-may-investigate.md.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from services.investigation.state import Ending, Investigation, Request, Staff
from shared.decide import Actor, ComplaintCommand, Forbidden, Known, NotFound, NotYetSeen, Refused
from shared.reference.staff import line_subjects

_OVER: Mapping[Ending, str] = {
    "closed": "The complaint is closed. Reopen it to go on.",
    "withdrawn": "The customer withdrew the complaint. It goes on only if they dispute that.",
    "referred": "The customer was referred elsewhere with this complaint, so that nothing is left to find out here.",
    "registered_in_error": "This was registered in error. Register the complaint that it should have been.",
}


class CaseCommand(ComplaintCommand):
    """A command that looks at the reporting lines of those concerned, where a complaint is about somebody."""

    def concerned(self) -> tuple[str, ...]:
        """Whose lines the decision looks at, beside those of the investigator and of the persons complained of."""
        return tuple(who for who in (self.actor.id, self.actor.on_behalf_of) if who)

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        state = states[self.subject_id()]
        if not state.complained_of:
            return ()
        investigator = (state.investigator,) if state.investigator else ()
        return line_subjects((*state.complained_of, *investigator, *self.concerned()), states)


def must_be_registered(state: Investigation) -> None:
    """Raises NotFound."""
    if not state.person:
        raise NotFound("unknown_complaint", "There is no such complaint. Search for it by its number.")


def must_be_under_way(state: Investigation) -> None:
    """Raises NotFound, Refused once it is over or while a withdrawal is pending, and NotYetSeen before the
    investigation is opened in this cycle.
    """
    must_be_registered(state)
    if state.ending:
        raise Refused(state.ending, _OVER[state.ending])
    if state.withdrawal is not None:
        raise Refused("withdrawal_pending", "The customer wants to withdraw. Wait for what becomes of that.")
    if not state.opened:
        raise NotYetSeen("investigation.opened", "No department has the case yet. Try again shortly.")


def must_be_unsettled(state: Investigation, known: Known) -> None:
    """Under way, its findings not accepted, its investigator without an interest in it. Raises as above."""
    must_be_under_way(state)
    if state.accepted:
        raise Refused("findings_accepted", "The findings are accepted and stand. What is new needs a reopening.")
    if state.needs_replacement or (state.investigator and tie(state, state.investigator, known) is not None):
        raise Refused(
            "investigator_must_be_replaced", "The investigator has an interest in the case. Name another one first."
        )


def must_be_unread(state: Investigation) -> None:
    """Raises Refused while the lead has findings to decide on: what they rest on must not change under their eyes."""
    if state.findings is not None:
        raise Refused("findings_submitted", "The lead is reading the findings. Have them returned to go on.")


def must_investigate(state: Investigation, actor: Actor) -> None:
    """Raises Refused for whoever is not the investigator at this moment; nobody is it in another's name."""
    if actor.id != state.investigator or actor.on_behalf_of is not None:
        raise Refused("not_the_investigator", "Only the investigator of this case does this. Ask to be assigned.")


def must_contribute(state: Investigation, actor: Actor) -> None:
    """Whoever brings something to the case: its investigator, or an agent who deals with the customer and may touch it.

    Raises Refused.
    """
    if actor.role == "investigator":
        must_investigate(state, actor)
    must_be_impartial(state, actor)


def must_be_impartial(state: Investigation, actor: Actor) -> None:
    """Raises Refused for the person complained of and for whoever is barred, also if another acts for them."""
    if acting_in(state.complained_of, actor):
        raise Refused("complained_of", "It is about you or the person you act for. Another must do this.")
    if acting_in(state.barred, actor):
        raise Refused("recused", "You or the person you act for may not touch this case. Another must do this.")


def must_review(state: Investigation, actor: Actor, known: Known) -> None:
    """A lead decides on their own department's cases: on none that is about themself or somebody above them, and on
    none that they investigated, in whatever cycle. Raises Forbidden, Refused, NotYetSeen.
    """
    if actor.department != state.department:
        raise Forbidden(
            "not_responsible_department",
            f"The department {state.department} answers for this case. Leave it to them.",
            department=state.department,
        )
    must_be_impartial(state, actor)
    if acting_in(state.investigators, actor):
        raise Refused("investigated_it", "You or the person you act for investigated it. Let another lead decide.")
    if "below" in {tie(state, who, known) for who in (actor.id, actor.on_behalf_of) if who}:
        raise Refused(
            "reports_to_complained_of", "It is about somebody above you or the person you act for. Let another decide."
        )


def tie(state: Investigation, person: str, known: Known) -> Literal["below", "above"] | None:
    """How they stand to whom the complaint is about: at any level below or above one of them, or neither.

    Raises NotYetSeen while a record of one of the lines is missing.
    """
    if not state.complained_of:
        return None
    if set(state.complained_of) & set(known.line_above(person)):
        return "below"
    return "above" if any(person in known.line_above(each) for each in state.complained_of) else None


def must_be_awaited(state: Investigation, code: str) -> Request:
    """The request that is still open under this code. Raises Refused."""
    request = state.requests.get(code)
    if request is None:
        raise Refused("request_unknown", f"Nothing was asked for as {code}. Look at what was asked for.", request=code)
    if not request.open:
        raise Refused("request_settled", f"{code} was answered or given up already. Ask anew.", request=code)
    return request


def acting_in(staff: Staff, actor: Actor) -> bool:
    """Whether the actor, or whoever they act for, is among these."""
    return actor.id in staff or actor.on_behalf_of in staff
