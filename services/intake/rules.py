"""Rules that several commands of intake share: the complaint is open, and whoever acts is impartial."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.intake.limits import triggers
from services.intake.state import Intake, Judgement, Voiding
from shared.decide import Actor, ComplaintCommand, Forbidden, Known, NotFound, Refused
from shared.reference.staff import StaffMember

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing was received before: an earlier date is a slip of the keyboard."""


def must_be_registered(state: Intake) -> None:
    """Raises NotFound."""
    if not state.registered:
        raise NotFound("unknown_complaint", "There is no complaint with this id. Check the number and search again.")


def must_be_open(state: Intake) -> None:
    """Raises NotFound, or Refused after an ending: then only remarks and reports upward are taken, and of a withdrawal
    the customer's own word."""
    must_be_registered(state)
    match state.ending:
        case "closed":
            raise Refused("closed", "The complaint is closed. It must be reopened before anything can be changed.")
        case "referred":
            raise Refused("referred", "The customer was told to turn to somebody else. Only remarks can be added.")
        case "withdrawn":
            raise Refused("withdrawn", "The customer withdrew it. It goes on only if they do not stand by that.")
        case "in_error":
            raise Refused("registered_in_error", "It was registered in error. Go on with what it really is.")


def must_go_on(state: Intake) -> None:
    """Open, and neither a withdrawal nor a voiding waits for its answer: both are in effect from the first word on.

    Raises NotFound, Refused.
    """
    must_be_open(state)
    if state.withdrawing:
        raise Refused("withdrawal_pending", "The customer asked to withdraw it. Wait until that is granted or refused.")
    if state.voiding is not None:
        raise Refused(
            "voiding_pending", "Somebody proposed to void it. A triage lead must confirm or decline that first."
        )


def must_be_received_in_time(received_at: datetime, at: datetime) -> None:
    if received_at > at:
        raise Refused("received_in_future", "It can't have been received later than now. Correct the time of receipt.")
    if received_at < EARLIEST:
        raise Refused("received_too_early", "It can't have been received before 1990. Correct the time of receipt.")


def must_have_happened_before(happened_at: datetime | None, received_at: datetime) -> None:
    if happened_at is not None and happened_at > received_at:
        raise Refused("happened_later", "Nobody complains before it happens. Correct when it happened or was received.")


def must_be_impartial(state: Intake, actor: Actor) -> None:
    """Whoever is or was complained of, or is recused, decides nothing on it, nor does anyone for them (回避)."""
    if any(person in state.complained_of for person in acting(actor)):
        raise Refused("complained_of", "The complaint is about you or the person you act for. Let a colleague decide.")
    if any(person in state.ever_complained_of | state.recused for person in acting(actor)):
        raise Refused("recused", "You or the person you act for may not touch this case. Another must do this.")


def must_be_free_to_judge(state: Intake, actor: Actor, known: Known) -> None:
    """Impartial, still on the staff, and not one of those who judged it before a reopening (domain 4.3, loop 2)."""
    if not known.staff(actor.id).active:
        raise Forbidden("left_the_firm", "The directory says that you have left. Ask an administrator to correct it.")
    must_be_impartial(state, actor)
    if any(person in state.excluded for person in acting(actor)):
        raise Refused(
            "excluded", "You decided on this complaint before it was reopened. Another colleague must judge it."
        )


class RejectingCommand(ComplaintCommand):
    """A command that looks at the departments of those complained of."""

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        return (f"staff:{each}" for each in sorted(states[self.subject_id()].ever_complained_of))


def must_be_of_another_department(state: Intake, named: str, actor: Actor, known: Known) -> None:
    """Nobody rejects a complaint about their own department (N9), by their token or by the directory, which may differ
    for a while after a move: neither the one that the judge named, nor that of anyone ever complained of."""
    own = {actor.department, known.staff(actor.id).department}
    of_people = (known.states.get(f"staff:{each}") for each in sorted(state.ever_complained_of))
    about = [named, *(each.department for each in of_people if isinstance(each, StaffMember) and each.joined)]
    department = next((each for each in about if each in own), None)
    if department is not None:
        raise Refused(
            "own_department",
            f"The complaint is about your own department, {department}. Let another judge it.",
            department=department,
        )


def must_be_another(person: str, actor: Actor) -> None:
    """The second of two persons is not the first, nor acts for them."""
    if person in acting(actor):
        raise Refused(
            "same_person", "You, or the person you act for, are the first of the two persons here. Another must decide."
        )


def rejection_before_second_person(state: Intake, actor: Actor, known: Known) -> Judgement:
    """The proposed rejection, if this actor may be the second of its two persons (N9)."""
    must_go_on(state)
    judgement = state.judgement
    if judgement is None or judgement.verdict != "rejection_proposed":
        raise Refused("no_rejection_proposed", "No rejection waits for a second person. Load the complaint again.")
    must_be_another(judgement.by, actor)
    must_be_free_to_judge(state, actor, known)
    must_be_of_another_department(state, judgement.department, actor, known)
    return judgement


def must_never_have_been_judged(state: Intake) -> None:
    """What was once judged is no slip of the keyboard (domain 4.2, RegisteredInError)."""
    if state.ever_judged or state.cycle > 1:
        raise Refused("judged_before", "It has been judged, so it can't be voided. Bring it to an end like any other.")


def must_lose_nothing_special(state: Intake, duplicate_of: UUID | None, known: Known) -> None:
    """What is special is not voided, and entered anew as ordinary: unless it stands a second time in the register, as
    special as this one (N22). Raises Refused.
    """
    original = known.states.get(f"complaint:{duplicate_of}")
    if _special(state) and not (isinstance(original, Intake) and _special(original)):
        raise Refused(
            "special_not_voided",
            "A special complaint is not voided. Let it become ordinary first, which compliance must sign off.",
        )


def _special(state: Intake) -> bool:
    """It is, or would be as soon as somebody classified it."""
    return state.severity == "special" or bool(triggers(state))


def voiding_before_second_person(state: Intake, actor: Actor) -> Voiding:
    """The proposed voiding, if this actor may be the second of its two persons."""
    must_be_open(state)
    if state.voiding is None:
        raise Refused("no_voiding_proposed", "No voiding waits for a second person. Load the complaint again.")
    must_be_another(state.voiding.by, actor)
    must_be_impartial(state, actor)
    return state.voiding


def acting(actor: Actor) -> tuple[str, ...]:
    """Whoever acts, and whom they act for: a rule about persons looks at both."""
    return (actor.id, actor.on_behalf_of) if actor.on_behalf_of else (actor.id,)
