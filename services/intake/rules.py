"""Rules that several commands of intake share: the complaint is open, and whoever acts is impartial."""

from services.intake.state import Intake, Judgement
from shared.decide import Actor, Forbidden, Known, NotFound, Refused


def must_be_registered(state: Intake) -> None:
    """Raises NotFound."""
    if not state.registered:
        raise NotFound("unknown_complaint", "There is no complaint with this id. Check the number and search again.")


def must_be_open(state: Intake) -> None:
    """Raises NotFound, or Refused after closing."""
    must_be_registered(state)
    if state.closed:
        raise Refused("closed", "The complaint is closed. It must be reopened before anything can be changed.")


def must_be_impartial(state: Intake, actor: Actor) -> None:
    """Whoever is complained of decides nothing on the complaint, nor does anyone for them (recusal 回避)."""
    if any(person in state.complained_of for person in _acting(actor)):
        raise Refused("complained_of", "The complaint is about you or the person you act for. Let a colleague decide.")


def must_be_free_to_judge(state: Intake, actor: Actor, known: Known) -> None:
    """Impartial, still on the staff, and not one of those who judged it before a reopening (domain 4.3, loop 2)."""
    if not known.staff(actor.id).active:
        raise Forbidden("left_the_firm", "The directory says that you have left. Ask an administrator to correct it.")
    must_be_impartial(state, actor)
    if any(person in state.excluded for person in _acting(actor)):
        raise Refused(
            "excluded", "You decided on this complaint before it was reopened. Another colleague must judge it."
        )


def must_be_of_another_department(department: str, actor: Actor, known: Known) -> None:
    """Nobody rejects a complaint about their own department (N9), by their token or by the directory, which may differ
    for a while after a move."""
    if department in (actor.department, known.staff(actor.id).department):
        raise Refused(
            "own_department", f"The complaint is about your own department, {department}. Let another judge it."
        )


def rejection_before_second_person(state: Intake, actor: Actor, known: Known) -> Judgement:
    """The proposed rejection, if this actor may be the second of its two persons (N9)."""
    must_be_open(state)
    judgement = state.judgement
    if judgement is None or judgement.verdict != "rejection_proposed":
        raise Refused("no_rejection_proposed", "No rejection waits for a second person. Load the complaint again.")
    if judgement.by in _acting(actor):
        raise Refused(
            "same_person", "You, or the person you act for, proposed this rejection. Another must decide on it."
        )
    must_be_free_to_judge(state, actor, known)
    must_be_of_another_department(judgement.department, actor, known)
    return judgement


def _acting(actor: Actor) -> tuple[str, ...]:
    return (actor.id, actor.on_behalf_of) if actor.on_behalf_of else (actor.id,)
